"""What is shown of evaluations as a file: a page to read, or a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QBuffer
from PySide6.QtGui import QImage

import engine
from engine import InputError
from foodsearch_gui.core.evaluation_store import Evaluation, Shown

_COLUMNS = (
    *("model", "measured_on", "dish", "queries", "gallery"),
    *("ap", "ap_expected_ties", "p_at_10", "p_at_1", "p_at_5", "p_at_h2", "empty_balls"),
)


def write(shown: Shown, target: Path) -> None:
    """Write what is shown; the ending chooses the format.

    Raises:
        InputError: FS-002, the file cannot be written.
    """
    if target.suffix.lower() == ".csv":
        _write_table(shown, target)
    elif len(shown.evaluations) == 1:
        engine.write_report(shown.evaluations[0].result, target)
    else:
        first, second = (one.result for one in shown.evaluations)
        engine.write_comparison(first, second, target)


def write_picture(picture: QImage, target: Path) -> None:
    """Write a picture as PNG.

    Raises:
        InputError: FS-002, the file cannot be written.
    """
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    _save(bytes(buffer.data().data()), target)


def _write_table(shown: Shown, target: Path) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for evaluation in shown.evaluations:
        writer.writerows(_rows(evaluation))
    # A byte order mark: spreadsheets guess another encoding without it.
    _save(text.getvalue().encode("utf-8-sig", "replace"), target)


def _save(content: bytes, target: Path) -> None:
    try:
        with engine.atomic_write(target) as file:
            file.write(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            "FS-002", name=str(target), reason=reason, advice="Choose another place."
        ) from error


def _rows(evaluation: Evaluation) -> Iterator[tuple[object, ...]]:
    """Yield a row for all queries together, with an empty dish, and one for each dish."""
    result, kept = evaluation.result, evaluation.kept
    at = result["p_at"]
    yield (
        *(kept.model_name, kept.source, "", result["queries"], result["gallery"]),
        *(result["map"], result["map_expected_ties"], at["10"], at["1"], at["5"]),
        *(result["p_at_h2"], result["empty_balls"]),
    )
    for dish in result["per_label"]:
        yield (
            *(kept.model_name, kept.source, dish["label"], dish["queries"], dish["gallery"]),
            *(dish["ap"], dish["ap_expected_ties"], dish["p_at_10"], "", "", "", ""),
        )
