from __future__ import annotations

import copy
from functools import partial

import pytest
import torch
from torch import Tensor

from engine.losses.asymmetric import (
    AdshCriterion,
    AsymmetricCriterion,
    QueryOptCriterion,
    asymmetric_terms,
)
from engine.losses.criterion import TrainingTask
from tests.engine.losses.free_logits import FreeLogits, mean_average_precision, toy_task
from tests.engine.reference import RELATIVE, case

KINDS = [AdshCriterion, QueryOptCriterion]


def literal_terms(relaxed: Tensor, codes: Tensor, similarity: Tensor, own: Tensor) -> list[float]:
    rows, photos = similarity.shape
    apart = relaxed.shape[1] * similarity - relaxed @ codes.T
    return [float((apart**2).sum() / (rows * photos)), float(((relaxed - own) ** 2).sum() / rows)]


def test_the_published_network_loss() -> None:
    inputs, expected = case("I4 QueryOpt / ADSH network loss")
    relaxed = torch.tensor(inputs["F"], dtype=torch.float64)
    codes = torch.tensor(inputs["V"], dtype=torch.float64)
    similarity = torch.tensor(inputs["S"], dtype=torch.float64)
    photos, gamma, scale = len(codes), inputs["gamma"], 12 / inputs["K"]
    terms = asymmetric_terms(
        relaxed,
        codes[inputs["Omega"]],
        similarity @ codes / photos,
        codes.T @ codes / photos,
        similarity.square().mean(1),
    )
    values = [float(terms[0]), gamma * float(terms[1]) / photos]
    assert values == pytest.approx(expected["ADSH normalisation 1/(nN): hash, quant"], rel=RELATIVE)
    assert scale * sum(values) == pytest.approx(expected["sum"], rel=RELATIVE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dissimilar", ["zero", "balanced", "minus_one"])
def test_the_criterion_equals_the_formula_over_all_pairs(
    kind: type[AdshCriterion | QueryOptCriterion], dissimilar: str
) -> None:
    labels = torch.tensor([0, 2, 1, 1, 0, 2, 2])
    task = TrainingTask(4, 8, 3, labels)
    criterion = kind(task, gamma=7.0, num_sampled=5, dissimilar=dissimilar)  # type: ignore[arg-type]
    criterion.start_epoch(0, 9)
    omega = criterion.photos_of_epoch(0)
    logits = torch.randn(5, 8, generator=task.generator(5))
    same = labels[omega, None] == labels
    balanced = -float(same.sum()) / float((~same).sum())
    value = {"zero": 0.0, "minus_one": -1.0, "balanced": balanced}[dissimilar]
    codes = criterion.codes.float()
    hashing, quantization = literal_terms(
        logits.tanh(), codes, torch.where(same, 1.0, value), codes[omega]
    )
    scale = 12 / 8 if kind is QueryOptCriterion else 1
    terms = criterion(logits, labels[omega], omega)
    assert float(terms["similarity"]) == pytest.approx(scale * hashing, rel=1e-5)
    assert float(terms["quantization"]) == pytest.approx(scale * 7 * quantization / 7, rel=1e-5)
    assert terms["total"] == terms["similarity"] + terms["quantization"]


@pytest.mark.parametrize("kind", KINDS)
def test_training_lowers_the_loss_and_orders_both_kinds_of_codes(
    kind: type[AdshCriterion | QueryOptCriterion],
) -> None:
    task = toy_task(width=24)
    free = FreeLogits(partial(kind, num_sampled=30, inner_epochs=2), task)
    before = free.mean_average_precision()
    losses = free.train(0, 60, 60)
    assert sum(losses[-6:]) < 0.5 * sum(losses[:6])
    assert free.mean_average_precision() > max(0.9, before + 0.2)
    learned = free.criterion.learned_codes()
    assert learned is not None
    assert learned.shape == (40, 12)
    assert mean_average_precision(learned, task.labels, 12) > 0.9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stop", [3, 4, 5, 6, 7])
def test_a_resume_anywhere_equals_the_unbroken_run(
    kind: type[AdshCriterion | QueryOptCriterion], stop: int
) -> None:
    build = partial(kind, num_sampled=25, inner_epochs=3)
    task = toy_task()
    unbroken = FreeLogits(build, task)
    unbroken.train(0, 10, 10)
    first = FreeLogits(build, task)
    first.train(0, stop, 10)
    resumed = FreeLogits(build, task)
    resumed.load(copy.deepcopy(first.state()))
    resumed.train(stop, 10, 10)
    assert torch.equal(resumed.logits, unbroken.logits)
    for name, value in unbroken.criterion.state_dict().items():
        assert torch.equal(resumed.criterion.state_dict()[name], value), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_state_gives_the_same_loss_at_once(
    kind: type[AdshCriterion | QueryOptCriterion],
) -> None:
    task = toy_task(photos=39)
    build = partial(kind, num_sampled=20, inner_epochs=2)
    trained = FreeLogits(build, task)
    trained.train(0, 5, 9)
    other = FreeLogits(build, task)
    other.load(trained.state())
    photos = torch.arange(7)
    assert torch.equal(trained.loss(photos), other.loss(photos))


def small(task: TrainingTask, inner_epochs: int = 3, num_sampled: int = 10) -> AsymmetricCriterion:
    return AdshCriterion(task, num_sampled=num_sampled, inner_epochs=inner_epochs)


def test_an_outer_iteration_keeps_its_photos_and_the_next_draws_anew() -> None:
    criterion = small(toy_task())
    drawn = [criterion.photos_of_epoch(epoch).tolist() for epoch in range(6)]
    assert drawn[0] == drawn[1] == drawn[2] != drawn[3] == drawn[4] == drawn[5]
    assert len(set(drawn[0])) == 10
    assert drawn == [small(toy_task()).photos_of_epoch(epoch).tolist() for epoch in range(6)]
    assert small(toy_task(seed=1)).photos_of_epoch(0).tolist() != drawn[0]


def test_a_sample_larger_than_the_photos_is_all_of_them() -> None:
    criterion = small(toy_task(), num_sampled=2000)
    assert criterion.photos_of_epoch(7).tolist() == list(range(40))


def test_codes_are_learned_when_an_outer_iteration_ends_and_never_worsen() -> None:
    free = FreeLogits(small, toy_task())
    codes = free.criterion.codes.clone()
    free.train(0, 2, 9)
    assert torch.equal(free.criterion.codes, codes)
    free.train(2, 3, 9)
    learned = free.criterion.learned_codes()
    assert learned is not None
    assert not torch.equal(learned, codes[:, : learned.shape[1]])
    assert set(learned.unique().tolist()) == {-1, 1}


def test_the_random_start_counts_for_nothing_learned_also_after_a_resume() -> None:
    free = FreeLogits(small, toy_task())
    free.train(0, 2, 9)
    assert free.criterion.learned_codes() is None
    free.train(2, 3, 9)
    resumed = small(toy_task())
    assert resumed.learned_codes() is None
    resumed.load_state_dict(free.criterion.state_dict())
    assert resumed.learned_codes() is not None


def test_the_last_epoch_of_a_training_learns_codes_even_in_mid_iteration() -> None:
    criterion = small(toy_task())
    assert criterion.end_epoch(3, 5) == {}
    assert set(criterion.end_epoch(4, 5)) == {"code_objective", "code_changes"}


def test_outputs_of_an_earlier_sample_are_forgotten() -> None:
    criterion = small(toy_task())
    criterion.start_epoch(0, 9)
    photos = criterion.photos_of_epoch(0)
    criterion(torch.ones(10, 12), toy_task().labels[photos], photos)
    assert (criterion.outputs != 0).all()
    criterion.start_epoch(1, 9)
    assert (criterion.outputs != 0).all()
    criterion.start_epoch(3, 9)
    assert not criterion.outputs.any()


def test_only_training_and_sampled_photos_write_outputs() -> None:
    task, criterion = toy_task(), small(toy_task())
    everything = torch.arange(40)
    criterion.eval()(torch.ones(40, 12), task.labels, everything)
    assert not criterion.outputs.any()
    criterion.train()(everything[:, None].expand(40, 12) / 40, task.labels, everything)
    expected = (criterion.sampled / 40).tanh()[:, None].expand(10, 12)
    assert torch.equal(criterion.outputs, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_is_finite_for_saturated_logits(kind: type[AdshCriterion | QueryOptCriterion]) -> None:
    task = toy_task()
    free = FreeLogits(kind, task)
    free.logits.data.mul_(1e5)
    total = free.loss(torch.arange(40))
    total.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(total)
    assert torch.isfinite(free.logits.grad).all()  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_one_class_and_one_photo_are_no_trouble(
    kind: type[AdshCriterion | QueryOptCriterion],
) -> None:
    for photos in (1, 3):
        labels = torch.zeros(photos, dtype=torch.int64)
        free = FreeLogits(kind, TrainingTask(4, 4, 1, labels))
        assert all(loss >= 0 for loss in free.train(0, 3, 3))


def test_wrong_options_say_what_is_allowed() -> None:
    task = toy_task()
    with pytest.raises(ValueError, match="at least 1"):
        QueryOptCriterion(task, num_sampled=0)
    with pytest.raises(ValueError, match="at least 1"):
        AdshCriterion(task, inner_epochs=0)
    with pytest.raises(ValueError, match="negative"):
        AdshCriterion(task, gamma=-1)
    with pytest.raises(ValueError, match="dissimilar"):
        QueryOptCriterion(task, dissimilar="none")  # type: ignore[arg-type]
