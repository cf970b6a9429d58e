"""Which values a setting may have, by the annotation of its field."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin


def fits(value: object, kind: Any) -> bool:
    """Return whether a value is of the kind that an annotation names; a number is a float, too."""
    origin = get_origin(kind)
    if origin is Literal:
        return value in get_args(kind)
    if origin in (Union, types.UnionType):
        return any(fits(value, option) for option in get_args(kind))
    if origin is not None:
        return isinstance(value, Mapping)
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return math.isfinite(value)
    return type(value) is kind


def in_words(kind: Any) -> str:
    """Return what :func:`fits` takes for a kind, in words."""
    origin = get_origin(kind)
    if origin is Literal:
        return " or ".join(map(str, get_args(kind)))
    if origin in (Union, types.UnionType):
        named = [option for option in get_args(kind) if option is not types.NoneType]
        return " or ".join(map(in_words, named))
    if origin is not None:
        return "options by name"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return words[kind]
