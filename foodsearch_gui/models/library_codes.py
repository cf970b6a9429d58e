"""How far each library on this computer is indexed with one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QIcon

from foodsearch_gui.core import wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.models.bundles import coverage_text
from foodsearch_gui.models.record_table import Column, RecordTable

if TYPE_CHECKING:
    from engine import Coverage, Message


@dataclass(frozen=True)
class LibraryRow:
    """A library and one model.

    Attributes:
        name: Of the library.
        coverage: Photos with a code of the model, of how many.
        is_open: Whether it is the library of this window.
        trouble: Why nothing is known of it, or None.
    """

    name: str
    coverage: Coverage
    is_open: bool = False
    trouble: Message | None = None


class LibraryCodesModel(RecordTable[LibraryRow]):
    """One row a library."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (
                Column(_tr("Library"), _name, sort_key=lambda row: row.name.casefold()),
                Column(
                    _tr("Photos"),
                    lambda row: "" if row.trouble else wording.count(row.coverage.total),
                    sort_key=lambda row: row.coverage.total,
                    is_number=True,
                ),
                Column(
                    _tr("With codes"),
                    lambda row: "" if row.trouble else wording.count(row.coverage.indexed),
                    sort_key=lambda row: row.coverage.indexed,
                    is_number=True,
                ),
                Column(_tr("Index"), _state, tool_tip=_trouble, icon=_sign),
            ),
            key=lambda row: row.name,
            parent=parent,
        )


def _name(row: LibraryRow) -> str:
    return _tr("%1 (open)").replace("%1", row.name) if row.is_open else row.name


def _state(row: LibraryRow) -> str:
    if row.trouble is not None:
        return _tr("cannot be read")
    return coverage_text(row.coverage) or _tr("no photos")


def _trouble(row: LibraryRow) -> str | None:
    return str(row.trouble) if row.trouble else None


def _sign(row: LibraryRow) -> QIcon | None:
    if row.trouble is not None:
        return icon("warning")
    is_current = row.coverage.total and row.coverage.indexed >= row.coverage.total
    return icon("done") if is_current else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("LibraryCodesModel", text)
