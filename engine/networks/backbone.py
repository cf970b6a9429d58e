"""Backbones by name: any model of timm, with the weights found for it."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from torch import nn

from engine.errors import InputError
from engine.networks.pretrained import find_weights, is_installed, weights_on_disk
from engine.networks.timm_import import load_timm
from engine.networks.vgg import VggBackbone
from engine.networks.views import Backbone, GridBackbone, TokenBackbone
from engine.networks.weights import load_weights
from engine.preprocessing import MAX_INPUT_SIZE, Preprocessing

Weights = Path | Literal["pretrained"] | None

# timm also takes addresses and folders for a name ("hf-hub:..."); a model file must not pass one.
_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)?")


@dataclass(frozen=True)
class BackboneInfo:
    """A backbone the user may pick.

    Attributes:
        name: timm's name.
        input_size: Side of the square input its weights were trained with, in pixels.
        installed: Whether pretrained weights are on this computer.
        licence: Of the pretrained weights, as their authors state it; empty if they do not.
    """

    name: str
    input_size: int
    installed: bool
    licence: str


def create_backbone(
    name: str,
    *,
    weights: Weights = None,
    download: bool = False,
    input_size: int | None = None,
) -> Backbone:
    """Build a backbone.

    Args:
        name: timm's name, e.g. ``"resnet50"`` or ``"vit_base_patch16_224.orig_in21k"``.
        weights: A file, ``"pretrained"`` for the weights found on this computer, or None for
            random ones.
        download: Whether the pretrained weights may be fetched if they are nowhere here.
        input_size: Side of the square input in pixels, if not the one of the weights.

    Raises:
        InputError: FS-001 unknown name, FS-002 impossible input size.
        ModelError: FS-607 no weights here, FS-602, FS-603, FS-608 a file that cannot be used.
    """
    if input_size is not None and not 1 <= input_size <= MAX_INPUT_SIZE:
        raise _impossible_size(name, input_size)
    cfg = _pretrained_cfg(name)
    path = find_weights(name, cfg, download=download) if weights == "pretrained" else weights
    preprocessing = Preprocessing.from_pretrained_cfg(cfg, input_size)
    model = _create_model(name, cfg, preprocessing.input_size)
    loaded: frozenset[str] = frozenset()
    if path is not None:
        load_weights(model, path, name, cfg)
        loaded = frozenset(key for key, _ in model.named_parameters())
    backbone = _kind(model)(name, model, preprocessing)
    backbone.pretrained = loaded
    return backbone


def _kind(model: nn.Module) -> type[Backbone]:
    if TokenBackbone.fits(model):
        return TokenBackbone
    return VggBackbone if VggBackbone.fits(model) else GridBackbone


def list_backbones(pattern: str = "") -> list[BackboneInfo]:
    """Return the backbones whose name contains ``pattern`` (``*`` stands for anything)."""
    timm = load_timm()
    on_disk = weights_on_disk()
    infos = []
    for name in timm.list_models(f"*{pattern}*" if pattern else ""):
        cfg = timm.get_pretrained_cfg(name).to_dict()
        side, licence = int(cfg["input_size"][-1]), str(cfg.get("license") or "")
        infos.append(BackboneInfo(name, side, is_installed(name, cfg, on_disk), licence))
    return infos


def _create_model(name: str, cfg: Mapping[str, Any], side: int) -> nn.Module:
    create = functools.partial(load_timm().create_model, name, num_classes=0)
    if not cfg["fixed_input_size"] or tuple(cfg["input_size"][1:]) == (side, side):
        model: nn.Module = create()
        return model
    # A model with position embeddings must be told of another size when it is built.
    try:
        model = create(img_size=side)
    except Exception as error:  # each architecture refuses in its own way
        raise _impossible_size(name, side) from error
    if _refuses(model, side):
        raise _impossible_size(name, side)
    return model


def _refuses(model: nn.Module, side: int) -> bool:
    """Whether a transformer that adapts to its images would stop at patches that are cut off."""
    patches: Any = getattr(model, "patch_embed", None)
    if getattr(patches, "strict_img_size", True) or getattr(patches, "dynamic_img_pad", False):
        return False
    return any(side % int(length) for length in patches.patch_size)


def _impossible_size(name: str, side: int) -> InputError:
    reason, advice = f"it cannot work at {side} pixels", "Leave the size out to use its own."
    return InputError("FS-002", name=name, reason=reason, advice=advice)


def _pretrained_cfg(name: str) -> dict[str, Any]:
    timm = load_timm()
    if not _NAME.fullmatch(name) or not timm.is_model(name.partition(".")[0]):
        raise InputError("FS-001", kind="backbone", name=name, known=_similar(name))
    try:
        values: dict[str, Any] = timm.get_pretrained_cfg(name).to_dict()
    except RuntimeError as error:  # the part behind the dot is unknown
        tags = ", ".join(timm.list_pretrained(name.partition(".")[0] + ".*"))
        raise InputError("FS-001", kind="backbone", name=name, known=tags) from error
    return values


def _similar(name: str) -> str:
    found = difflib.get_close_matches(name, load_timm().list_models(), n=5, cutoff=0.3)
    return ", ".join(found or ["resnet50", "vit_base_patch16_224"]) + ", …"
