"""Hadamard matrices: square, of +1 and -1, with orthogonal rows."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def create_hadamard(order: int) -> Tensor | None:
    """Return a Hadamard matrix of that order whose first row is +1, or None if none is known here.

    Powers of two are Sylvester's; others double a smaller matrix, or come from the quadratic
    residues of a prime (Paley's two constructions). Of the multiples of four below 128 that
    leaves out 52, 92, 100 and 116, which need other constructions.
    """
    if order == 1:
        return torch.ones(1, 1)
    half = create_hadamard(order // 2) if order % 2 == 0 else None
    if half is not None:
        return torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]]), half)
    if order % 4:
        return None
    if _is_prime(order - 1):
        return _paley_first(order - 1)
    root = order // 2 - 1
    return _paley_second(root) if root % 4 == 1 and _is_prime(root) else None


def _paley_first(prime: int) -> Tensor:
    """Order ``prime + 1``, for a prime that leaves 3 when divided by 4."""
    matrix = _bordered_residues(prime)
    matrix[1:, 0] = -1
    return matrix + torch.eye(prime + 1)


def _paley_second(prime: int) -> Tensor:
    """Order ``2 (prime + 1)``, for a prime that leaves 1 when divided by 4."""
    ones = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    diagonal = torch.tensor([[1.0, -1.0], [-1.0, -1.0]])
    matrix = torch.kron(_bordered_residues(prime), ones)
    matrix += torch.kron(torch.eye(prime + 1), diagonal)
    return matrix * matrix[0]


def _bordered_residues(prime: int) -> Tensor:
    """The Jacobsthal matrix chi(i - j) with a border of ones and a zero diagonal."""
    squares = {value * value % prime for value in range(1, prime)}
    character = torch.tensor([1.0 if value in squares else -1.0 for value in range(prime)])
    character[0] = 0
    steps = torch.arange(prime)
    matrix = torch.ones(prime + 1, prime + 1)
    matrix[0, 0] = 0
    matrix[1:, 1:] = character[(steps[:, None] - steps[None, :]) % prime]
    return matrix


def _is_prime(value: int) -> bool:
    return value > 1 and all(value % factor for factor in range(2, math.isqrt(value) + 1))
