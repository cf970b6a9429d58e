"""The state of a training between two epochs, in one safetensors file: numbers, never code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim import Optimizer

from engine.storage import atomic_write
from engine.training.run import PROGRESS

_OPTIMIZER = "optimizer"
_BEST = "best"


def save_checkpoint(
    path: Path,
    modules: Mapping[str, nn.Module],
    optimizer: Optimizer,
    progress: Mapping[str, Any],
) -> None:
    """Write weights, buffers, the optimiser's memory and the progress, atomically.

    Args:
        path: The file.
        modules: By a name of their own.
        optimizer: Over their parameters.
        progress: What else a resumed run must know, as JSON can hold it.
    """
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        for key, tensor in module.state_dict().items():
            tensors[f"{name}.{key}"] = tensor
    scalars: dict[str, dict[str, Any]] = {}
    for number, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"{_OPTIMIZER}.{number}.{key}"] = value
            else:
                scalars.setdefault(str(number), {})[key] = value
    metadata = {PROGRESS: json.dumps(dict(progress)), _OPTIMIZER: json.dumps(scalars)}
    with atomic_write(path) as file:
        file.write(safetensors.torch.save(_owned(tensors), metadata))


def load_checkpoint(
    path: Path, modules: Mapping[str, nn.Module], optimizer: Optimizer
) -> dict[str, Any]:
    """Fill in what :func:`save_checkpoint` wrote; return the progress.

    Raises:
        ValueError: The file is damaged, or of another network, criterion or optimiser.
    """
    tensors, metadata = _read(path)
    try:
        for name, module in modules.items():
            prefix = f"{name}."
            module.load_state_dict(
                {
                    key.removeprefix(prefix): t
                    for key, t in tensors.items()
                    if key.startswith(prefix)
                }
            )
        state: dict[int, dict[str, Any]] = {
            int(number): values for number, values in json.loads(metadata[_OPTIMIZER]).items()
        }
        for key, tensor in tensors.items():
            if key.startswith(f"{_OPTIMIZER}."):
                _, number, name = key.split(".", 2)
                state.setdefault(int(number), {})[name] = tensor
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        progress: dict[str, Any] = json.loads(metadata[PROGRESS])
    except (RuntimeError, KeyError) as error:
        raise ValueError(f"its {path.name} belongs to another network") from error
    _restore_layouts(optimizer)
    return progress


def save_weights(path: Path, network: nn.Module, best: Mapping[str, Any]) -> None:
    """Write the state of a network alone, atomically, with the epoch and figure it belongs to."""
    with atomic_write(path) as file:
        state = _owned(network.state_dict())
        file.write(safetensors.torch.save(state, {_BEST: json.dumps(dict(best))}))


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the state that :func:`save_weights` wrote, and the epoch and figure.

    Raises:
        ValueError: The file is damaged.
    """
    tensors, metadata = _read(path)
    return tensors, json.loads(metadata.get(_BEST, '{"epoch": 0, "map": null}'))


def save_learned_codes(path: Path, codes: NDArray[np.uint8], names: Sequence[str]) -> None:
    """Write the database codes that an asymmetric method learned beside the network, atomically.

    Args:
        path: The file.
        codes: Packed, shape (photos, bytes).
        names: Of the photos.
    """
    with atomic_write(path) as file:
        metadata = {"names": json.dumps(list(names))}
        file.write(safetensors.torch.save({"codes": torch.from_numpy(codes)}, metadata))


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, "pt") as file:
            metadata = dict(file.metadata() or {})
        # Not load_file, which maps the file: Windows does not let a mapped file be replaced.
        return safetensors.torch.load(path.read_bytes()), metadata
    except (SafetensorError, OSError) as error:
        raise ValueError(f"its {path.name} is damaged") from error


def _restore_layouts(optimizer: Optimizer) -> None:
    """Give the optimiser's memory the layout of its parameters (channels_last), as it had.

    Mixed layouts compute the same values, but neither bit for bit nor as fast.
    """
    for parameter, state in optimizer.state.items():
        for key, value in state.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                state[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _owned(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    # The format takes neither shared memory (tied tensors) nor another layout than rows.
    return {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
