from __future__ import annotations

import pytest
import torch

from engine.losses.quantization import distance_to_signs, squared_distance


def test_a_sum_adds_up_the_bits_of_a_photo_and_a_mean_does_not() -> None:
    outputs, codes = torch.tensor([[0.5, -2.0], [1.0, 1.0]]), torch.tensor([[1.0, -1], [1, -1]])
    assert squared_distance(outputs, codes, "sum").item() == pytest.approx((0.25 + 1 + 4) / 2)
    assert squared_distance(outputs, codes).item() == pytest.approx((0.25 + 1 + 4) / 4)


def test_the_distance_to_signs_is_that_of_magnitudes_to_one() -> None:
    outputs = torch.randn(20, 8, dtype=torch.float64)
    expected = (outputs.abs() - 1).square()
    torch.testing.assert_close(distance_to_signs(outputs), expected.mean())
    torch.testing.assert_close(distance_to_signs(outputs, "sum"), expected.sum(dim=1).mean())


def test_a_zero_has_a_sign() -> None:
    outputs = torch.zeros(2, 4, requires_grad=True)
    distance_to_signs(outputs).backward()
    assert distance_to_signs(outputs).item() == 1
    assert outputs.grad is not None
    assert outputs.grad.abs().min() > 0
