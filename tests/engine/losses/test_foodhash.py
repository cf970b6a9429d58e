from __future__ import annotations

import pytest
import torch

from engine.losses.foodhash import FoodHashCriterion
from engine.losses.targets import pair_distances
from tests.engine.losses.toy import call, check_criterion, descend, first_logits, toy_task
from tests.engine.reference import RELATIVE, case


def test_the_total_is_that_of_case_d6() -> None:
    given, expected = case("D6 FoodHash total loss")
    task = toy_task(num_bits=4)
    criterion = FoodHashCriterion(task, class_weight=given["lambda"]).double()
    weight = torch.tensor(given["W_c (3x4, no bias)"], dtype=torch.float64)
    criterion.classifier.weight = torch.nn.Parameter(weight)
    criterion.classifier.bias = None
    criterion.targets[:2] = torch.tensor(given["z"])
    logits = torch.tensor(given["u"], dtype=torch.float64)
    assert criterion.classifier(logits).tolist() == expected["logits"]
    terms = criterion(logits, torch.tensor(given["y"]), torch.arange(2))
    assert terms["polarization"].item() == pytest.approx(expected["L_P(mean)"], rel=RELATIVE)
    assert terms["s_cross_entropy"].item() == pytest.approx(expected["L_S"], rel=RELATIVE)
    assert terms["total"].item() == pytest.approx(expected["total"], rel=RELATIVE)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"s_ce_scale": "M", "targets": "maxmin"},
        {"cross_entropy": "plain", "class_weight": 1.0},
        {"targets": "hadamard", "skip_first_row": False},
        {"target_update": "epoch"},
        {"target_update": "epoch", "guard": False, "update_start": 0.0},
    ],
    ids=str,
)
def test_it_trains(options: dict[str, object]) -> None:
    check_criterion(lambda task: FoodHashCriterion(task, **options))


def test_the_scale_multiplies_by_the_number_of_classes() -> None:
    task = toy_task()
    plain, scaled = (FoodHashCriterion(task, s_ce_scale=scale) for scale in ("none", "M"))
    terms = [
        criterion(first_logits(task), task.labels, torch.arange(40))
        for criterion in (plain, scaled)
    ]
    ratio = terms[1]["s_cross_entropy"] / terms[0]["s_cross_entropy"]
    assert ratio.item() == pytest.approx(task.num_classes)


def test_targets_move_only_late_only_if_asked_and_stay_apart() -> None:
    task = toy_task()
    fixed = FoodHashCriterion(task)
    first = fixed.targets.clone()
    assert descend(fixed, task, epochs=5)
    assert fixed.end_epoch(4, 5) == {}
    assert torch.equal(fixed.targets, first)

    moving = FoodHashCriterion(task, target_update="epoch")
    call(moving, -2 * moving.targets[task.labels], task)  # every photo far on the wrong side
    assert moving.end_epoch(3, 10) == {}
    assert torch.equal(moving.targets, first)
    logged = moving.end_epoch(4, 10)
    assert logged["changed_target_bits"] == (moving.targets != first).sum() > 0
    assert logged["least_target_distance"] >= pair_distances(first).min()


def test_without_the_guard_confused_classes_merge_as_the_specification_warns() -> None:
    task = toy_task()
    same = 2 * torch.ones(40, 16)
    guarded, free = (
        FoodHashCriterion(task, target_update="epoch", guard=guard) for guard in (True, False)
    )
    for criterion in (guarded, free):
        call(criterion, same, task)
    assert guarded.end_epoch(9, 10)["least_target_distance"] > 0
    assert free.end_epoch(9, 10)["least_target_distance"] == 0


def test_photos_without_confidence_or_not_yet_seen_do_not_vote() -> None:
    task = toy_task()
    criterion = FoodHashCriterion(task, target_update="epoch")
    before = criterion.targets.clone()
    half = torch.arange(20)
    criterion(0.9 * torch.ones(20, 16), task.labels[:20], half)
    assert criterion.end_epoch(9, 10)["changed_target_bits"] == 0
    assert torch.equal(criterion.targets, before)


def test_validation_leaves_the_bank_alone() -> None:
    task = toy_task()
    criterion = FoodHashCriterion(task, target_update="epoch").eval()
    call(criterion, first_logits(task), task)
    assert not criterion.bank.visited.any()


def test_the_plain_cross_entropy_is_that_of_a_softmax() -> None:
    task = toy_task()
    criterion = FoodHashCriterion(task, cross_entropy="plain", class_weight=0.5)
    logits = first_logits(task)
    terms = criterion(logits, task.labels, torch.arange(40))
    powers = criterion.classifier(logits).exp()
    of_photos = (powers[torch.arange(40), task.labels] / powers.sum(dim=1)).log()
    assert terms["cross_entropy"].item() == pytest.approx(-of_photos.mean().item())
    whole = terms["polarization"] + 0.5 * terms["cross_entropy"]
    assert terms["total"].item() == pytest.approx(whole.item())


@pytest.mark.parametrize(
    "options",
    [
        {"margin": -1.0},
        {"class_weight": -0.1},
        {"cross_entropy": "binary"},
        {"s_ce_scale": "k"},
        {"target_update": "batch"},
        {"update_start": 2.0},
        {"polarization": "max"},
        {"targets": "paley"},
    ],
    ids=str,
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(options))} must"):
        FoodHashCriterion(toy_task(), **options)
