"""The transformer of QueryOpt: one encoder layer over a photo, one decoder layer for its bits.

Wang et al., Learning Attribute-Aware Hash Codes for Fine-Grained Image Retrieval via Query
Optimization, ICML 2025. Post-norm layers of DETR's design; queries do not attend to each other,
so that a bit is the same whichever other bits are asked for.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class PositionTables(nn.Module):
    """Learned row and column vectors for the positions of two grids.

    The second grid has entries of its own behind those of the first.

    Args:
        entries: Rows and columns of both grids together, at most.
        width: Of a token, even: half of it tells the column, half the row.
    """

    def __init__(self, entries: int, width: int) -> None:
        super().__init__()
        self.rows = nn.Parameter(torch.rand(entries, width // 2))
        self.columns = nn.Parameter(torch.rand(entries, width // 2))

    def forward(self, *grids: tuple[int, int]) -> Tensor:
        """Return a vector for every token, shape (tokens, width), grids one after the other."""
        encodings = []
        row = column = 0
        for height, width in grids:
            columns = self.columns[column : column + width].expand(height, -1, -1)
            rows = self.rows[row : row + height, None].expand(-1, width, -1)
            encodings.append(torch.cat([columns, rows], dim=-1).flatten(0, 1))
            row, column = row + height, column + width
        return torch.cat(encodings)


class Attention(nn.Module):
    """Attention of several heads whose weights can be read.

    Args:
        width: Of a token.
        heads: Must divide ``width``.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_query = nn.Linear(width, width)
        self.to_key = nn.Linear(width, width)
        self.to_value = nn.Linear(width, width)
        self.project = nn.Linear(width, width)
        for layer in (self.to_query, self.to_key, self.to_value):
            # torch keeps the three as one matrix of three times the height, and starts it so.
            nn.init.xavier_uniform_(layer.weight, gain=0.5**0.5)
            nn.init.zeros_(layer.bias)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return the attended values, shape (batch, queries, width), without making weights."""
        attended = functional.scaled_dot_product_attention(
            self._split(self.to_query(query)),
            self._split(self.to_key(key)),
            self._split(self.to_value(value)),
        )
        return self._join(attended)

    def weights(self, query: Tensor, key: Tensor) -> Tensor:
        """Return what each query looks at, shape (batch, heads, queries, tokens); rows sum to 1."""
        asked, offered = self._split(self.to_query(query)), self._split(self.to_key(key))
        return torch.softmax(asked @ offered.transpose(2, 3) / asked.shape[-1] ** 0.5, dim=-1)

    def attend(self, weights: Tensor, value: Tensor) -> Tensor:
        """Return what :meth:`forward` returns, from its :meth:`weights`."""
        return self._join(weights @ self._split(self.to_value(value)))

    def _split(self, tokens: Tensor) -> Tensor:
        batch, length, width = tokens.shape
        return tokens.view(batch, length, self.heads, width // self.heads).transpose(1, 2)

    def _join(self, attended: Tensor) -> Tensor:
        projected: Tensor = self.project(attended.transpose(1, 2).flatten(2))
        return projected


class FeedForward(nn.Module):
    """Residual, norm, two linear layers, residual, norm: what follows attention in a layer."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm_in = nn.LayerNorm(width)
        self.expand = nn.Linear(width, hidden)
        self.reduce = nn.Linear(hidden, width)
        self.norm_out = nn.LayerNorm(width)
        for layer in (self.expand, self.reduce):
            nn.init.xavier_uniform_(layer.weight)

    def forward(self, tokens: Tensor, attended: Tensor | float) -> Tensor:
        """Return the tokens after attention's outcome was added, same shape."""
        tokens = self.norm_in(tokens + attended)
        expanded = self.expand(tokens).relu()
        result: Tensor = self.norm_out(tokens + self.reduce(expanded))
        return result


class Encoder(nn.Module):
    """Lets the tokens of a photo look at each other; positions steer who looks at whom."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.feed_forward = FeedForward(width, hidden)

    def forward(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Return encoded tokens, shape (batch, tokens, width)."""
        placed = tokens + positions
        encoded: Tensor = self.feed_forward(tokens, self.attention(placed, placed, tokens))
        return encoded


class QueryDecoder(nn.Module):
    """Lets every query collect the features of its bit from the tokens.

    The queries only steer attention: what they collect is added to zeros, as in DETR.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.feed_forward = FeedForward(width, hidden)
        self.norm = nn.LayerNorm(width)

    def forward(self, queries: Tensor, memory: Tensor, positions: Tensor) -> Tensor:
        """Return the features of each bit, shape (batch, queries, width).

        Args:
            queries: Shape (queries, width).
            memory: Encoded tokens, shape (batch, tokens, width).
            positions: Of the tokens, shape (tokens, width).
        """
        asked = queries.expand(len(memory), -1, -1)
        return self._finish(self.attention(asked, memory + positions, memory))

    def read(self, queries: Tensor, memory: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features and the attention weights they were made with.

        The weights, shape (batch, heads, queries, tokens), are part of the graph: features have a
        gradient with respect to them.
        """
        asked = queries.expand(len(memory), -1, -1)
        weights = self.attention.weights(asked, memory + positions)
        return self._finish(self.attention.attend(weights, memory)), weights

    def _finish(self, attended: Tensor) -> Tensor:
        features: Tensor = self.norm(self.feed_forward(attended, 0.0))
        return features
