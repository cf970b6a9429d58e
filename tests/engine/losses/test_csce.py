from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.dynamic_sign import dynamic_sign, soft_dynamic_sign
from engine.losses.csce import CsceCriterion, clipped_angle
from engine.losses.quantization import squared_distance
from tests.engine.losses.toy import call, check_criterion, first_logits, toy_task
from tests.engine.reference import RELATIVE, case

G3 = "G3 quantisation with dynamic sign, t=.005"


def test_the_quantisations_are_those_of_case_g3() -> None:
    given, expected = case(G3)
    logits = torch.tensor(given["v"], dtype=torch.float64)
    codes = dynamic_sign(logits, 0.005)
    assert codes.tolist() == expected["codes"]
    paper = squared_distance(logits, codes, "sum").item()
    released = clipped_angle(logits, codes).item()
    assert paper == pytest.approx(expected["paper eq.14: mean_i ||v_i-b_i||^2"], rel=RELATIVE)
    key = "released code: mean_i (1-cos(2*clip(v,-.5,.5), b))"
    assert released == pytest.approx(expected[key], rel=RELATIVE)
    assert squared_distance(logits, codes, "mean").item() == pytest.approx(paper / 4, rel=RELATIVE)


@pytest.mark.parametrize(("quant", "reduce"), [("l2", "sum"), ("l2", "mean"), ("cos", "mean")])
def test_the_criterion_takes_the_threshold_of_the_network(quant: str, reduce: str) -> None:
    given, expected = case(G3)
    logits = torch.tensor(given["v"], dtype=torch.float64)
    criterion = CsceCriterion(toy_task(num_bits=4), quant=quant, quant_reduce=reduce)
    threshold = torch.full((2, 1), 0.005, dtype=torch.float64)
    terms = criterion(logits, torch.tensor([1, 2]), torch.arange(2), threshold=threshold)
    paper = expected["paper eq.14: mean_i ||v_i-b_i||^2"]
    released = expected["released code: mean_i (1-cos(2*clip(v,-.5,.5), b))"]
    wanted = {("l2", "sum"): paper, ("l2", "mean"): paper / 4, ("cos", "mean"): released}
    assert terms["quantization"].item() == pytest.approx(wanted[quant, reduce], rel=RELATIVE)
    total = terms["metric"] + terms["quantization"]
    assert terms["total"].item() == pytest.approx(total.item())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"margin": "arc", "quant": "cos"},
        {"quant_reduce": "sum", "quantization_weight": 0.02, "skip_first_row": False},
        {"dsf_train": True},
    ],
    ids=str,
)
def test_it_trains(options: dict[str, object]) -> None:
    check_criterion(lambda task: CsceCriterion(task, **options), least=0.75)


def test_elastic_margins_differ_by_epoch_and_repeat_after_a_resume() -> None:
    task = toy_task()
    logits = first_logits(task)

    def losses(epoch: int) -> list[float]:
        criterion = CsceCriterion(task, elastic=0.125)
        criterion.start_epoch(epoch, 10)
        return [call(criterion, logits, task).item() for _ in range(2)]

    assert losses(3) == losses(3)
    assert len({*losses(3), *losses(4)}) == 4
    resting = CsceCriterion(task, elastic=0.125).eval()
    assert call(resting, logits, task) == call(CsceCriterion(task), logits, task)


@pytest.mark.parametrize("dsf_train", [False, True])
def test_only_the_surrogate_teaches_the_threshold(dsf_train: bool) -> None:
    task = toy_task()
    logits = (0.01 * first_logits(task)).requires_grad_()
    threshold = torch.full((40, 1), 0.003, requires_grad=True)
    call(CsceCriterion(task, dsf_train=dsf_train), logits, task, threshold=threshold).backward()
    assert logits.grad.abs().sum() > 0
    assert (threshold.grad is not None and bool(threshold.grad.any())) == dsf_train


def test_the_soft_sign_is_as_soft_as_the_threshold_is_large() -> None:
    task = toy_task()
    logits = first_logits(task)
    criterion = CsceCriterion(task, dsf_train=True)

    def terms(scale: float) -> Tensor:
        threshold = torch.full((40, 1), 0.003 * scale)
        largest = torch.full((40, 1), 0.005 * scale)
        extras = {"threshold": threshold, "max_threshold": largest}
        codes = soft_dynamic_sign(scale * logits, threshold, largest)
        found = criterion(scale * logits, task.labels, torch.arange(40), **extras)
        expected = squared_distance(scale * logits, codes)
        torch.testing.assert_close(found["quantization"], expected)
        return codes

    torch.testing.assert_close(terms(1.0), terms(100.0))


def test_without_a_threshold_the_sign_is_plain() -> None:
    task = toy_task()
    logits, none = first_logits(task), torch.zeros(40, 1)
    criterion = CsceCriterion(task)
    assert call(criterion, logits, task) == call(criterion, logits, task, threshold=none)


@pytest.mark.parametrize(
    "options",
    [
        {"margin": "sphere"},
        {"quant": "l1"},
        {"quant_reduce": "max"},
        {"scale": 0.0},
        {"elastic": -1.0},
    ],
    ids=str,
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        CsceCriterion(toy_task(), **options)
