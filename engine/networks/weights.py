"""Weights files: read without running anything, loaded only where every tensor fits."""

from __future__ import annotations

import importlib
import pickle
import warnings
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from engine.errors import ModelError
from engine.networks.timm_import import load_timm

# Where training programs nest the weights inside their checkpoints, the averaged ones first.
_NESTS = ("state_dict_ema", "model_ema", "state_dict", "model")


def read_weights(path: Path, backbone: str) -> dict[str, Tensor]:
    """Return the tensors of a ``.safetensors`` file or a plain ``.pth`` or ``.pt`` state dict.

    Raises:
        ModelError: FS-602 damaged, FS-603 it holds more than tensors and could run programs,
            FS-608 no such file or no weights in it.
    """
    if not path.is_file():
        raise _unfit(path, backbone, "there is no such file")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on dialects before it refuses them
            # weights_only admits tensors and plain containers, else it is an UnpicklingError.
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError("FS-603", name=path.name) from error
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise ModelError("FS-602", name=path.name, reason=_first_line(error)) from error
    tensors = _state_dict(found)
    if not tensors:
        raise _unfit(path, backbone, "there are no tensors in it")
    return tensors


def load_weights(model: nn.Module, path: Path, backbone: str, cfg: dict[str, Any]) -> None:
    """Load a weights file into a timm model that was built without classifier.

    Raises:
        ModelError: As :func:`read_weights`, and FS-608 if names or shapes do not fit.
    """
    tensors = read_weights(path, backbone)
    if "_conv_stem.weight" in tensors:
        tensors = _rename_in_order(tensors, path, backbone)
    classifiers = cfg.get("classifier") or ()
    for name in (classifiers,) if isinstance(classifiers, str) else classifiers:
        tensors.pop(f"{name}.weight", None)
        tensors.pop(f"{name}.bias", None)
    try:
        fitting = _filtered(tensors, model, backbone)
        model.load_state_dict(fitting, strict=True)
    except Exception as error:  # timm's filters raise nearly anything on foreign weights
        raise _unfit(path, backbone, _first_line(error)) from error


def _filtered(tensors: dict[str, Tensor], model: nn.Module, backbone: str) -> dict[str, Tensor]:
    """Apply the backbone's own conversion: older names, position embeddings of another size."""
    timm = load_timm()
    module = timm.models.model_entrypoint(backbone.partition(".")[0]).__module__
    convert = getattr(importlib.import_module(module), "checkpoint_filter_fn", None)
    converted = tensors if convert is None else convert(tensors, model)
    return _resize_block_positions(converted, model)


def _resize_block_positions(tensors: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Fit the position tables of a NesT to another input size; timm's filter misses their names."""
    resized = dict(tensors)
    for name, own in model.named_parameters():
        given = tensors.get(name, own)
        if not name.endswith("pos_embed") or own.ndim != 4 or given.shape == own.shape:
            continue
        if given.shape[1] == own.shape[1]:  # as many blocks, of other edges
            nest = importlib.import_module("timm.models.nest")
            resized[name] = nest.resize_pos_embed(given, own)
    return resized


def _rename_in_order(tensors: dict[str, Tensor], path: Path, backbone: str) -> dict[str, Tensor]:
    """Give the tensors of another EfficientNet port the names timm has for them.

    That port defines its layers in the same order, so that position and shape identify a tensor.
    """
    own = load_timm().create_model(backbone).state_dict()
    if [value.shape for value in own.values()] != [value.shape for value in tensors.values()]:
        raise _unfit(path, backbone, "it is of another size")
    return dict(zip(own, tensors.values(), strict=True))


def _state_dict(found: object) -> dict[str, Tensor]:
    if isinstance(found, dict):
        found = next((found[key] for key in _NESTS if key in found), found)
    if not isinstance(found, dict) or not all(isinstance(v, Tensor) for v in found.values()):
        return {}
    # Training on several graphics cards puts this before every name.
    return {str(name).removeprefix("module."): tensor for name, tensor in found.items()}


def _unfit(path: Path, backbone: str, reason: str) -> ModelError:
    return ModelError("FS-608", name=path.name, backbone=backbone, reason=reason)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # torch puts a headline above the tensors that do not fit; the first of these says more.
    text = lines[1] if len(lines) > 1 else lines[0] if lines else type(error).__name__
    return text.rstrip(".")[:200]
