"""One step of the optimiser: forward, loss, backward, in parts if memory asks for it."""

from __future__ import annotations

import contextlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from engine.distributed import gather_rows, world_size
from engine.errors import DeviceError
from engine.losses.criterion import Criterion
from engine.networks.inputs import normalize
from engine.training.batches import Batch
from engine.training.config import Amp
from engine.training.lack_of_memory import is_lack_of_memory
from engine.training.setup import Setup
from engine.training.teacher import drift

LEAST_PART = 2  # batch norm cannot learn from one photo


def amp_dtype(amp: Amp, device: str) -> torch.dtype | None:
    """Return the reduced precision to compute in, or None for single precision.

    Processors are slower in reduced precision as a rule, so ``"auto"`` is for graphics cards.
    """
    if amp == "auto":
        if not device.startswith("cuda"):
            return None
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return {"off": None, "bf16": torch.bfloat16, "fp16": torch.float16}[amp]


class Stepper:
    """Turns batches into gradients, and gradients into better weights.

    Args:
        setup: Of the training.
        criterion: Its loss.
        optimizer: Over the parameters of network and criterion.

    Attributes:
        part: Most photos in one forward pass; it shrinks when memory does not suffice.
        scaler: Keeps gradients of half precision from vanishing; bfloat16 needs none.
    """

    def __init__(self, setup: Setup, criterion: Criterion, optimizer: Optimizer) -> None:
        self._config = setup.config
        self._device = setup.device
        self._kind = setup.device.name.partition(":")[0]
        self._preprocessing = setup.preprocessing
        self._network = _wrapped(setup.network, setup.device.name)
        self._teacher = setup.teacher
        self._criterion = criterion
        self._optimizer = optimizer
        self._parameters = [p for group in optimizer.param_groups for p in group["params"]]
        labels = torch.from_numpy(setup.photos.labels[setup.photos.train])
        self._labels = labels.to(setup.device.name)
        self._dtype = amp_dtype(setup.config.amp, setup.device.name)
        self.scaler = torch.amp.GradScaler(self._kind, enabled=self._dtype is torch.float16)
        self.part = setup.config.part_size or setup.config.batch_size

    def compute_gradients(self, batch: Batch) -> dict[str, float]:
        """Leave the gradients of a batch in the parameters; return the terms of its loss.

        Raises:
            DeviceError: FS-403, not even two photos fit; FS-406, the batch of one of several
                processes does not.
        """
        while True:
            try:
                return self._accumulate(batch)
            except (MemoryError, RuntimeError) as error:
                if not is_lack_of_memory(error):
                    raise
                self._refuse_smaller_parts(len(batch.rows), error)
            # Outside the handler, whose traceback would keep the failed tensors alive.
            self.part = max(LEAST_PART, min(self.part, len(batch.rows)) // 2)
            self._optimizer.zero_grad(set_to_none=True)
            if self._kind == "cuda":
                torch.cuda.empty_cache()

    def _refuse_smaller_parts(self, photos: int, error: Exception) -> None:
        """Raise where a batch cannot be computed in smaller parts."""
        part, device = min(self.part, photos), self._device.label
        if part <= LEAST_PART:
            raise DeviceError("FS-403", device=device) from error
        if world_size() > 1:  # they would have to agree on the parts of a joined batch
            advice = f"Set part_size to fewer than {part} photos and train again."
            work = f"What one process computes at once, {part} photos,"
            raise DeviceError("FS-406", work=work, device=device, advice=advice) from error

    def update(self) -> None:
        """Let the optimiser use the gradients."""
        if self._config.clip_norm:
            self.scaler.unscale_(self._optimizer)
            clip_grad_norm_(self._parameters, self._config.clip_norm)
        self.scaler.step(self._optimizer)
        self.scaler.update()

    def _accumulate(self, batch: Batch) -> dict[str, float]:
        """Add up the gradients of the batch; each part counts by its share of the photos."""
        self._optimizer.zero_grad(set_to_none=True)
        sums: dict[str, float] = {}
        parts = _parts(len(batch.rows), self.part)
        for rows in parts:
            share = len(rows) / sum(map(len, parts))
            terms = self._forward(Batch(batch.pixels[rows], batch.rows[rows]))
            self.scaler.scale(terms["total"] * share).backward()  # type: ignore[no-untyped-call]
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + share * float(value.detach())
        return sums

    def _forward(self, batch: Batch) -> dict[str, Tensor]:
        name = self._device.name
        images = normalize(torch.from_numpy(batch.pixels).to(name), self._preprocessing)
        reduced = (
            torch.autocast(self._kind, self._dtype) if self._dtype else contextlib.nullcontext()
        )
        with reduced:
            output = self._network(images)
            taught = output.logits if self._teacher is None else self._teacher(images)
        rows = gather_rows(torch.from_numpy(batch.rows).to(name))
        extras = {name: gather_rows(value.float()) for name, value in output.extras.items()}
        logits = gather_rows(output.logits.float())
        terms: dict[str, Tensor] = self._criterion(logits, self._labels[rows], rows, **extras)
        if self._teacher is None:
            return terms
        moved = drift(logits, gather_rows(taught))
        return {**terms, "drift": moved, "total": terms["total"] + self._teacher.weight * moved}


def _wrapped(network: nn.Module, device: str) -> nn.Module:
    if world_size() == 1:
        return network
    ids = [torch.device(device).index] if device.startswith("cuda") else None
    # Some layers have no gradient by design (the threshold of CSCE-Net).
    return DistributedDataParallel(network, device_ids=ids, find_unused_parameters=True)


def _parts(count: int, part: int) -> list[NDArray[np.intp]]:
    """Return the numbers 0 to count in parts of nearly equal size, none larger than ``part``.

    Where only two photos fit and their number is odd, the last one is left out.
    """
    if part == LEAST_PART:
        count -= count % LEAST_PART
    return np.array_split(np.arange(count), -(-count // part))
