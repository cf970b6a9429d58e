from __future__ import annotations

import pytest
from torch.nn.functional import softsign

from engine.losses.idhn import IdhnCriterion, magnitude_gap, scaled_likelihood
from tests.engine.losses.free_logits import toy_task
from tests.engine.losses.pairs import all_pairs, reference_photos
from tests.engine.reference import RELATIVE, case


def test_the_reference_case() -> None:
    _, expected = case("K8 IDHN, alpha=.5, gamma=.1, lambda=.1")
    relaxed = softsign(reference_photos()[0])
    found = scaled_likelihood(relaxed, all_pairs(relaxed), 0.5) + 0.1 * magnitude_gap(relaxed)
    assert float(found) == pytest.approx(expected["loss"], rel=RELATIVE)


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="alpha"):
        IdhnCriterion(toy_task(), alpha=0)
    with pytest.raises(ValueError, match="quantization_weight"):
        IdhnCriterion(toy_task(), quantization_weight=-1)
