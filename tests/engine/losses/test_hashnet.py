from __future__ import annotations

import math

import pytest
import torch

from engine.losses.hashnet import HashNetCriterion, weighted_likelihood
from tests.engine.losses.free_logits import toy_task
from tests.engine.losses.pairs import all_pairs, reference_photos
from tests.engine.reference import RELATIVE, case


def test_the_reference_case() -> None:
    _, expected = case("K2 HashNet weighted likelihood, alpha=0.1, beta=1")
    relaxed = reference_photos()[0].tanh()
    found = float(weighted_likelihood(relaxed, all_pairs(relaxed), 0.1))
    assert found == pytest.approx(expected["loss"], rel=RELATIVE)


@pytest.mark.parametrize(("epoch", "beta"), [(0, 1), (19, 1), (20, 2), (59, 3), (60, 4)])
def test_the_tanh_steepens_every_twenty_epochs(epoch: int, beta: int) -> None:
    criterion = HashNetCriterion(toy_task())
    criterion.start_epoch(epoch, 100)
    assert criterion.beta == math.sqrt(beta)


def test_a_batch_of_one_kind_of_pair_costs_that_kind_only() -> None:
    relaxed = torch.tensor([[0.5, -0.5], [0.25, 0.5]])
    same = HashNetCriterion(toy_task())(relaxed.atanh(), torch.tensor([1, 1]), torch.arange(2))
    theta = 0.1 * relaxed @ relaxed.T
    assert float(same["total"]) == pytest.approx(float(torch.log1p(torch.exp(-theta)).mean()))


def test_the_bank_reaches_photos_outside_the_batch() -> None:
    task = toy_task(photos=4, num_classes=2, num_bits=2)
    criterion = HashNetCriterion(task, bank=True)
    logits = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [1.0, 0.5], [-1.0, 0.0]])
    criterion(logits[2:], task.labels[2:], torch.tensor([2, 3]))
    found = criterion(logits[:2], task.labels[:2], torch.tensor([0, 1]))["total"]
    products = 0.1 * logits[:2].tanh() @ logits.tanh().T
    similar = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    costs = torch.log1p(products.exp()) - similar * products
    literal = (costs * similar).sum() / 4 + (costs * (1 - similar)).sum() / 4
    assert float(found) == pytest.approx(float(literal), rel=1e-5)


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="alpha"):
        HashNetCriterion(toy_task(), alpha=0)
    with pytest.raises(ValueError, match="beta_epochs"):
        HashNetCriterion(toy_task(), beta_epochs=0)
