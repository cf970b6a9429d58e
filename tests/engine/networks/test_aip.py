from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.networks.aip import (
    AggregationInteractionPropagation,
    SelfAttention,
    count_heads,
    make_proxies,
    to_sequence,
)
from tests.engine.reference import case


def test_proxies_meet_the_reference_case() -> None:
    inputs, expected = case("E2 proxy pooling 4x4 -> 2x2")
    grid = torch.tensor(inputs["x"], dtype=torch.float64)[None, None]
    for kernel, name in ((2, "average kernel 2 stride 2"), (1, "subsample kernel 1 stride 2")):
        assert make_proxies(grid, kernel)[0, 0].tolist() == expected[name]


def test_a_partial_window_is_averaged_over_what_it_has() -> None:
    grid = torch.arange(9.0).view(1, 1, 3, 3)
    assert make_proxies(grid, 2)[0, 0].tolist() == [[2, 3.5], [6.5, 8]]
    assert make_proxies(grid, 1)[0, 0].tolist() == [[0, 2], [6, 8]]


def test_has_the_parameters_of_the_specification() -> None:
    with torch.device("meta"):
        aip = AggregationInteractionPropagation(768)
    assert sum(p.numel() for p in aip.parameters()) == 8_302_080


@pytest.mark.parametrize(("pool", "attended"), [("pre", 49), ("post", 196)])
def test_shapes_are_those_of_the_specification(pool: str, attended: int) -> None:
    with torch.device("meta"):
        aip = AggregationInteractionPropagation(768, pool=pool)  # type: ignore[arg-type]
        tokens, attention = aip(torch.zeros(2, 768, 14, 14))
    assert tokens.shape == (2, 196, 768)
    assert attention.shape == (2, 12, attended, attended)


@pytest.mark.parametrize("pool", ["pre", "post"])
@pytest.mark.parametrize("kernel", [1, 2])
@pytest.mark.parametrize("grid", [(7, 7), (37, 37), (1, 1), (6, 9), (14, 14)])
@torch.inference_mode()
def test_grids_keep_their_size(pool: str, kernel: int, grid: tuple[int, int]) -> None:
    aip = AggregationInteractionPropagation(16, pool=pool, pool_kernel=kernel).eval()  # type: ignore[arg-type]
    tokens, attention = aip(torch.randn(2, 16, *grid))
    assert tokens.shape == (2, grid[0] * grid[1], 16)
    torch.testing.assert_close(attention.sum(-1), torch.ones_like(attention[..., 0]))


def literal(aip: AggregationInteractionPropagation, stem: Tensor) -> Tensor:
    """Equations 4 to 9 a photo and a head at a time, with proxies that are means."""
    first, second = aip.aggregation.local, aip.aggregation.mlp
    positioned = stem + aip.aggregation.position(stem)
    mixed = positioned + first[3](first[2](first[1](first[0](positioned))))
    gathered = mixed + second[3](functional.gelu(second[1](second[0](mixed))))
    height, width = stem.shape[-2:]
    rows = []
    for photo in gathered:
        means = [
            photo[:, top : top + 2, left : left + 2].mean((1, 2))
            for top in range(0, height, 2)
            for left in range(0, width, 2)
        ]
        q, k, v = aip.attention.qkv(torch.stack(means)).chunk(3, dim=1)
        heads = []
        for head in range(aip.attention.num_heads):
            part = slice(64 * head, 64 * (head + 1))
            heads.append(torch.softmax(q[:, part] @ k[:, part].T / 8, dim=1) @ v[:, part])
        learned = torch.cat(heads, dim=1)
        tokens = []
        for row in range(height):
            for column in range(width):
                proxy = learned[(row // 2) * ((width + 1) // 2) + column // 2]
                spread = aip.propagation.weight[:, 0, row % 2, column % 2]
                tokens.append(proxy * spread + aip.propagation.bias)
        rows.append(aip.projection(aip.norm(torch.stack(tokens))))
    return torch.stack(rows)


@pytest.mark.parametrize("grid", [(4, 6), (5, 3)])
@torch.inference_mode()
def test_equals_its_equations(grid: tuple[int, int]) -> None:
    aip = AggregationInteractionPropagation(128).eval().double()
    nn.init.normal_(aip.attention.qkv.weight, std=0.3)  # far from equal attention
    stem = torch.randn(2, 128, *grid, dtype=torch.float64)
    torch.testing.assert_close(aip(stem)[0], literal(aip, stem))


@torch.inference_mode()
def test_pooling_behind_the_attention_averages_what_it_returns() -> None:
    aip = AggregationInteractionPropagation(64, pool="post").eval()
    stem = torch.randn(1, 64, 4, 4)
    interacted, _ = aip.attention(to_sequence(aip.aggregation(stem)))
    grid = interacted[0].T.view(64, 4, 4)
    proxy = grid[:, 2:4, 0:2].mean((1, 2))
    token = proxy * aip.propagation.weight[:, 0, 1, 0] + aip.propagation.bias
    expected = aip.projection(aip.norm(token))
    torch.testing.assert_close(aip(stem)[0][0, 3 * 4], expected)


@torch.inference_mode()
def test_attention_is_that_of_torch() -> None:
    attention = SelfAttention(192)
    tokens = torch.randn(2, 5, 192)
    heads = attention.qkv(tokens).view(2, 5, 3, 3, 64).permute(2, 0, 3, 1, 4)
    expected = functional.scaled_dot_product_attention(heads[0], heads[1], heads[2])
    found, weights = attention(tokens)
    torch.testing.assert_close(found, expected.transpose(1, 2).reshape(2, 5, 192))
    assert weights.shape == (2, 3, 5, 5)


def test_heads_are_64_wide_where_the_width_allows() -> None:
    assert [count_heads(width) for width in (768, 192, 320, 512, 288, 48, 64, 101)] == [
        *(12, 3, 5, 8, 4, 1, 1, 1)
    ]


def test_starts_as_vision_transformers_do() -> None:
    aip = AggregationInteractionPropagation(256)
    for linear in (aip.attention.qkv, aip.projection):
        assert linear.weight.std().item() == pytest.approx(0.02, rel=0.05)
        assert not linear.bias.any()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"pool": "middle"}, "'pre' or 'post'"), ({"pool_kernel": 3}, "must be 1 or 2, not 3")],
)
def test_wrong_choices_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        AggregationInteractionPropagation(16, **options)  # type: ignore[arg-type]
