from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.losses.criterion import TrainingTask
from engine.losses.hashnet import weighted_likelihood
from engine.losses.hybridhash import HybridHashCriterion
from engine.losses.pairwise import Others
from tests.engine.losses.toy import call, check_criterion, first_logits, toy_task
from tests.engine.reference import RELATIVE, case


def likelihood(relaxed: Tensor, values: Tensor, similar: Tensor) -> Tensor:
    """The loss with all others counted."""
    counted = torch.ones(len(values), dtype=torch.bool)
    return weighted_likelihood(relaxed, Others(values, similar.bool(), counted), 0.5)


def test_matches_the_reference() -> None:
    inputs, expected = case("L1 HybridHash weighted maximum likelihood, alpha=0.5, memory bank")
    relaxed = torch.tensor(inputs["u"], dtype=torch.float64)
    bank = torch.tensor(inputs["U_mem (4 rows; last not yet visited)"], dtype=torch.float64)
    loss = likelihood(relaxed, bank, torch.tensor(inputs["S"]))
    assert loss.item() == pytest.approx(expected["loss"], rel=RELATIVE)


def test_its_criterion_matches_the_reference_on_a_bank_of_the_same_rows() -> None:
    inputs, _ = case("L1 HybridHash weighted maximum likelihood, alpha=0.5, memory bank")
    rows = torch.tensor(inputs["U_mem (4 rows; last not yet visited)"])
    task = TrainingTask(4, 4, num_classes=2, labels=torch.tensor([0, 0, 1, 0, 0, 1]))
    criterion = HybridHashCriterion(task, mask_unvisited=False)
    criterion(rows[:3].atanh(), task.labels[:3], torch.arange(3))
    relaxed = torch.tensor(inputs["u"])
    # The batch is photos 4 and 5; photo 3, although of class 0, was never seen.
    total = criterion(relaxed.atanh(), task.labels[4:], torch.tensor([4, 5]))["total"]
    own = torch.cat([torch.tensor(inputs["S"]), torch.eye(2)], dim=1)
    assert own[0].tolist() == [1, 1, 0, 0, 1, 0]
    expected = likelihood(relaxed, torch.cat([rows, relaxed]), own)
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)


def literal_loss(u: list[list[float]], v: list[list[float]], s: list[list[int]]) -> float:
    """HashNet's weighted likelihood, pair by pair: w = |S|/|S1| or |S|/|S0|, mean over S."""
    kinds = [pair for row in s for pair in row]
    total = 0.0
    for row, left in enumerate(u):
        for column, right in enumerate(v):
            product = 0.5 * sum(a * b for a, b in zip(left, right, strict=True))
            weight = len(kinds) / kinds.count(s[row][column])
            total += weight * (math.log(1 + math.exp(product)) - s[row][column] * product)
    return total / len(kinds)


def test_matches_the_weighted_likelihood_of_hashnet() -> None:
    relaxed, others = torch.randn(3, 8).tanh().double(), torch.randn(5, 8).tanh().double()
    similar = torch.tensor([[1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [1, 0, 0, 1, 1]])
    loss = likelihood(relaxed, others, similar)
    literal = literal_loss(relaxed.tolist(), others.tolist(), similar.tolist())
    assert loss.item() == pytest.approx(literal, rel=1e-12)


@pytest.mark.parametrize("mask_unvisited", [True, False])
def test_it_trains(mask_unvisited: bool) -> None:
    check_criterion(lambda task: HybridHashCriterion(task, mask_unvisited=mask_unvisited))


def test_a_kind_of_pair_that_is_missing_adds_nothing() -> None:
    codes = torch.zeros(2, 4)
    for similar in (torch.zeros(2, 2), torch.ones(2, 2)):
        assert likelihood(codes, codes, similar).item() == pytest.approx(math.log(2))


def test_a_batch_is_compared_with_itself_and_with_what_was_seen_before() -> None:
    task = toy_task()
    logits = first_logits(task)
    criterion = HybridHashCriterion(task)
    seen, batch = torch.arange(8), torch.arange(8, 12)
    criterion(logits[seen], task.labels[seen], seen)
    found = criterion(logits[batch], task.labels[batch], batch)["likelihood"]
    both = torch.cat([seen, batch])
    pairs = task.labels[batch, None] == task.labels[both]
    expected = likelihood(logits[batch].tanh(), logits[both].tanh(), pairs)
    assert found.item() == pytest.approx(expected.item())


def test_photos_not_seen_yet_count_as_dissimilar_where_asked() -> None:
    task = toy_task()
    logits, batch = first_logits(task)[:4], torch.arange(4)
    terms = HybridHashCriterion(task, mask_unvisited=False)(logits, task.labels[:4], batch)
    bank = torch.cat([logits.tanh(), torch.zeros(36, 16)])
    similar = torch.cat([torch.eye(4), torch.zeros(4, 36)], dim=1)
    assert terms["total"].item() == pytest.approx(likelihood(logits.tanh(), bank, similar).item())


def test_gradients_do_not_flow_through_the_bank() -> None:
    task = toy_task()
    logits = first_logits(task).requires_grad_()
    call(HybridHashCriterion(task), logits, task).backward()
    relaxed = logits.detach().tanh().requires_grad_()
    pairs = task.labels[:, None] == task.labels
    likelihood(relaxed, relaxed.detach(), pairs).backward()
    assert logits.grad is not None
    assert relaxed.grad is not None
    expected = relaxed.grad * (1 - relaxed.detach() ** 2)
    torch.testing.assert_close(logits.grad, expected)


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="alpha must be above 0"):
        HybridHashCriterion(toy_task(), alpha=0.0)
