from __future__ import annotations

import pytest
import torch

from engine.losses.qsmih import QsmihCriterion
from tests.engine.losses.free_logits import toy_task
from tests.engine.losses.pairs import reference_photos
from tests.engine.reference import RELATIVE, case


def test_the_reference_case() -> None:
    _, expected = case("K9 QSMIH, square clamp, alpha=.01")
    logits, labels = reference_photos()
    terms = QsmihCriterion(toy_task(num_bits=4))(logits, labels, torch.arange(3))
    assert float(terms["total"]) == pytest.approx(expected["loss"], rel=RELATIVE)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="alpha"):
        QsmihCriterion(toy_task(), alpha=-1)
