from __future__ import annotations

import pytest
import torch

from engine.losses.hadamard import create_hadamard
from engine.losses.targets import pair_distances
from tests.engine.reference import case


def bits(row: torch.Tensor) -> str:
    return "".join("1" if value > 0 else "0" for value in row)


@pytest.mark.parametrize("order", [16, 32, 64])
def test_powers_of_two_are_sylvesters(order: int) -> None:
    _, expected = case(f"A1 hadamard (Sylvester) K={order}")
    matrix = create_hadamard(order)
    assert matrix is not None
    for row, text in expected["row_bits(1=+1,0=-1)"].items():
        assert bits(matrix[int(row)]) == text
    index = torch.arange(order)
    checksum = (matrix * (index[:, None] + 1) * (index[None, :] + 2)).sum()
    assert checksum == expected["weighted_checksum sum_ij H_ij*(i+1)*(j+2)"]


@pytest.mark.parametrize("order", [12, 24, 48])
def test_other_orders_come_from_residues_and_doubling(order: int) -> None:
    _, expected = case(f"A3 hadamard (Paley/Kronecker) K={order}")
    matrix = create_hadamard(order)
    assert matrix is not None
    assert bits(matrix[1]) == expected["row1_bits"]
    assert bits(matrix[-1]) == expected["last_row_bits"]
    distances = pair_distances(matrix)
    found = {"min": distances.min(), "max": distances.max(), "mean": distances.mean()}
    assert found == expected["pair_stats_first_K_rows"]


def test_every_matrix_is_hadamard_with_a_first_row_of_ones() -> None:
    orders = [1, 2, *range(4, 257, 4)]
    missing = []
    for order in orders:
        matrix = create_hadamard(order)
        if matrix is None:
            missing.append(order)
            continue
        assert torch.equal(matrix @ matrix.T, order * torch.eye(order)), order
        assert (matrix[0] == 1).all(), order
        assert (matrix.abs() == 1).all(), order
    assert [order for order in missing if order < 128] == [52, 92, 100, 116]


@pytest.mark.parametrize("order", [3, 6, 10, 13, 50])
def test_other_lengths_have_none(order: int) -> None:
    assert create_hadamard(order) is None
