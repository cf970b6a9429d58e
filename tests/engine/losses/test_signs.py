from __future__ import annotations

import torch

from engine.losses.signs import signs, straight_through_sign


def test_zero_is_minus_one_and_never_a_third_symbol() -> None:
    logits = torch.tensor([0.0, -0.0, 1e-30, -1e-30, 5.0], requires_grad=True)
    assert signs(logits).tolist() == [-1, -1, 1, -1, 1]
    assert not signs(logits).requires_grad


def test_the_gradient_passes_as_through_the_identity() -> None:
    logits = torch.tensor([0.3, -2.0, 1e8, 0.0], requires_grad=True)
    codes = straight_through_sign(logits)
    assert codes.tolist() == [1, -1, 1, -1]
    (codes * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    assert logits.grad.tolist() == [1, 2, 3, 4]
