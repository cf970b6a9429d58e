from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.losses.polarization import polarization
from tests.engine.reference import RELATIVE, case


def tensors(name: str) -> tuple[Tensor, Tensor, float]:
    given, _ = case(name)
    logits = torch.tensor(given["u"], dtype=torch.float64, requires_grad=True)
    return logits, torch.tensor(given["z"], dtype=torch.float64), given["m"]


@pytest.mark.parametrize(
    ("reduction", "key"),
    [
        ("mean", "mean over bits and batch (use this)"),
        ("sum", "sum over bits, mean over batch"),
        ("inner", "literal eq. 16 (hinge on the inner product)"),
    ],
)
def test_matches_case_c1(reduction: str, key: str) -> None:
    logits, targets, margin = tensors("C1 polarization, one sample")
    _, expected = case("C1 polarization, one sample")
    loss = polarization(logits, targets, margin=margin, reduction=reduction)
    assert loss.item() == pytest.approx(expected[key], rel=RELATIVE)
    if reduction == "mean":
        loss.backward()
        assert logits.grad.tolist() == expected["grad of 'mean'"]


@pytest.mark.parametrize("reduction", ["mean", "sum", "inner"])
def test_matches_case_c2(reduction: str) -> None:
    logits, targets, margin = tensors("C2 polarization, batch of 2")
    _, expected = case("C2 polarization, batch of 2")
    loss = polarization(logits, targets, margin=margin, reduction=reduction)
    assert loss.item() == pytest.approx(expected[reduction], rel=RELATIVE)


def test_a_bit_at_the_margin_costs_nothing_as_in_case_c3() -> None:
    logits, targets, margin = tensors("C3 hinge boundary")
    assert polarization(logits, targets, margin=margin) == case("C3 hinge boundary")[1]["mean"]
