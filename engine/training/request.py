"""From what a user chose to the settings of a training: one way for window and console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import InputError
from engine.methods import METHODS
from engine.models.store import ModelInfo
from engine.training.config import (
    SettingError,
    TrainConfig,
    assign,
    load_preset,
    method_of_preset,
)

DEFAULT_PRESET = "balanced"
_BACKBONE = "tf_efficientnet_lite0"  # its weights come with the program
DEFAULT_METHOD = "dpn"
_BITS = 64


def compose_config(
    *,
    preset: str = DEFAULT_PRESET,
    method: str | None = None,
    parent: ModelInfo | None = None,
    settings: Mapping[str, Any] = {},
    assignments: Sequence[str] = (),
) -> TrainConfig:
    """Return the settings of a training.

    Of several that say something of a setting the first of these decides: assignments, settings,
    the parent's network, the preset.

    Args:
        preset: Its name, or a TOML file.
        method: To train; by default that of the preset file or of the parent.
        parent: The model whose weights it starts from.
        settings: By the names of :class:`TrainConfig`.
        assignments: Texts such as ``"lr=1e-4"`` or ``"network.head=mean"``.

    Raises:
        InputError: FS-001 or FS-002, an unknown name or an impossible value.
    """
    try:
        return TrainConfig.from_dict(_compose(preset, method, parent, settings, assignments))
    except SettingError as error:
        advice = "See docs/methods.md for the settings."
        reason = f"it {error.rule}"
        raise InputError("FS-002", name=error.name, reason=reason, advice=advice) from error


def _compose(
    preset: str,
    method: str | None,
    parent: ModelInfo | None,
    settings: Mapping[str, Any],
    assignments: Sequence[str],
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for assignment in assignments:
        assign(given, assignment)
    named = given.get("method") or method or method_of_preset(preset)
    chosen = METHODS[str(named or _method_to_train(parent))].name
    found: dict[str, Any] = {
        "backbone": _BACKBONE,
        "num_bits": _BITS,
        **load_preset(preset, chosen),
        "method": chosen,
    }
    if parent:
        found |= _network_of(parent, found)
    found |= settings
    for assignment in assignments:
        assign(found, assignment)
    return found


def _method_to_train(parent: ModelInfo | None) -> str:
    method = parent.manifest.method if parent else DEFAULT_METHOD
    # The label-free starter is a fine beginning, not a way to learn.
    return method if METHODS[method].needs_labels else DEFAULT_METHOD


def _network_of(parent: ModelInfo, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that make its weights fit, also where the preset says otherwise."""
    manifest = parent.manifest
    found: dict[str, Any] = {
        "backbone": manifest.backbone,
        "num_bits": manifest.num_bits,
        "input_size": manifest.preprocessing.input_size,
        "crop_pct": manifest.preprocessing.crop_pct,
        "detail": manifest.preprocessing.detail,
        "detail_quality": manifest.preprocessing.detail_quality,
    }
    given = settings.get("network", {})
    # What is no table of options is refused with the other settings.
    if manifest.method == settings["method"] and isinstance(given, Mapping):
        found["network"] = {**given, **manifest.options}
    return found
