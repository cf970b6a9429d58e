"""All that is known of a model, as lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from engine.console.text import printable, table

_WIDTH = 100
_LATER = ("metrics", "files")  # shown as tables below the rest


def describe_model(values: Mapping[str, Any]) -> list[str]:
    """Return every value in full: texts wrapped, measurements as a table.

    Args:
        values: Names and values of the manifest, nested as in its file.
    """
    plain = {
        name: text
        for name, value in values.items()
        if name not in _LATER and (text := _text(value))
    }
    indent = max(map(len, plain)) + 2
    lines: list[str] = []
    for name, text in plain.items():
        lines += _wrapped(name.ljust(indent), text, indent)
    for name in _LATER:
        if rows := list(_leaves(values.get(name) or {})):
            lines += ["", name, *("  " + line for line in table(("", ""), rows)[1:])]
    return lines


def _wrapped(head: str, text: str, indent: int) -> Iterator[str]:
    for paragraph in text.split("\n"):
        for line in textwrap.wrap(printable(paragraph), _WIDTH - indent) or [""]:
            yield (head + line).rstrip()
            head = " " * indent


def _text(value: Any) -> str:
    """Return a value in words; nothing for what is not there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_text(inner) or "-" for inner in value if value.count(None) < len(value))
    return str(value)


def _leaves(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield ``food10 codes map`` and its value for every value, however deep it lies."""
    for name, value in values.items():
        place = f"{before} {name}".strip()
        if isinstance(value, Mapping):
            yield from _leaves(value, place)
        else:
            yield place, f"{value:.4g}" if isinstance(value, float) else _text(value)
