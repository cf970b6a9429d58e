from __future__ import annotations

import math

import pytest
import torch

from engine.losses.mdff import MdffCriterion, log_cosh_quantization
from tests.engine.losses.toy import check_criterion, first_logits, toy_task
from tests.engine.reference import RELATIVE, case


def test_the_terms_are_those_of_case_l3() -> None:
    given, expected = case("L3 MDFF-SH (reconstruction), beta=.1, gamma=1")
    criterion = MdffCriterion(toy_task(num_bits=4))
    weight = torch.tensor(given["W"], dtype=torch.float64)
    criterion.classifier.weight = torch.nn.Parameter(weight)
    logits = torch.tensor(given["u=tanh(u3)"], dtype=torch.float64).arctanh()
    terms = criterion(logits, torch.tensor(given["y"]), torch.arange(3))
    for term, key in (
        ("likelihood", "J1"),
        ("quantization", "J2"),
        ("classification", "J3"),
        ("total", "J"),
    ):
        assert terms[term].item() == pytest.approx(expected[key], rel=RELATIVE)


@pytest.mark.parametrize(
    "options", [{}, {"quant": "logcosh"}, {"pairs": "bank"}, {"class_weight": 0.0}], ids=str
)
def test_it_trains(options: dict[str, object]) -> None:
    check_criterion(lambda task: MdffCriterion(task, quantization_weight=0.01, **options))


def test_it_trains_with_its_own_weights() -> None:
    check_criterion(MdffCriterion, least=0.75)


def test_a_bank_that_holds_the_batch_gives_the_loss_of_the_batch() -> None:
    task = toy_task()
    arguments = first_logits(task), task.labels, torch.arange(40)
    batch, bank = (MdffCriterion(task, pairs=pairs)(*arguments) for pairs in ("batch", "bank"))
    assert bank["likelihood"].item() == pytest.approx(batch["likelihood"].item())


def test_log_cosh_is_that_of_the_standard_library() -> None:
    codes = torch.tensor([[0.5, -1.0], [0.0, 0.2]])
    literal = [sum(math.log(math.cosh(abs(u) - 1)) for u in row) for row in codes.tolist()]
    assert log_cosh_quantization(codes).item() == pytest.approx(sum(literal) / 2)


@pytest.mark.parametrize(
    "options", [{"quant": "l1"}, {"pairs": "all"}, {"quantization_weight": -1}], ids=str
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        MdffCriterion(toy_task(), **options)
