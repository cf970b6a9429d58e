from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.losses.class_targets import class_targets, move_apart
from engine.losses.dpn import DpnCriterion
from engine.losses.targets import create_targets, pair_distances
from tests.engine.losses.toy import toy_task


def votes_for(codes: Tensor) -> Tensor:
    """Forty photos a class, each bit with a majority of its own."""
    generator = torch.Generator().manual_seed(3)
    return codes * torch.randint(2, 41, codes.shape, generator=generator)


def test_without_a_parent_targets_are_drawn() -> None:
    task = toy_task()
    drawn = create_targets("hadamard", 5, 16, task.generator())
    assert torch.equal(class_targets(task, "hadamard"), drawn)


def test_a_class_keeps_the_code_of_its_photos() -> None:
    task = toy_task()
    codes = create_targets("hadamard", 5, 16, task.generator(9))
    task = dataclasses.replace(task, votes=votes_for(codes))
    assert torch.equal(class_targets(task, "random"), codes)
    assert torch.equal(DpnCriterion(task).targets, codes)


def test_a_bit_without_majority_is_drawn() -> None:
    task = toy_task()
    codes = create_targets("hadamard", 5, 16, task.generator(9))
    votes = votes_for(codes)
    votes[2, 7] = 0
    found = class_targets(dataclasses.replace(task, votes=votes), "random")
    drawn = create_targets("random", 5, 16, task.generator())
    assert found[2, 7] == drawn[2, 7]


def test_classes_that_look_alike_differ_in_the_bits_they_are_least_decided_about() -> None:
    votes = torch.tensor([[9.0, 9, 9, 9, 9, 9, 9, 9], [5.0, 1, 7, 2, 8, 9, 9, 9]])
    found = move_apart(votes.sign(), votes, 3)
    assert found[0].tolist() == [1] * 8
    assert found[1].tolist() == [-1, -1, 1, -1, 1, 1, 1, 1]


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 20), st.sampled_from([16, 32, 64]), st.integers(0, 1000))
def test_moved_classes_are_far_enough_apart(classes: int, bits: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    votes = torch.randint(-40, 41, (1, bits), generator=generator).float()
    votes = votes + torch.randint(-3, 4, (classes, bits), generator=generator)
    targets = torch.where(votes < 0, -1.0, 1.0)
    found = move_apart(targets, votes, bits // 4)
    assert set(found.unique().tolist()) <= {-1.0, 1.0}
    assert torch.equal(found[0], targets[0])
    # A class may end up in a corner; it still has a code of its own.
    assert pair_distances(found).min() >= (bits // 8 if bits > 16 else 1)


@pytest.mark.parametrize("classes", [4, 40])
def test_it_ends_where_there_is_no_room(classes: int) -> None:
    votes = torch.ones(classes, 2)
    assert move_apart(torch.ones(classes, 2), votes, 2).shape == (classes, 2)
