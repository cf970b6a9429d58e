from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from engine.losses.margin_softmax import cosine_logits, with_margin
from tests.engine.reference import RELATIVE, case

EXACT = "G1 CosFace exact"
GENERIC = "G2 CosFace / ArcFace generic"


def loss(name: str, labels: list[int], margin: float, kind: str) -> float:
    given, _ = case(name)
    cosines = cosines_of(name)
    moved = with_margin(cosines, torch.tensor(labels), margin, kind)
    return cross_entropy(given["S"] * moved, torch.tensor(labels)).item()


def cosines_of(name: str) -> Tensor:
    given, _ = case(name)
    logits = torch.tensor(given["v"], dtype=torch.float64)
    return cosine_logits(logits, torch.tensor(given["centres"]))


@pytest.mark.parametrize(
    ("label", "key"), [(0, "loss y=0: ln(1+e^-8.5)"), (1, "loss y=1: ln(1+e^11.5)")]
)
def test_matches_case_g1(label: int, key: str) -> None:
    given, expected = case(EXACT)
    found = loss(EXACT, [label], given["alpha"], "cos")
    assert found == pytest.approx(expected[key], rel=RELATIVE)


def test_matches_case_g2() -> None:
    given, expected = case(GENERIC)
    for row, wanted in zip(cosines_of(GENERIC).tolist(), expected["cosines"], strict=True):
        assert row == pytest.approx(wanted, rel=RELATIVE, abs=1e-12)
    for key, margin, kind in (
        ("cosface", given["alpha"], "cos"),
        ("arcface", given["alpha"], "arc"),
        ("plain softmax (alpha=0)", 0.0, "cos"),
        ("plain softmax (alpha=0)", 0.0, "arc"),
    ):
        found = loss(GENERIC, given["y"], margin, kind)
        assert found == pytest.approx(expected[key], rel=RELATIVE)


def test_the_arc_of_a_code_on_its_centre_has_a_finite_gradient() -> None:
    logits = torch.ones(1, 4, requires_grad=True)
    cosines = cosine_logits(logits, torch.ones(1, 4))
    moved = with_margin(cosines, torch.tensor([0]), 0.15, "arc")
    assert moved.item() == pytest.approx(math.cos(0.15), abs=1e-3)
    moved.sum().backward()
    assert torch.isfinite(logits.grad).all()
