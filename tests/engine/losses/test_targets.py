from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.losses.targets import (
    create_targets,
    hadamard_centers,
    max_min_centers,
    pair_distances,
    random_targets,
)
from tests.engine.reference import RELATIVE, case

SCHEMES = ["random", "hadamard", "maxmin"]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("classes", "num_bits"), [(20, 16), (64, 32), (101, 64), (100, 64)], ids=str
)
def test_hadamard_centers_are_as_far_apart_as_case_a2_says(classes: int, num_bits: int) -> None:
    _, expected = case(f"A2 centre pair distances C={classes} K={num_bits}")
    centers = hadamard_centers(classes, num_bits, generator(), skip_first_row=False)
    distances = pair_distances(centers).double()
    assert distances.min() == expected["min"]
    assert distances.max() == expected["max"]
    assert distances.mean().item() == pytest.approx(expected["mean"], rel=RELATIVE)


def test_random_targets_have_the_negatives_of_case_b1() -> None:
    given, expected = case("B1 number of -1 per initial target row")
    for (num_bits, share), count, row_sum in zip(
        given["(k,p)"], expected["count"], expected["row_sum"], strict=True
    ):
        rows = random_targets(10, num_bits, generator(), negative_share=share)
        assert ((rows == -1).sum(dim=1) == count).all()
        assert (rows.sum(dim=1) == row_sum).all()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("classes", "num_bits"),
    [(1, 8), (2, 1), (16, 4), (101, 8), (101, 12), (60, 13), (101, 16), (150, 48), (30, 52)],
    ids=str,
)
def test_every_scheme_gives_different_codes_for_any_size(
    scheme: str, classes: int, num_bits: int
) -> None:
    targets = create_targets(scheme, classes, num_bits, generator())
    assert targets.shape == (classes, num_bits)
    assert (targets.abs() == 1).all()
    assert len(targets.unique(dim=0)) == classes
    again = create_targets(scheme, classes, num_bits, generator())
    assert torch.equal(targets, again)


def test_random_targets_never_coincide() -> None:
    for seed in range(30):
        assert pair_distances(random_targets(101, 16, generator(seed))).min() > 0


def test_random_targets_use_every_row_there_is() -> None:
    rows = random_targets(6, 4, generator())
    assert len(rows.unique(dim=0)) == math.comb(4, 2)


def test_more_classes_than_codes_are_refused() -> None:
    for scheme in SCHEMES:
        with pytest.raises(ValueError, match="17 classes do not fit in 4 bits"):
            create_targets(scheme, 17, 4, generator())


@pytest.mark.parametrize(("num_bits", "least"), [(10, 4), (13, 5), (20, 10), (30, 14), (52, 24)])
def test_lengths_without_a_matrix_stay_nearly_orthogonal(num_bits: int, least: int) -> None:
    centers = hadamard_centers(num_bits, num_bits, generator())
    assert pair_distances(centers).min() >= least


def test_the_constant_rows_can_be_skipped() -> None:
    centers = hadamard_centers(30, 16, generator(), skip_first_row=True)
    assert (centers.sum(dim=1) == 0).all()
    assert pair_distances(centers).min() == 8
    other = hadamard_centers(30, 16, generator(1), skip_first_row=True)
    assert not torch.equal(centers, other)
    assert torch.equal(sorted_rows(centers), sorted_rows(other))


@pytest.mark.parametrize("seed", range(20))
def test_no_bit_of_few_classes_is_constant_or_a_copy(seed: int) -> None:
    centers = hadamard_centers(10, 64, generator(seed))
    assert (centers.sum(dim=0).abs() < 10).all()
    assert len(centers.T.unique(dim=0)) == 64
    assert pair_distances(centers).min() == 32


def test_the_first_rows_repeat_bits() -> None:
    centers = hadamard_centers(10, 64, generator(), skip_first_row=False)
    assert (centers.sum(dim=0).abs() == 10).sum() == 4
    assert len(centers.T.unique(dim=0)) == 16


def test_classes_too_few_to_tell_all_bits_apart_use_what_there_is() -> None:
    centers = hadamard_centers(4, 64, generator())
    assert pair_distances(centers).min() >= 32
    assert len(centers.T.unique(dim=0)) >= 8


def sorted_rows(rows: Tensor) -> Tensor:
    return rows.unique(dim=0)


def test_classes_beyond_the_matrix_keep_its_rows_and_their_distance() -> None:
    centers = hadamard_centers(101, 16, generator(), skip_first_row=False)
    rows = hadamard_centers(32, 16, generator(), skip_first_row=False)
    assert torch.equal(centers[:32], rows)
    assert pair_distances(centers).min() >= 4  # where random rows have 0 to 2


def test_searched_centers_are_farther_apart_than_random_ones() -> None:
    for num_bits in (16, 32, 64):
        searched = max_min_centers(50, num_bits, generator())
        drawn = random_targets(50, num_bits, generator())
        assert pair_distances(searched).min() > pair_distances(drawn).min()
        assert (searched.sum(dim=1) == 0).all()


def test_pair_distances_are_hamming() -> None:
    codes = torch.tensor([[1.0, 1, 1], [1, -1, 1], [-1, -1, -1]])
    assert pair_distances(codes).tolist() == [1, 3, 2]


def welch_bound(num_vectors: int, dimension: int) -> float:
    """Return the least possible largest |cosine| between that many vectors (Welch 1974)."""
    if num_vectors <= dimension:
        return 0.0
    return math.sqrt((num_vectors - dimension) / (dimension * (num_vectors - 1)))


def test_welch_bound_of_case_h4() -> None:
    given, expected = case("H4 Welch bound sqrt((C-k)/(k(C-1)))")
    for (classes, num_bits), bound in zip(given["(C,k)"], expected["bound"], strict=True):
        assert welch_bound(classes, num_bits) == pytest.approx(bound, rel=RELATIVE)


def test_welch_bound_is_attained_in_case_h5() -> None:
    _, expected = case("H5 Welch bound attained")
    angles = torch.arange(3, dtype=torch.float64) * (2 * math.pi / 3)
    vectors = torch.stack([angles.cos(), angles.sin()], dim=1)
    cosines = (vectors @ vectors.T - torch.eye(3)).abs()
    assert cosines.max().item() == pytest.approx(expected["max |cos|"], rel=RELATIVE)
    assert welch_bound(3, 2) == pytest.approx(expected["bound(3,2)"], rel=RELATIVE)


def test_no_codes_beat_the_welch_bound() -> None:
    for scheme in SCHEMES:
        codes = create_targets(scheme, 40, 16, generator())
        cosines = 1 - pair_distances(codes) / 8
        assert cosines.abs().max() >= welch_bound(40, 16) - 1e-6
