from __future__ import annotations

import pytest

from engine.losses.dpsh import DpshCriterion, inner_likelihood
from engine.losses.quantization import distance_to_signs
from tests.engine.losses.free_logits import toy_task
from tests.engine.losses.pairs import all_pairs, reference_photos
from tests.engine.reference import RELATIVE, case


def test_the_reference_case() -> None:
    _, expected = case("K1 DPSH, full batch, eta=0.1")
    logits, _ = reference_photos()
    likelihood = float(inner_likelihood(logits, all_pairs(logits)))
    quantization = float(distance_to_signs(logits))
    assert likelihood == pytest.approx(expected["nll"], rel=RELATIVE)
    assert quantization == pytest.approx(expected["quant"], rel=RELATIVE)
    assert likelihood + 0.1 * quantization == pytest.approx(expected["total"], rel=RELATIVE)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="eta"):
        DpshCriterion(toy_task(), eta=-1)
