"""The one place that imports timm."""

from __future__ import annotations

import functools
import importlib
import sys
from types import ModuleType

import torch

_MISSING = "operator torchvision::nms does not exist"
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@functools.cache
def load_timm() -> ModuleType:
    """Return the timm package, imported on the first call (half a second to several)."""
    _load_torchvision()
    return importlib.import_module("timm")


@functools.cache
def _load_torchvision() -> torch.library.Library | None:
    """Import torchvision, which timm needs.

    The processor build of torch beside a graphics card build of torchvision is what package
    indexes hand out; its compiled operators then do not load, and the import fails on the first
    one it looks up. FoodSearch uses none of them, so declaring the two names is enough.

    Returns:
        The declarations, which must stay alive, or None where none were needed.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if _MISSING not in str(error):
            raise
    else:
        return None
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    operators = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        operators.define(name + _SCHEMA)  # type: ignore[no-untyped-call]
    importlib.import_module("torchvision")
    return operators
