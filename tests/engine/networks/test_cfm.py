from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from engine.networks.cfm import CrossFusion
from tests.engine.reference import RELATIVE, case


def identity(omega: float) -> CrossFusion:
    """A fusion whose queries, keys and values are the tokens themselves."""
    fusion = CrossFusion(2, omega=omega).double()
    with torch.no_grad():
        for linear in (fusion.aip_qkv, fusion.encoder_qkv):
            linear.weight.copy_(torch.eye(2).repeat(3, 1))
    return fusion


def test_meets_the_reference_case() -> None:
    inputs, expected = case("E1 CFM, identity Q/K/V, D=2, omega=0.25")
    aip = torch.tensor(inputs["X_AIP"], dtype=torch.float64)[None]
    encoder = torch.tensor(inputs["X_T"], dtype=torch.float64)[None]
    fusion = identity(0.25)
    reading = fusion.read(aip, encoder)
    found = {
        "A1=softmax(X_AIP X_T^T/sqrt2)": reading.from_aip,
        "A2": reading.from_encoder,
        "F1": identity(1.0)(aip, encoder),
        "F2": identity(0.0)(aip, encoder),
        "F": fusion(aip, encoder),
    }
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        wanted = torch.tensor(values, dtype=torch.float64)
        torch.testing.assert_close(found[name][0], wanted, rtol=RELATIVE, atol=0)


def test_has_the_parameters_of_the_specification() -> None:
    with torch.device("meta"):
        learned, fixed = CrossFusion(768), CrossFusion(768, omega=0.5)
    assert sum(p.numel() for p in learned.parameters()) == 3_543_552 + 1
    assert sum(p.numel() for p in fixed.parameters()) == 3_543_552


def test_rows_of_both_matrices_sum_to_one() -> None:
    fusion = CrossFusion(32)
    nn.init.normal_(fusion.aip_qkv.weight)
    reading = fusion.read(torch.randn(2, 10, 32), torch.randn(2, 10, 32))
    for attention in (reading.from_aip, reading.from_encoder):
        assert attention.shape == (2, 10, 10)
        torch.testing.assert_close(attention.sum(-1), torch.ones(2, 10))


def test_omega_starts_at_a_half_and_is_learned() -> None:
    fusion = CrossFusion(8)
    assert fusion.weight.item() == 0.5
    fusion(torch.randn(1, 3, 8), torch.randn(1, 3, 8)).square().sum().backward()
    assert fusion.omega_logit.grad is not None
    assert fusion.omega_logit.grad != 0
    with torch.no_grad():
        fusion.omega_logit.fill_(math.log(3))
    assert fusion.weight.item() == pytest.approx(0.75)


@torch.inference_mode()
def test_the_residual_adds_the_encoders_tokens() -> None:
    plain, residual = CrossFusion(8), CrossFusion(8, residual=True)
    residual.load_state_dict(plain.state_dict())
    aip, encoder = torch.randn(1, 3, 8), torch.randn(1, 3, 8)
    torch.testing.assert_close(residual(aip, encoder), plain(aip, encoder) + encoder)


@pytest.mark.parametrize("omega", [-0.1, 1.5])
def test_a_weight_beyond_its_range_is_refused(omega: float) -> None:
    with pytest.raises(ValueError, match="omega must be in 0 to 1"):
        CrossFusion(8, omega=omega)
