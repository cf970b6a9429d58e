from __future__ import annotations

import pytest
import torch

from engine.losses.target_update import class_votes, follow_votes, keep_apart, ternary
from engine.losses.targets import create_targets, pair_distances
from tests.engine.reference import case


def test_ternary_is_strict_as_in_case_b2() -> None:
    given, expected = case("B2 ternary quantisation m=1")
    assert ternary(torch.tensor(given["u"]), 1.0).tolist() == expected["t"]


@pytest.mark.parametrize("rule", ["ternary", "sign"])
def test_votes_and_new_targets_are_those_of_case_b3(rule: str) -> None:
    given, expected = case("B3 adaptive target update")
    logits = torch.tensor(given["U"])
    codes = ternary(logits, given["m"]) if rule == "ternary" else logits.sign()
    old = torch.tensor(given["Z_old"], dtype=torch.float32)
    votes = class_votes(codes, torch.tensor(given["y"]), len(old))
    assert votes.tolist() == expected[f"A=Y^T {rule}(U)"]
    assert follow_votes(old, votes).tolist() == expected[f"Z_new ({rule}, zeros keep old)"]


def test_the_guard_keeps_the_least_distance_and_takes_the_rest() -> None:
    old = torch.tensor([[1.0, 1, 1, 1], [-1, -1, 1, 1], [1, -1, -1, 1]])
    new = old.clone()
    new[0] = old[1]  # would merge two classes
    new[2] = torch.tensor([-1.0, 1, -1, 1])
    kept = keep_apart(old, new)
    assert torch.equal(kept[0], old[0])
    assert torch.equal(kept[2], new[2])


def test_the_guard_never_lets_classes_approach() -> None:
    generator = torch.Generator().manual_seed(0)
    for seed in range(20):
        old = create_targets("random", 12, 16, torch.Generator().manual_seed(seed))
        flips = torch.where(torch.rand(12, 16, generator=generator) < 0.2, -1.0, 1.0)
        kept = keep_apart(old, old * flips)
        assert pair_distances(kept).min() >= pair_distances(old).min()


def test_a_single_class_is_free_to_move() -> None:
    old = torch.ones(1, 4)
    assert torch.equal(keep_apart(old, -old), -old)
