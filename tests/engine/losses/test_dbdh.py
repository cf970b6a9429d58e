from __future__ import annotations

import pytest

from engine.losses.dbdh import DbdhCriterion, imbalance
from engine.losses.dpsh import inner_likelihood
from tests.engine.losses.free_logits import toy_task
from tests.engine.losses.pairs import all_pairs, reference_photos
from tests.engine.reference import RELATIVE, case


def test_the_reference_case() -> None:
    _, expected = case("K5 DBDH, alpha=0.1, p=2")
    clipped = reference_photos()[0].clamp(-1, 1)
    found = inner_likelihood(clipped, all_pairs(clipped)) + 0.1 * imbalance(clipped)
    assert float(found) == pytest.approx(expected["loss"], rel=RELATIVE)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="alpha"):
        DbdhCriterion(toy_task(), alpha=-1)
