from __future__ import annotations

import math

import pytest
import torch

from engine.losses.pairwise import (
    PairBank,
    batch_pairs,
    mean_over,
    pair_likelihood,
    same_class,
)
from tests.engine.losses.free_logits import toy_task


@pytest.mark.parametrize("theta", [-30.0, -1.5, 0.0, 0.3, 12.0])
def test_the_likelihood_is_that_of_a_logistic_model(theta: float) -> None:
    value = torch.tensor([theta], dtype=torch.float64)
    for similar in (True, False):
        literal = math.log(1 + math.exp(theta)) - similar * theta
        found = pair_likelihood(value, torch.tensor([similar]))
        assert float(found) == pytest.approx(literal, rel=1e-6, abs=1e-9)


def test_the_likelihood_of_huge_products_is_finite_and_still_pushes() -> None:
    theta = torch.tensor([1e30, -1e30, 1e30, -1e30], requires_grad=True)
    costs = pair_likelihood(theta, torch.tensor([True, True, False, False]))
    costs.sum().backward()  # type: ignore[no-untyped-call]
    assert costs.tolist() == pytest.approx([0, 1e30, 1e30, 0])
    assert theta.grad.tolist() == [0, -1, 1, 0]  # type: ignore[union-attr]


def test_means_over_nothing_are_zero() -> None:
    assert mean_over(torch.ones(2, 3), torch.zeros(2, 3, dtype=torch.bool)) == 0
    assert mean_over(torch.tensor([[1.0, 5.0], [3.0, 7.0]]), torch.tensor([False, True])) == 6


def test_a_batch_pairs_with_itself() -> None:
    labels = torch.tensor([2, 0, 2])
    others = batch_pairs(torch.zeros(3, 4), labels)
    expected = [[True, False, True], [False, True, False], [True, False, True]]
    assert others.similar.tolist() == expected
    assert torch.equal(others.similar, same_class(labels, labels))
    assert others.counted.all()


def test_a_bank_counts_the_photos_seen_and_keeps_their_latest_outputs() -> None:
    task = toy_task(photos=6, num_classes=3, num_bits=2)
    bank = PairBank(task)
    values = torch.ones(2, 2, requires_grad=True)
    first = bank(values, task.labels[:2], torch.tensor([0, 1]))
    assert first.counted.tolist() == [True, True, False, False, False, False]
    second = bank(3 * values, task.labels[1:3], torch.tensor([1, 2]))
    assert second.values[:4].tolist() == [[1, 1], [3, 3], [3, 3], [0, 0]]
    assert second.similar.tolist() == [[False, True, False] * 2, [False, False, True] * 2]
    assert not second.values.requires_grad


def test_a_bank_is_not_written_in_evaluation() -> None:
    task = toy_task(photos=6)
    bank = PairBank(task).eval()
    others = bank(torch.ones(6, 12), task.labels, torch.arange(6))
    assert not others.counted.any()
