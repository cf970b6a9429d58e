from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from engine.networks.query_decoder import Attention, Encoder, PositionTables, QueryDecoder

WIDTH, HEADS, HIDDEN = 16, 4, 24


def torchs_attention(own: Attention) -> nn.MultiheadAttention:
    """The attention of torch with the same weights."""
    attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).double()
    three = (own.to_query, own.to_key, own.to_value)
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.cat([layer.weight for layer in three]))
        attention.in_proj_bias.copy_(torch.cat([layer.bias for layer in three]))
    attention.out_proj.load_state_dict(own.project.state_dict())
    return attention


def shaken(module: nn.Module) -> nn.Module:
    """Biases and norms start at constants, which would hide a mistake."""
    for parameter in module.double().parameters():
        nn.init.normal_(parameter, std=0.5)
    return module


def tokens(count: int) -> Tensor:
    return torch.randn(2, count, WIDTH, dtype=torch.float64)


def test_attention_is_that_of_torch() -> None:
    own = Attention(WIDTH, HEADS)
    shaken(own)
    query, key, value = tokens(3), tokens(5), tokens(5)
    expected, weights = torchs_attention(own)(query, key, value, average_attn_weights=False)
    torch.testing.assert_close(own(query, key, value), expected)
    torch.testing.assert_close(own.weights(query, key), weights)
    torch.testing.assert_close(own.attend(own.weights(query, key), value), expected)


def test_matrices_start_as_those_of_torch() -> None:
    own, given = Attention(256, 8), nn.MultiheadAttention(256, 8)
    for layer in (own.to_query, own.to_key, own.to_value):
        limit = math.sqrt(6 / (4 * 256))
        assert 0.99 * limit < layer.weight.abs().max() <= limit
        assert not layer.bias.any()
    assert 0.99 < own.to_key.weight.std() / given.in_proj_weight.std() < 1.01


def test_the_encoder_without_positions_is_that_of_torch() -> None:
    own = Encoder(WIDTH, HEADS, HIDDEN)
    shaken(own)
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, dropout=0.0, batch_first=True)
    layer.double()
    layer.self_attn.load_state_dict(torchs_attention(own.attention).state_dict())
    copied = own.feed_forward
    for mine, theirs in (
        (copied.norm_in, layer.norm1),
        (copied.expand, layer.linear1),
        (copied.reduce, layer.linear2),
        (copied.norm_out, layer.norm2),
    ):
        theirs.load_state_dict(mine.state_dict())
    given = tokens(7)
    torch.testing.assert_close(own(given, torch.zeros(7, WIDTH).double()), layer(given))


def test_positions_steer_who_looks_at_whom_and_are_not_collected() -> None:
    own = Encoder(WIDTH, HEADS, HIDDEN)
    shaken(own)
    given, positions = tokens(7), torch.randn(7, WIDTH, dtype=torch.float64)
    attended, _ = torchs_attention(own.attention)(given + positions, given + positions, given)
    expected = own.feed_forward(given, attended)
    torch.testing.assert_close(own(given, positions), expected)


def test_the_decoder_adds_what_queries_collect_to_zeros() -> None:
    own = QueryDecoder(WIDTH, HEADS, HIDDEN)
    shaken(own)
    queries, memory = torch.randn(3, WIDTH, dtype=torch.float64), tokens(7)
    positions = torch.randn(7, WIDTH, dtype=torch.float64)
    attended, weights = torchs_attention(own.attention)(
        queries.expand(2, -1, -1), memory + positions, memory, average_attn_weights=False
    )
    part = own.feed_forward
    first = part.norm_in(attended)
    second = part.norm_out(first + part.reduce(torch.relu(part.expand(first))))
    torch.testing.assert_close(own(queries, memory, positions), own.norm(second))
    features, read = own.read(queries, memory, positions)
    torch.testing.assert_close(features, own.norm(second))
    torch.testing.assert_close(read, weights)


def test_a_query_does_not_depend_on_the_others() -> None:
    own = QueryDecoder(WIDTH, HEADS, HIDDEN)
    shaken(own)
    queries, memory = torch.randn(5, WIDTH, dtype=torch.float64), tokens(7)
    positions = torch.zeros(7, WIDTH, dtype=torch.float64)
    together = own(queries, memory, positions)
    torch.testing.assert_close(own(queries[:2], memory, positions), together[:, :2])


def test_the_second_grid_has_positions_of_its_own() -> None:
    tables = PositionTables(9, 6)
    found = tables((4, 5), (2, 3))
    expected = []
    for height, width, row_start, column_start in ((4, 5, 0, 0), (2, 3, 4, 5)):
        for row in range(height):
            for column in range(width):
                halves = (tables.columns[column_start + column], tables.rows[row_start + row])
                expected.append(torch.cat(halves))
    torch.testing.assert_close(found, torch.stack(expected))
    assert len(found.unique(dim=0)) == 4 * 5 + 2 * 3
    assert tables.rows.min() >= 0
    assert tables.rows.max() < 1
