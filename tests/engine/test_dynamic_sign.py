from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.dynamic_sign import MAX_THRESHOLD, dynamic_sign, settle, soft_dynamic_sign
from tests.engine.reference import CASES

NAMES = [name for name in CASES if name.startswith("F")]


def inputs(name: str) -> tuple[Tensor, Tensor, Tensor]:
    given = CASES[name]["inputs"]
    expected = CASES[name]["expected"]["code"]
    values = torch.tensor([given["v"]], dtype=torch.float64)
    threshold = torch.tensor([[given["t"]]], dtype=torch.float64)
    return values, threshold, torch.tensor([expected], dtype=torch.float64)


def test_all_cases_are_here() -> None:
    assert len(NAMES) == 6


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_codes_of_the_reference_cases(name: str, dtype: torch.dtype) -> None:
    values, threshold, code = (tensor.to(dtype) for tensor in inputs(name))
    assert torch.equal(dynamic_sign(values, threshold), code)
    assert torch.equal(settle(values, threshold) > 0, code > 0)
    number = float(threshold)
    assert torch.equal(dynamic_sign(values, number), code)


def literal(values: list[float], threshold: float) -> list[int]:
    """The two equations, one entry after the other."""
    positive = sum(value > threshold for value in values)
    negative = sum(value < -threshold for value in values)
    fill = -1 if positive > negative else 1
    return [1 if v > threshold else -1 if v < -threshold else fill for v in values]


def test_random_codes_follow_the_equations_row_by_row() -> None:
    values = torch.randn(200, 16, dtype=torch.float64) * 0.01
    thresholds = torch.rand(200, 1, dtype=torch.float64) * 0.01
    values[::7, 3] = 0
    expected = [
        literal(row, t) for row, (t,) in zip(values.tolist(), thresholds.tolist(), strict=True)
    ]
    found = dynamic_sign(values, thresholds)
    assert found.long().tolist() == expected
    assert torch.equal(torch.where(settle(values, thresholds) > 0, 1.0, -1.0), found.float())


def test_settled_logits_keep_their_magnitude_and_are_never_zero() -> None:
    values = torch.tensor([[0.5, 0.001, -0.5, 0.0], [0.5, 0.004, 0.0, -0.6]])
    settled = settle(values, 0.005)
    assert (settled != 0).all()
    torch.testing.assert_close(settled.abs(), values.abs(), rtol=0, atol=1e-30)
    half = settle(torch.zeros(1, 4, dtype=torch.float16), 0.005)
    assert (half > 0).all()


def test_the_soft_sign_becomes_the_dynamic_sign() -> None:
    values = torch.randn(50, 12, dtype=torch.float64)
    threshold = torch.rand(50, 1, dtype=torch.float64)
    soft = soft_dynamic_sign(values, threshold, max_threshold=5e-6)
    torch.testing.assert_close(soft, dynamic_sign(values, threshold))
    assert soft_dynamic_sign(values, threshold).abs().max() <= 1


def test_only_the_soft_sign_teaches_the_threshold() -> None:
    values = torch.tensor([[0.5, 0.004, -0.5, 0.006]], requires_grad=True)
    threshold = torch.tensor([[MAX_THRESHOLD]], requires_grad=True)
    assert not dynamic_sign(values, threshold).requires_grad
    soft_dynamic_sign(values, threshold)[:, 1].sum().backward()
    assert threshold.grad is not None
    assert threshold.grad.item() != 0
    assert values.grad is not None
