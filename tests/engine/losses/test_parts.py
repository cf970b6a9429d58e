"""What computing a batch in parts does to gradients, as docs/methods.md says."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

from engine.losses.criterion import Criterion
from engine.losses.csq import CsqCriterion
from engine.losses.dch import DchCriterion
from engine.losses.dpn import DpnCriterion
from engine.losses.dshsd import DshsdCriterion
from engine.losses.hashnet import HashNetCriterion
from engine.losses.mdff import MdffCriterion
from engine.losses.qsmih import QsmihCriterion
from engine.methods import create_criterion, list_methods
from tests.conftest import REPOSITORY
from tests.engine.losses.toy import Create, first_logits, toy_task


def gradient(create: Create, parts: int) -> Tensor:
    task = toy_task()
    torch.manual_seed(0)
    criterion: Criterion = create(task)
    criterion.start_epoch(0, 1)
    logits = first_logits(task).requires_grad_()
    for rows in torch.arange(40).tensor_split(parts):
        terms = criterion(logits[rows], task.labels[rows], rows)
        (terms["total"] * len(rows) / 40).backward()
    assert logits.grad is not None
    return logits.grad


@pytest.mark.parametrize("create", [CsqCriterion, DpnCriterion])
def test_means_over_photos_do_not_notice_parts(create: Create) -> None:
    torch.testing.assert_close(gradient(create, 2), gradient(create, 1))


@pytest.mark.parametrize(
    "create", [DchCriterion, DshsdCriterion, HashNetCriterion, MdffCriterion, QsmihCriterion]
)
def test_pairs_within_the_batch_are_lost_between_parts(create: Create) -> None:
    whole, parted = gradient(create, 1), gradient(create, 2)
    assert (whole - parted).norm() > 1e-3 * whole.norm()


def late_gradient(method: str, parts: int) -> Tensor:
    """Return that of an epoch in which every photo was seen before."""
    task = toy_task()
    torch.manual_seed(0)
    criterion = create_criterion(method, task, {})
    criterion.start_epoch(0, 10)
    before, everything = first_logits(task), torch.arange(len(task.labels))
    criterion(before, task.labels, everything)
    logits = (before + 0.3 * torch.randn_like(before)).requires_grad_()
    for rows in everything[:40].tensor_split(parts):
        terms = criterion(logits[rows], task.labels[rows], rows)
        (terms["total"] * len(rows) / 40).backward()
    assert logits.grad is not None
    return logits.grad


@pytest.mark.parametrize("method", [each.name for each in list_methods() if each.needs_labels])
def test_the_page_names_the_methods_that_do_not_notice_parts(method: str) -> None:
    page = (REPOSITORY / "docs" / "methods.md").read_text(encoding="utf-8")
    (sentence,) = re.findall(r"where a loss is a mean over photos: ([^.]*)\. Elsewhere", page)
    whole, parted = late_gradient(method, 1), late_gradient(method, 4)
    is_exact = bool((whole - parted).norm() < 1e-5 * whole.norm())
    assert is_exact == (f"`{method}`" in sentence)
