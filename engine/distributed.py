"""Several processes train one network (torchrun); in one process everything here does nothing."""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterator
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

# One process decodes photos and validates while the others wait.
_PATIENCE = datetime.timedelta(hours=12)


def rank() -> int:
    """Return the number of this process, 0 where there is only one."""
    if dist.is_initialized():
        return dist.get_rank()
    return int(os.environ.get("RANK", "0")) if launched() else 0  # before they have met


def world_size() -> int:
    """Return how many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_primary() -> bool:
    """Whether this process is the one that reports and writes."""
    return rank() == 0


def launched() -> bool:
    """Whether torchrun started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


@contextlib.contextmanager
def process_group(device: str) -> Iterator[None]:
    """Join the other processes that torchrun started, if it did, while the block runs.

    Args:
        device: torch's name of where this process computes; graphics cards talk by NCCL.
    """
    if not launched():
        yield
        return
    if device.startswith("cuda"):
        torch.cuda.set_device(device)  # where NCCL puts what it sends
        dist.init_process_group("nccl", timeout=_PATIENCE)
    else:
        dist.init_process_group("gloo", timeout=_PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


def local_device(wanted: str) -> str:
    """Return the graphics card of this process where each has its own, else what was asked for."""
    if launched() and wanted in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    return wanted


def gather_rows(values: Tensor) -> Tensor:
    """Return the rows of all processes, those of process 0 first; gradients flow back.

    A criterion over the gathered rows is that of the joined batch, the same in every process.
    Gradients are averaged over the processes afterwards, hence the factor on their way back.
    All processes must have equally many rows. Batch norms do not join them: each process has the
    statistics of its own share (there is no SyncBatchNorm on processors).
    """
    if world_size() == 1:
        return values
    gathered: Tensor = _GatherRows.apply(values)  # type: ignore[no-untyped-call]
    return gathered


@contextlib.contextmanager
def primary_first() -> Iterator[None]:
    """Run the block in the primary process before the others: they find what it has written."""
    if not is_primary():
        dist.barrier()
    yield
    if is_primary() and world_size() > 1:
        dist.barrier()


def broadcast(value: Any) -> Any:
    """Return what the primary process passes in."""
    if world_size() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


class _GatherRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        ctx.rows = len(values)
        parts = [torch.empty_like(values) for _ in range(world_size())]
        dist.all_gather(parts, values.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        own = slice(rank() * ctx.rows, (rank() + 1) * ctx.rows)
        return gradients[0][own] * world_size()
