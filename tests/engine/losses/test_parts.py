"""What computing a batch in parts does to gradients, as docs/methods.md says."""

from __future__ import annotations

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
