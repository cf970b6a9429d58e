"""What every baseline over pairs must do, whatever its formula."""

from __future__ import annotations

import copy
from functools import partial

import pytest
import torch

from engine.losses.criterion import TrainingTask
from engine.losses.dbdh import DbdhCriterion
from engine.losses.dch import DchCriterion
from engine.losses.dfh import DfhCriterion
from engine.losses.dpsh import DpshCriterion
from engine.losses.hashnet import HashNetCriterion
from engine.losses.idhn import IdhnCriterion
from engine.losses.qsmih import QsmihCriterion
from tests.engine.losses.free_logits import Factory, FreeLogits, toy_task

CRITERIA: dict[str, Factory] = {
    "dbdh": DbdhCriterion,
    "dch": DchCriterion,
    "dfh": DfhCriterion,
    "dpsh": DpshCriterion,
    "hashnet": partial(HashNetCriterion, beta_epochs=2),
    "hashnet with a bank": partial(HashNetCriterion, beta_epochs=2, bank=True),
    "idhn": IdhnCriterion,
    "qsmih": QsmihCriterion,
}
every_criterion = pytest.mark.parametrize("build", CRITERIA.values(), ids=CRITERIA)


@every_criterion
def test_training_lowers_the_loss_and_orders_the_codes(build: Factory) -> None:
    task = toy_task()
    free = FreeLogits(build, task, batch=20)
    before = free.mean_average_precision()
    losses = free.train(0, 40, 40)
    # Of a loss of QSMIH nine tenths cannot be lowered: dissimilar pairs cost 1 and more.
    left = 0.97 if build is QsmihCriterion else 0.9
    assert sum(losses[-4:]) < left * sum(losses[:4])
    assert free.mean_average_precision() > max(0.9, before + 0.2)


@every_criterion
def test_a_resume_equals_the_unbroken_run(build: Factory) -> None:
    task = toy_task()
    unbroken = FreeLogits(build, task)
    unbroken.train(0, 6, 6)
    first = FreeLogits(build, task)
    first.train(0, 3, 6)
    resumed = FreeLogits(build, task)
    resumed.load(copy.deepcopy(first.state()))
    resumed.train(3, 6, 6)
    assert torch.equal(resumed.logits, unbroken.logits)
    for name, value in unbroken.criterion.state_dict().items():
        assert torch.equal(resumed.criterion.state_dict()[name], value), name


@every_criterion
def test_equal_seeds_train_equally(build: Factory) -> None:
    runs = [FreeLogits(build, toy_task(seed=5)) for _ in range(2)]
    assert runs[0].train(0, 2, 2) == runs[1].train(0, 2, 2)


@every_criterion
@pytest.mark.parametrize("scale", [0.0, 1e5])
def test_is_finite_for_huge_and_for_zero_logits(build: Factory, scale: float) -> None:
    free = FreeLogits(build, toy_task())
    free.logits.data.mul_(scale)
    total = free.loss(torch.arange(40))
    total.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(total)
    assert torch.isfinite(free.logits.grad).all()  # type: ignore[arg-type]


@every_criterion
@pytest.mark.parametrize("num_classes", [1, 3])
def test_a_batch_of_one_photo_is_no_trouble(build: Factory, num_classes: int) -> None:
    labels = torch.arange(3) % num_classes
    free = FreeLogits(build, TrainingTask(4, 4, num_classes, labels), batch=1)
    assert all(0 <= loss < 1e3 for loss in free.train(0, 2, 2))


@every_criterion
def test_the_total_and_its_terms_are_scalars(build: Factory) -> None:
    task = toy_task()
    terms = build(task)(torch.ones(4, 12), task.labels[:4], torch.arange(4))
    assert terms["total"].shape == ()
    assert len(terms) >= 2
    assert all(term.shape == () for term in terms.values())
