"""The dishes of a training and how many photos of each there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from foodsearch_gui.core import wording
from foodsearch_gui.models.record_table import Column, RecordTable

if TYPE_CHECKING:
    from engine import ClassCount


class ClassCountsModel(RecordTable["ClassCount"]):
    """One row a dish."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (
                Column(_tr("Dish"), _name, tool_tip=_name),
                Column(
                    _tr("Photos"),
                    lambda row: wording.count(row.photos),
                    sort_key=lambda row: row.photos,
                    is_number=True,
                ),
                Column(
                    _tr("To learn from"),
                    lambda row: wording.count(row.train),
                    sort_key=lambda row: row.train,
                    is_number=True,
                ),
                Column(
                    _tr("To measure with"),
                    lambda row: wording.count(row.held),
                    sort_key=lambda row: row.held,
                    tool_tip=lambda row: _tr("Never trained on: they show what was learned"),
                    is_number=True,
                ),
            ),
            key=lambda row: row.name,
            parent=parent,
        )


def _name(row: ClassCount) -> str:
    return wording.label(wording.path(row.name))


def _tr(text: str) -> str:
    return QCoreApplication.translate("ClassCountsModel", text)
