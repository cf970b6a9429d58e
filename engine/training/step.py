"""One step of the optimiser: forward, loss, backward, in parts if memory asks for it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from engine.device import is_out_of_memory
from engine.distributed import gather_rows, world_size
from engine.errors import DeviceError
from engine.losses.criterion import Criterion
from engine.networks.inputs import normalize
from engine.preprocessing import Preprocessing
from engine.training.batches import Batch
from engine.training.config import Amp

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


@dataclass
class Stepper:
    """What a step needs; ``part`` shrinks when memory does not suffice.

    Attributes:
        network: The hashing network, perhaps wrapped for several processes.
        criterion: Its loss.
        optimizer: Over both.
        preprocessing: Of the network.
        labels: Class of each photo of the training, on the device.
        device: torch's name of it.
        dtype: Reduced precision, or None.
        clip_norm: Largest norm of the gradient, 0 for no limit.
        part: Most photos in one forward pass.
    """

    network: nn.Module
    criterion: Criterion
    optimizer: Optimizer
    preprocessing: Preprocessing
    labels: Tensor
    device: str
    dtype: torch.dtype | None
    clip_norm: float
    part: int

    def __post_init__(self) -> None:
        # Gradients of half precision vanish without scaling; bfloat16 has the range of single.
        self.scaler = torch.amp.GradScaler(enabled=self.dtype is torch.float16)
        self._parameters = [p for group in self.optimizer.param_groups for p in group["params"]]

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Train on a batch; return the terms of the loss.

        Raises:
            DeviceError: FS-403, not even two photos fit.
        """
        while True:
            try:
                terms = self._accumulate(batch)
                break
            except RuntimeError as error:
                if not is_out_of_memory(error) or world_size() > 1:
                    raise
                if self.part <= LEAST_PART:
                    raise DeviceError("FS-403", device=self.device) from error
            # Outside the handler, whose traceback would keep the failed tensors alive.
            self.part = max(LEAST_PART, min(self.part, len(batch.rows)) // 2)
            if self.device.startswith("cuda"):
                torch.cuda.empty_cache()
        if self.clip_norm:
            self.scaler.unscale_(self.optimizer)
            clip_grad_norm_(self._parameters, self.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return terms

    def _accumulate(self, batch: Batch) -> dict[str, float]:
        """Add up the gradients of the batch; each part counts by its share of the photos."""
        self.optimizer.zero_grad(set_to_none=True)
        sums: dict[str, float] = {}
        for rows in _parts(len(batch.rows), self.part):
            share = len(rows) / len(batch.rows)
            terms = self._forward(Batch(batch.pixels[rows], batch.rows[rows]))
            self.scaler.scale(terms["total"] * share).backward()  # type: ignore[no-untyped-call]
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + share * float(value.detach())
        return sums

    def _forward(self, batch: Batch) -> dict[str, Tensor]:
        pixels = torch.from_numpy(batch.pixels).to(self.device, non_blocking=True)
        images = normalize(pixels, self.preprocessing)
        kind = self.device.partition(":")[0]
        reduced = (
            torch.autocast(kind, self.dtype) if self.dtype is not None else contextlib.nullcontext()
        )
        with reduced:
            output = self.network(images)
        rows = gather_rows(torch.from_numpy(batch.rows).to(self.device))
        extras = {name: gather_rows(value.float()) for name, value in output.extras.items()}
        logits = gather_rows(output.logits.float())
        return self.criterion(logits, self.labels[rows], rows, **extras)  # type: ignore[no-any-return]


def _parts(count: int, part: int) -> list[np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Return the numbers 0 to count in parts of nearly equal size, none larger than ``part``."""
    return np.array_split(np.arange(count), -(-count // part))
