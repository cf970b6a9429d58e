from __future__ import annotations

import pytest
import torch

from engine.losses.greedyhash import GreedyHashCriterion
from tests.engine.losses.toy import check_criterion, toy_task
from tests.engine.reference import RELATIVE, case


def test_the_loss_is_that_of_case_k3() -> None:
    given, expected = case("K3 GreedyHash, alpha=0.1")
    criterion = GreedyHashCriterion(toy_task(num_bits=4))
    weight = torch.tensor(given["W (2x4)"], dtype=torch.float64)
    criterion.classifier.weight = torch.nn.Parameter(weight)
    logits = torch.tensor(given["u (3x4)"], dtype=torch.float64)
    terms = criterion(logits, torch.tensor(given["y"]), torch.arange(3))
    assert terms["total"].item() == pytest.approx(expected["loss"], rel=RELATIVE)


def test_it_trains() -> None:
    check_criterion(GreedyHashCriterion)


def test_the_classifier_sees_bits_and_yet_moves_the_logits() -> None:
    criterion = GreedyHashCriterion(toy_task(num_bits=4), penalty_weight=0.0)
    logits = torch.tensor([[0.1, -0.2, 3.0, -4.0]], requires_grad=True)
    same_bits = torch.tensor([[2.0, -0.01, 0.5, -1.0]])
    labels, indices = torch.tensor([0]), torch.tensor([0])
    total = criterion(logits, labels, indices)["total"]
    assert total == criterion(same_bits, labels, indices)["total"]
    total.backward()
    assert (logits.grad != 0).all()


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="penalty_weight"):
        GreedyHashCriterion(toy_task(), penalty_weight=-1)
