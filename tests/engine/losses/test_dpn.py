from __future__ import annotations

import pytest
import torch

from engine.losses.dpn import DpnCriterion
from tests.engine.losses.toy import call, check_criterion, first_logits, toy_task


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_it_trains(reduction: str) -> None:
    check_criterion(lambda task: DpnCriterion(task, polarization=reduction))


def test_hadamard_targets_can_have_the_order_of_the_papers() -> None:
    task = toy_task(num_bits=64)
    papers, shuffled = (
        DpnCriterion(task, targets="hadamard", skip_first_row=skip).targets
        for skip in (False, True)
    )
    assert (papers[0] == 1).all()
    assert (shuffled.sum(dim=1) == 0).all()


@pytest.mark.parametrize("targets", ["hadamard", "maxmin"])
def test_it_trains_with_other_targets(targets: str) -> None:
    check_criterion(lambda task: DpnCriterion(task, targets=targets))


def test_the_square_keeps_logits_small() -> None:
    task = toy_task()
    logits = first_logits(task)
    plain, held = DpnCriterion(task), DpnCriterion(task, square_weight=0.1)
    expected = call(plain, logits, task) + 0.1 * (logits**2).mean()
    assert call(held, logits, task).item() == pytest.approx(expected.item())


def test_codes_on_target_beyond_the_margin_cost_nothing() -> None:
    task = toy_task()
    criterion = DpnCriterion(task)
    assert call(criterion, criterion.targets[task.labels], task) == 0
    assert call(criterion, 0.5 * criterion.targets[task.labels], task) == 0.5


def test_targets_are_as_wide_as_the_logits() -> None:
    assert DpnCriterion(toy_task(num_bits=12, width=96)).targets.shape == (5, 96)


@pytest.mark.parametrize(
    "options",
    [{"polarization": "median"}, {"targets": "none"}, {"margin": 0.0}, {"negative_share": 1.5}],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(options))} must"):
        DpnCriterion(toy_task(), **options)


def test_seeds_differ() -> None:
    first, second = DpnCriterion(toy_task(0)), DpnCriterion(toy_task(1))
    assert not torch.equal(first.targets, second.targets)
