from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.losses.dfh import (
    SCHEDULE,
    DfhCriterion,
    centered_signs,
    improve_centers,
    margin_likelihood,
)
from tests.engine.losses.free_logits import toy_task
from tests.engine.losses.pairs import all_pairs, reference_photos
from tests.engine.reference import RELATIVE, case


def test_the_reference_case() -> None:
    inputs, expected = case("K6 DFH, m=3, mu=.1, eta=.5, fixed centres")
    logits, labels = reference_photos()
    centers = torch.tensor(inputs["C (4x2, column = class)"], dtype=torch.float64).T
    metric = float(margin_likelihood(logits, all_pairs(logits), 3))
    quantization = float((logits - centered_signs(logits, centers[labels], 0.1)).square().mean())
    assert metric == pytest.approx(expected["metric"], rel=RELATIVE)
    assert quantization == pytest.approx(expected["quant"], rel=RELATIVE)
    assert metric + 0.5 * quantization == pytest.approx(expected["total"], rel=RELATIVE)


def test_signs_lean_to_the_centre_and_no_centre_pulls_nothing() -> None:
    logits = torch.tensor([[0.05, -0.05, 0.5, 0.0]])
    assert centered_signs(logits, torch.tensor([-1.0, 1, -1, 1]), 0.1).tolist() == [[-1, 1, 1, 1]]
    assert centered_signs(logits, torch.zeros(4), 0.1).tolist() == [[1, -1, 1, -1]]


def literal_centers(start: Tensor, codes: Tensor, labels: Tensor) -> Tensor:
    """V (width x classes) by automatic differentiation of the three means."""
    width, num_classes = start.shape[1], start.shape[0]
    one_hot = torch.eye(num_classes, dtype=start.dtype)[labels]
    wanted = width * (2 * torch.eye(num_classes, dtype=start.dtype) - 1)
    centers = start.T.clone().requires_grad_()
    rate = 0.03
    for step in range(200):
        loss = (centers @ one_hot.T - codes.T).square().mean()
        loss = loss + (centers.T @ centers - wanted).square().mean()
        loss = loss + (centers - centers.detach().sign()).square().mean()
        (gradient,) = torch.autograd.grad(loss, centers)
        if step in (149, 179):
            rate /= 10
        centers = (centers - rate * gradient).detach().requires_grad_()
    return centers.detach().T


@pytest.mark.parametrize(("num_classes", "width"), [(7, 12), (12, 7), (30, 64)])
def test_centres_follow_the_gradient(num_classes: int, width: int) -> None:
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(num_classes, width, generator=generator, dtype=torch.float64)
    codes = torch.randn(20, width, generator=generator, dtype=torch.float64).sign()
    labels = torch.randint(num_classes, (20,), generator=generator)
    found = improve_centers(start, codes, labels)
    assert torch.allclose(found, literal_centers(start, codes, labels), rtol=1e-8, atol=1e-10)


def test_there_are_two_hundred_steps() -> None:
    assert sum(steps for steps, _ in SCHEDULE) == 200


@pytest.mark.parametrize("num_classes", [1, 2, 3, 5, 10])
def test_few_classes_do_not_make_centres_diverge(num_classes: int) -> None:
    generator = torch.Generator().manual_seed(2)
    centers = torch.zeros(num_classes, 128)
    for _ in range(5):
        codes = torch.randn(16, 128, generator=generator).sign()
        labels = torch.randint(num_classes, (16,), generator=generator)
        centers = improve_centers(centers, codes, labels)
    assert float(centers.abs().max()) < 10


def test_centres_stay_in_evaluation() -> None:
    task = toy_task()
    criterion = DfhCriterion(task).eval()
    criterion(torch.ones(40, 12), task.labels, torch.arange(40))
    assert not criterion.relaxed_centers.any()


def test_negative_options_are_refused() -> None:
    with pytest.raises(ValueError, match="margin, mu and eta"):
        DfhCriterion(toy_task(), mu=-1)
