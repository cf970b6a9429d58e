from __future__ import annotations

import pytest
import torch

from engine.losses.normalized_cross_entropy import normalized_cross_entropy
from tests.engine.reference import RELATIVE, case

NAMES = [
    "D1 S-CE uniform",
    "D2 S-CE exact, logits = ln(.5,.25,.25)",
    "D3 S-CE exact, wrong class",
    "D4 S-CE generic",
    "D5 S-CE scale warning",
]


@pytest.mark.parametrize("name", NAMES)
def test_matches_the_reference(name: str) -> None:
    given, expected = case(name)
    rows = [[0.0] * 101] if given["logits"] == "101 zeros" else given["logits"]
    logits = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    loss = normalized_cross_entropy(logits, torch.tensor(given["y"]))
    assert loss.item() == pytest.approx(expected["loss"], rel=RELATIVE)
    loss.backward()
    if "grad" in expected:
        for row, wanted in zip(logits.grad.tolist(), expected["grad"], strict=True):
            assert row == pytest.approx(wanted, rel=RELATIVE)


@pytest.mark.parametrize("scale", [1e2, 1e6])
def test_it_lies_between_zero_and_one_however_sure_the_prediction(scale: float) -> None:
    logits = scale * torch.eye(5)
    right = normalized_cross_entropy(logits, torch.arange(5))
    wrong = normalized_cross_entropy(logits, torch.arange(5).roll(1))
    assert 0 <= right < 1e-3
    assert right < wrong < 1
