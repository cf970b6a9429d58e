from __future__ import annotations

import pytest
import torch

from engine.losses.csq import CsqCriterion, central_similarity
from engine.losses.quantization import distance_to_signs
from tests.engine.losses.toy import check_criterion, toy_task
from tests.engine.reference import RELATIVE, case

K10 = "K10 CSQ, lambda=1e-4, centres H_4 row 1 (class 0) and row 2 (class 1)"


def test_matches_case_k10() -> None:
    given, expected = case(K10)
    logits = torch.tensor(given["u (3x4)"], dtype=torch.float64)
    centers = torch.tensor(given["centres per sample"], dtype=torch.float64)
    bce = central_similarity(logits, centers)
    quantization = distance_to_signs(logits.tanh())
    assert bce.item() == pytest.approx(expected["bce"], rel=RELATIVE)
    assert quantization.item() == pytest.approx(expected["quant"], rel=RELATIVE)
    total = bce + 1e-4 * quantization
    assert total.item() == pytest.approx(expected["total"], rel=RELATIVE)


def test_the_criterion_adds_the_terms_of_case_k10() -> None:
    given, expected = case(K10)
    task = toy_task(num_bits=4)
    criterion = CsqCriterion(task, skip_first_row=False).double()
    assert criterion.centers[1:3].tolist() == given["centres per sample"][1:]
    labels = torch.tensor(given["y"]) + 1  # class c has row c of the matrix
    logits = torch.tensor(given["u (3x4)"], dtype=torch.float64)
    terms = criterion(logits, labels, torch.arange(3))
    assert terms["total"].item() == pytest.approx(expected["total"], rel=RELATIVE)


@pytest.mark.parametrize("skip_first_row", [False, True])
def test_it_trains(skip_first_row: bool) -> None:
    check_criterion(lambda task: CsqCriterion(task, skip_first_row=skip_first_row))


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="quantization_weight"):
        CsqCriterion(toy_task(), quantization_weight=-1)
