"""Target codes of classes: random, from Hadamard matrices, or as far apart as a search finds."""

from __future__ import annotations

import itertools
import math
from typing import Literal, get_args

import torch
from torch import Tensor

from engine.losses.hadamard import create_hadamard

Scheme = Literal["random", "hadamard", "maxmin"]
_POOL = 1024  # draws among which the search takes the best; more gain a bit at times
_ORDERS = 64  # random ones tried for rows; 10 classes at 64 bits need two or three
_EXHAUSTIVE_BITS = 11  # up to here a pool is every code there is


def create_targets(
    scheme: Scheme,
    num_classes: int,
    num_bits: int,
    generator: torch.Generator,
    *,
    negative_share: float = 0.5,
    skip_first_row: bool = True,
) -> Tensor:
    """Return one code in {-1, +1} a class, all different, shape (num_classes, num_bits).

    Args:
        scheme: ``"random"`` (DPN, FoodHash), ``"hadamard"`` (CSQ, CSCE-Net) or ``"maxmin"``.
        num_classes: Rows.
        num_bits: Columns.
        generator: Of everything random.
        negative_share: Share of -1 in a random row.
        skip_first_row: Of Hadamard centres; see :func:`hadamard_centers`.

    Raises:
        ValueError: Unknown scheme, or more classes than codes.
    """
    if scheme not in get_args(Scheme):
        raise ValueError(f"targets must be one of {', '.join(get_args(Scheme))}, not {scheme!r}")
    if num_classes > 2**num_bits:
        raise ValueError(f"{num_classes} classes do not fit in {num_bits} bits: choose more bits")
    if scheme == "random":
        return random_targets(num_classes, num_bits, generator, negative_share=negative_share)
    if scheme == "hadamard":
        return hadamard_centers(num_classes, num_bits, generator, skip_first_row=skip_first_row)
    return max_min_centers(num_classes, num_bits, generator)


def random_targets(
    num_classes: int, num_bits: int, generator: torch.Generator, *, negative_share: float = 0.5
) -> Tensor:
    """Return rows with ``floor(negative_share * num_bits)`` bits at -1 (FoodHash, eq. 14).

    Rows that coincide are drawn again; the papers keep them, and with 101 classes in 16 bits
    one run in three would have two classes that no code can tell apart. Where fewer such rows
    exist than classes, the targets are those of :func:`max_min_centers`.

    Raises:
        ValueError: The share is outside (0, 1).
    """
    if not 0 < negative_share < 1:
        raise ValueError(f"negative_share must lie between 0 and 1, not {negative_share}")
    negatives = math.floor(negative_share * num_bits + 1e-9)
    if num_classes > math.comb(num_bits, negatives):
        return max_min_centers(num_classes, num_bits, generator)
    rows: dict[tuple[float, ...], None] = {}
    while len(rows) < num_classes:
        rows[tuple(_draw(1, num_bits, negatives, generator)[0].tolist())] = None
    return torch.tensor(list(rows))


def hadamard_centers(
    num_classes: int, num_bits: int, generator: torch.Generator, *, skip_first_row: bool = True
) -> Tensor:
    """Return rows of [H; -H] for a Hadamard matrix H: any two at least num_bits / 2 apart (CSQ).

    Lengths without a Hadamard matrix take the last columns of the next larger one, which keeps
    rows nearly as far apart. Classes beyond the rows there are get centres by search: CSQ draws
    them at random until a distance is met that short codes cannot meet, and then keeps the last.

    Args:
        num_classes: Rows wanted.
        num_bits: Columns.
        generator: For what is drawn.
        skip_first_row: Leave out the rows that are constant, +1 or -1, and give the others to
            classes in an order in which as many bits as possible tell classes apart, each in a
            way of its own. Otherwise classes take the rows as they come, as the papers do. The
            first rows of a Sylvester matrix repeat themselves: with 10 classes, 64 bits then have
            16 different columns, one of which is constant, and the code is in effect of 15 bits.
    """
    matrix = next(
        matrix
        for order in itertools.count(num_bits)
        if (matrix := create_hadamard(order)) is not None
    )
    if skip_first_row:
        kept = torch.cat([matrix[1:], -matrix[1:]])[:, -num_bits:]
        rows = _rows_of_telling_bits(kept, num_classes, generator)
    else:
        rows = torch.cat([matrix, -matrix])[:num_classes, -num_bits:]
    return max_min_centers(num_classes, num_bits, generator, start=rows)


def _rows_of_telling_bits(rows: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return ``count`` of the rows, or all, in that random order of some with most useful bits."""
    best, most = rows, -1
    for _ in range(_ORDERS):
        chosen = rows[torch.randperm(len(rows), generator=generator)[:count]]
        useful = _useful_bits(chosen)
        if useful > most:
            best, most = chosen, useful
        if useful == rows.shape[1]:
            break
    return best


def _useful_bits(codes: Tensor) -> int:
    """Count the different columns that are not constant."""
    columns = {tuple(column) for column in codes.T.tolist()}
    return sum(len(set(column)) > 1 for column in columns)


def max_min_centers(
    num_classes: int, num_bits: int, generator: torch.Generator, *, start: Tensor | None = None
) -> Tensor:
    """Return codes chosen one by one, each the farthest from those before among many draws.

    Draws are balanced, half of the bits -1, as long as that finds new codes; in codes of up to
    11 bits every code is tried instead.

    Args:
        num_classes: Rows wanted; at most ``2 ** num_bits``.
        num_bits: Columns.
        generator: For the draws.
        start: Rows to begin with, shape (rows, num_bits).
    """
    chosen = torch.ones(num_classes, num_bits)
    begun = 0 if start is None else len(start)
    if start is not None:
        chosen[:begun] = start
    for row in range(begun, num_classes):
        chosen[row] = _farthest(chosen[:row], num_bits, generator)
    return chosen


def _farthest(chosen: Tensor, num_bits: int, generator: torch.Generator) -> Tensor:
    balanced = True
    while True:
        pool = _pool(num_bits, generator, balanced=balanced)
        if not len(chosen):
            return pool[0]
        distances = (num_bits - pool @ chosen.T) / 2
        nearest = distances.min(dim=1).values
        crowd = (distances == nearest[:, None]).sum(dim=1)
        best = (nearest - crowd / (len(chosen) + 1)).argmax()
        if nearest[best] > 0:
            return pool[best]
        balanced = False


def _pool(num_bits: int, generator: torch.Generator, *, balanced: bool) -> Tensor:
    if num_bits <= _EXHAUSTIVE_BITS:
        numbers = torch.randperm(2**num_bits, generator=generator)
        return (numbers[:, None] >> torch.arange(num_bits) & 1) * 2.0 - 1
    if balanced:
        return _draw(_POOL, num_bits, num_bits // 2, generator)
    return torch.randint(0, 2, (_POOL, num_bits), generator=generator) * 2.0 - 1


def _draw(rows: int, num_bits: int, negatives: int, generator: torch.Generator) -> Tensor:
    order = torch.rand(rows, num_bits, generator=generator).argsort(dim=1)
    return torch.where(order < negatives, -1.0, 1.0)


def pair_distances(codes: Tensor) -> Tensor:
    """Return the Hamming distance of every two rows in {-1, +1}, shape (rows (rows - 1) / 2,)."""
    above = torch.triu_indices(len(codes), len(codes), offset=1)
    return ((codes.shape[1] - codes @ codes.T) / 2)[above[0], above[1]]
