"""The installed models, with those that cannot be used and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QIcon

from foodsearch_gui.core import model_metrics, wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.core.model_metrics import PhotoSet
from foodsearch_gui.models.record_table import Column, RecordTable

if TYPE_CHECKING:
    from engine import Coverage, Message, ModelInfo


class Columns(IntEnum):
    """Places of the columns that others speak of."""

    METHOD = 2
    BACKBONE = 3
    SIZE = 4
    MAP = 5


@dataclass(frozen=True)
class Bundle:
    """A row: a usable model, or a file that is none.

    Attributes:
        path: The bundle's file or folder.
        model: None if the bundle is broken.
        trouble: Why it is broken, None for a usable model.
        method: The method's name in words.
        coverage: How much of the open library has codes of this model, None without a library.
        is_chosen: The model that answers searches now.
        is_building: Its index is being built while another model answers.
        photo_set: The photos on which the mAP of all rows was measured, None for none.
    """

    path: Path
    model: ModelInfo | None = None
    trouble: Message | None = None
    method: str = ""
    coverage: Coverage | None = None
    is_chosen: bool = False
    is_building: bool = False
    photo_set: PhotoSet | None = None

    @property
    def name(self) -> str:
        """The model's name, or a broken bundle's file name."""
        return self.model.name if self.model is not None else wording.path(self.path.name)


class BundlesModel(RecordTable[Bundle]):
    """One row a model, usable or not."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (
                Column(
                    _tr("Name"), lambda row: row.name, tool_tip=lambda row: wording.path(row.path)
                ),
                Column(_tr("Bits"), _bits, sort_key=_num_bits, is_number=True),
                Column(_tr("Method"), lambda row: row.method),
                Column(
                    _tr("Backbone"), lambda row: row.model.manifest.backbone if row.model else ""
                ),
                Column(_tr("Size"), _size, sort_key=_num_bytes, is_number=True),
                Column(_tr("mAP"), map_text, sort_key=_map, tool_tip=_map_hint, is_number=True),
                Column(_tr("Index"), index_text),
                Column(_tr("State"), state_text, tool_tip=_state_hint, icon=_state_icon),
            ),
            key=lambda row: str(row.path),
            parent=parent,
        )

    def set_records(self, records: Sequence[Bundle]) -> None:
        """Show these rows, and name the photos on which their mAP was measured."""
        super().set_records(records)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, Columns.MAP, Columns.MAP)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a column's title; that of the mAP says what it was measured on."""
        measured = self.records[0].photo_set if self.records else None
        if section != Columns.MAP or measured is None:
            return super().headerData(section, orientation, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return _tr("mAP on %1").replace("%1", measured.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            text = _tr("Measured on the photos %1: %2 searched for in %3; 1.000 is perfect")
            for number, fact in enumerate(measured, 1):
                text = text.replace(f"%{number}", fact)
            return text
        return super().headerData(section, orientation, role)


def list_bundles(
    models: Sequence[ModelInfo],
    broken: Sequence[tuple[Path, Message]],
    *,
    methods: Mapping[str, str],
    coverage: Mapping[str, Coverage],
    chosen: str | None,
    is_building: Callable[[ModelInfo], bool] = lambda model: False,
) -> list[Bundle]:
    """Return the rows: usable models first, as the store lists them.

    Args:
        models: Usable models.
        broken: Files that are none, with the reason.
        methods: Title of each method by name.
        coverage: Of the open library, by model key.
        chosen: Id of the model in use.
        is_building: Whether the photos are being encoded for a model.
    """
    photo_set = model_metrics.common_set(model.manifest.metrics for model in models)
    usable = [
        Bundle(
            path=model.path,
            model=model,
            method=methods.get(model.manifest.method, model.manifest.method),
            coverage=coverage.get(model.key),
            is_chosen=model.id == chosen,
            is_building=is_building(model),
            photo_set=photo_set,
        )
        for model in models
    ]
    return usable + [
        Bundle(path=path, trouble=trouble, photo_set=photo_set) for path, trouble in broken
    ]


def state_text(row: Bundle) -> str:
    """Return ``In use``, ``Ready`` or ``Not usable``; the reason is in the tool tip."""
    if row.model is None:
        return _tr("Not usable")
    return _tr("In use") if row.is_chosen else _tr("Ready")


def index_text(row: Bundle) -> str:
    """Return how much of the open library the model's index covers."""
    if row.model is None or row.coverage is None:
        return ""
    return _tr("being built") if row.is_building else coverage_text(row.coverage)


def coverage_text(coverage: Coverage) -> str:
    """Return ``none``, ``current`` or how many of a library's photos have codes."""
    if not coverage.total:
        return ""
    if not coverage.indexed:
        return _tr("none")
    if coverage.indexed >= coverage.total:
        return _tr("current")
    return wording.percent(coverage.indexed, coverage.total)


def map_text(row: Bundle) -> str:
    """Return the mAP on the photos of all rows, or a dash; others cannot stand beside it."""
    value = _map(row)
    if row.model is None:
        return ""
    return "–" if value < 0 else model_metrics.score_text(model_metrics.CODES, value)


def _map(row: Bundle) -> float:
    if row.model is None or row.photo_set is None:
        return -1.0
    return model_metrics.maps_by_set(row.model.manifest.metrics).get(row.photo_set, -1.0)


def _map_hint(row: Bundle) -> str | None:
    """Return where each mAP was measured: those of different photos cannot be compared."""
    if row.model is None:
        return None
    lines = [
        f"{model_metrics.score_text(model_metrics.CODES, value)}: {place}"
        for place, value in model_metrics.known_maps(row.model.manifest.metrics)
    ]
    if _map(row) < 0:
        hint = _tr("Not measured on the same photos as others; the page Evaluate can do that.")
        lines.append(hint)
    return "\n".join(lines)


def _bits(row: Bundle) -> str:
    return wording.count(row.model.num_bits) if row.model else ""


def _num_bits(row: Bundle) -> int:
    return row.model.num_bits if row.model else 0


def _size(row: Bundle) -> str:
    return wording.size(row.model.size) if row.model else ""


def _num_bytes(row: Bundle) -> int:
    return row.model.size if row.model else 0


def _state_hint(row: Bundle) -> str | None:
    if row.is_chosen:
        return _tr("Answers your searches; the command line uses it as well.")
    return str(row.trouble) if row.trouble else None


def _state_icon(row: Bundle) -> QIcon | None:
    if row.model is None:
        return icon("error")
    return icon("done") if row.is_chosen else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("BundlesModel", text)
