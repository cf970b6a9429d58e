from __future__ import annotations

import pytest
import torch

from engine.losses.dshsd import DshsdCriterion, contrastive_distance
from tests.engine.losses.toy import check_criterion, toy_task
from tests.engine.reference import RELATIVE, case


def test_the_terms_are_those_of_case_k7() -> None:
    given, expected = case("K7 DSHSD, alpha=.05")
    criterion = DshsdCriterion(toy_task(num_bits=4))
    weight = torch.tensor(given["W (2x4)"], dtype=torch.float64)
    criterion.classifier.weight = torch.nn.Parameter(weight)
    logits = torch.tensor(given["u (3x4)"], dtype=torch.float64)
    terms = criterion(logits, torch.tensor(given["y"]), torch.arange(3))
    assert terms["classification"].item() == pytest.approx(expected["class"], rel=RELATIVE)
    assert terms["distance"].item() == pytest.approx(expected["dist"], rel=RELATIVE)
    assert terms["total"].item() == pytest.approx(expected["total"], rel=RELATIVE)


def test_it_trains() -> None:
    check_criterion(DshsdCriterion)


def test_codes_half_of_the_bits_apart_cost_nothing() -> None:
    codes = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1]])
    assert contrastive_distance(codes, torch.eye(2, dtype=torch.bool)) == 0


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="distance_weight"):
        DshsdCriterion(toy_task(), distance_weight=-1)
