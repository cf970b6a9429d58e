"""An evaluation as a file or a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.evaluation.html_examples import embed_photos
from engine.evaluation.html_report import render_html
from engine.evaluation.tables import (
    NORMALIZERS,
    bit_rows,
    confusion_rows,
    database_columns,
    database_rows,
    label_rows,
    metric_rows,
    resource_rows,
)
from engine.evaluation.task_words import task_name, task_sentence
from engine.storage import atomic_write, check_target, write_json

SUFFIXES = (".json", ".md", ".html")


def check_report(target: Path) -> None:
    """Refuse a file that :func:`write_report` could not write, before hours of measuring.

    Raises:
        InputError: FS-002, its ending is none of :data:`SUFFIXES`, or it cannot be written.
    """
    if target.suffix.lower() not in SUFFIXES:
        advice = f"Use one of {', '.join(SUFFIXES)}."
        raise _refused(target, "its ending names no format of a report", advice)
    check_target(target)


def write_report(result: Mapping[str, Any], target: Path) -> None:
    """Write the result of :func:`engine.evaluation.protocol.evaluate`.

    Args:
        result: With the model's id as ``model``.
        target: Its ending chooses the format: a page (.html), Markdown (.md), otherwise JSON.

    Raises:
        InputError: FS-002, the file cannot be written.
    """
    suffix = target.suffix.lower()
    if suffix == ".html":
        save_page(render_html(result, embed_photos(result)), target)
    elif suffix == ".md":
        save_page(_markdown(result), target)
    else:
        try:
            write_json(target, dict(result))
        except OSError as error:
            raise _refused(target, error.strerror or str(error)) from error


def save_page(text: str, target: Path) -> None:
    """Write a text.

    Raises:
        InputError: FS-002, the file cannot be written.
    """
    try:
        with atomic_write(target) as file:
            file.write(text.encode(errors="replace"))  # file names may be no text
    except OSError as error:
        raise _refused(target, error.strerror or str(error)) from error


def summarize(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the metrics as pairs of name and value, in reading order."""
    rows = metric_rows(result)
    for name, scores in database_columns(result)[1:]:
        rows += [(f"{metric}, {name}", value) for metric, value in metric_rows(scores)[:2]]
    return rows


def _refused(target: Path, reason: str, advice: str = "Choose another place.") -> InputError:
    return InputError("FS-002", name=str(target), reason=reason, advice=advice)


def _markdown(result: Mapping[str, Any]) -> str:
    header, rows = confusion_rows(result)
    lines = [
        f"# {_cell(result['model'])} on {_cell(task_name(result))}",
        "",
        f"{result['queries']} queries, {result['gallery']} photos in the gallery, "
        f"{result['labels']} labels, {result['bits']} bits, {result['unreadable']} unreadable. "
        f"{task_sentence(result)} "
        f"AP is divided by the relevant items {NORMALIZERS[result['map_normalizer']]}.",
        "",
        *_table(*database_rows(result)),
        "",
        "## Dish by dish",
        "",
        *_table(*label_rows(result)),
        "",
        *(["## Most confused", "", *_table(header, rows), ""] if rows else []),
        "## Codes, time and memory",
        "",
        *_table(("measure", "value"), [*bit_rows(result), *resource_rows(result)]),
    ]
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(map(_cell, cells))} |" for cells in lines]


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
