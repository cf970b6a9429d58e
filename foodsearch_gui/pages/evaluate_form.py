"""What to measure: one model or two, on which photos, over which list length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core import wording
from foodsearch_gui.core.evaluations import Request, TaskKind
from foodsearch_gui.core.icons import icon
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.elided_box import ElidedBox

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from engine import ModelInfo, Progress
    from foodsearch_gui.core.settings import Settings

_KINDS: tuple[TaskKind, ...] = ("folder", "splits", "judgements")
_LENGTHS = (None, 5000, 1000, 100, 50)


class EvaluateForm(QWidget):
    """The form above the results, with the progress of a run.

    Signals:
        changed: Anything was chosen.
        browse_wanted: The user wants to choose the file or folder in a dialog.

    Args:
        run: Starts a run.
        stop: Ends it.
    """

    changed = Signal()
    browse_wanted = Signal()

    def __init__(self, run: QAction, stop: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate-form")
        self._models: tuple[ModelInfo, ...] = ()
        self._places: dict[TaskKind, str] = dict.fromkeys(_KINDS, "")
        self._recalled = ""  # id of the second model, until there are models
        self.model = _box("evaluate-model", self.tr("The model to measure"))
        self.second = _box("evaluate-second", self.tr("A second model to compare it with"))
        self.kind = _box("evaluate-kind", self.tr("Whose dishes or matches are known"))
        self.length = _box(
            "evaluate-length", self.tr("How many results count for the mean average precision")
        )
        self.place = QLineEdit()
        self.place.setObjectName("evaluate-place")
        self.browse = QPushButton(icon("folder"), self.tr("Ch&oose…"))
        self.browse.setObjectName("evaluate-browse")
        self.browse.setToolTip(self.tr("Choose the folder or the file"))
        self.hint = QLabel()
        self.hint.setObjectName("evaluate-hint")
        self.hint.setWordWrap(True)
        self.hint.setProperty("isHint", True)
        self.progress = QProgressBar()
        self.progress.setObjectName("evaluate-progress")
        self.progress.setAccessibleName(self.tr("Progress of the evaluation"))
        self.progress.setTextVisible(False)
        self.state = QLabel()
        self.state.setObjectName("evaluate-state")
        self.state.setWordWrap(True)
        self._fill()
        self._lay_out(run, stop)
        self._connect()
        self._show_kind()
        self.set_running(False)

    def set_models(self, models: Sequence[ModelInfo], chosen: str | None) -> None:
        """Offer these models; what was chosen stays, else the model in use is."""
        before, second = self.model.currentData(), self.second.currentData() or self._recalled
        self._recalled = ""
        self._models = tuple(models)
        self.model.clear()
        self.second.clear()
        self.second.addItem(self.tr("None"), None)
        for model in models:
            bits = self.tr("%1 bits").replace("%1", str(model.num_bits))
            for box in (self.model, self.second):
                box.addItem(f"{model.name} · {bits}", model.id)
        _choose(self.model, before if self.model.findData(before) >= 0 else chosen)
        _choose(self.second, second)
        self.changed.emit()

    def request(self) -> Request | None:
        """Return what is to be measured, None while something is missing."""
        by_id = {model.id: model for model in self._models}
        wanted = dict.fromkeys((self.model.currentData(), self.second.currentData()))
        models = tuple(by_id[name] for name in wanted if name in by_id)
        kind, place = self._kind, self._places[self._kind].strip()
        if not models or (kind != "judgements" and not place):
            return None
        source = Path(place).expanduser() if kind != "judgements" else None
        return Request(models, kind, source, self.length.currentData())

    def recall(self, settings: Settings) -> None:
        """Show what was measured the last time; the model is always the one in use."""
        self._places |= {"folder": settings.evaluate_folder, "splits": settings.evaluate_splits}
        self._recalled = settings.evaluate_second
        kinds = [kind for kind in _KINDS if kind == settings.evaluate_kind]
        self.kind.setCurrentIndex(_KINDS.index(kinds[0]) if kinds else 0)
        self.length.setCurrentIndex(max(0, self.length.findData(settings.evaluate_length or None)))
        self._show_kind()

    def remembered(self) -> dict[str, str | int]:
        """Return what to keep in the settings, by their names."""
        return {
            "evaluate_kind": self._kind,
            "evaluate_folder": self._places["folder"],
            "evaluate_splits": self._places["splits"],
            "evaluate_second": self.second.currentData() or "",
            "evaluate_length": self.length.currentData() or 0,
        }

    def set_place(self, place: Path) -> None:
        """Take the folder or file that was chosen in a dialog."""
        kind: TaskKind = "folder" if place.is_dir() else "splits"
        self._places[kind] = str(place)
        self.kind.setCurrentIndex(_KINDS.index(kind))
        self._show_kind()
        self.changed.emit()

    @property
    def wants_folder(self) -> bool:
        """Whether a folder, not a file, is to be chosen."""
        return self._kind == "folder"

    def set_running(self, is_running: bool) -> None:
        """Show the progress, or the hint."""
        self.progress.setVisible(is_running)
        self.state.setVisible(is_running)
        for widget in (self.hint, self._length_label, self.length):
            widget.setVisible(not is_running)
        if is_running:
            self.progress.setRange(0, 0)
            self.state.setText(self.tr("Waiting for its turn…"))

    def show_progress(self, progress: Progress, text: str = "") -> None:
        """Show how far the run is."""
        self.progress.setRange(0, progress.total or 0)
        self.progress.setValue(progress.done)
        self.state.setText(text or wording.progress_line(progress))

    @property
    def _kind(self) -> TaskKind:
        return _KINDS[max(0, self.kind.currentIndex())]

    def _fill(self) -> None:
        for text in (
            self.tr("Labelled folder"),
            self.tr("File of splits"),
            self.tr("My judgements"),
        ):
            self.kind.addItem(text)
        for length in _LENGTHS:
            if length is None:
                text = self.tr("All photos")
            else:
                text = self.tr("The first %1").replace("%1", wording.count(length))
            self.length.addItem(text, length)

    def _lay_out(self, run: QAction, stop: QAction) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        self._add(grid, 0, 0, self.tr("&Model"), self.model)
        self._add(grid, 0, 2, self.tr("&Compare with"), self.second)
        self._add(grid, 1, 0, self.tr("Measure o&n"), self.kind)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.place, 1)
        place.addWidget(self.browse)
        grid.addLayout(place, 1, 2, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(ActionButton(run))
        below.addWidget(ActionButton(stop))
        below.addWidget(self.hint, 1)
        below.addWidget(self.progress)
        below.addWidget(self.state, 1)
        self._length_label = QLabel(self.tr("mAP &over"))
        self._name(self._length_label, self.length)
        below.addWidget(self._length_label)
        below.addWidget(self.length)
        self.progress.setFixedWidth(140)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addLayout(below)

    def _add(self, grid: QGridLayout, row: int, column: int, caption: str, box: QComboBox) -> None:
        label = QLabel(caption)
        self._name(label, box)
        grid.addWidget(label, row, column)
        grid.addWidget(box, row, column + 1)

    def _name(self, label: QLabel, box: QComboBox) -> None:
        """Let a label name a box, for the keyboard and for screen readers."""
        label.setBuddy(box)
        box.setAccessibleName(label.text().replace("&", ""))

    def _connect(self) -> None:
        self.kind.activated.connect(self._take_kind)
        self.place.textEdited.connect(self._take_place)
        self.browse.clicked.connect(self.browse_wanted)
        for box in (self.model, self.second, self.length):
            box.activated.connect(self.changed)

    @Slot()
    def _take_kind(self) -> None:
        self._show_kind()
        self.changed.emit()

    @Slot(str)
    def _take_place(self, text: str) -> None:
        self._places[self._kind] = text
        self.changed.emit()

    def _show_kind(self) -> None:
        kind = self._kind
        hints = {
            "folder": self.tr(
                "A sub-folder for each dish. A fifth of its photos is searched for in the rest."
            ),
            "splits": self.tr("A CSV file with the columns path, label and split."),
            "judgements": self.tr(
                "The marks “Good match” and “Not a match” that you gave in the open library."
            ),
        }
        names = {
            "folder": self.tr("Folder of labelled photos"),
            "splits": self.tr("File of splits"),
            "judgements": self.tr("Not needed for judgements"),
        }
        self.hint.setText(hints[kind])
        self.place.setText(self._places[kind])
        self.place.setPlaceholderText(names[kind])
        self.place.setAccessibleName(names[kind])
        self.place.setToolTip(hints[kind])
        self.place.setEnabled(kind != "judgements")
        self.browse.setEnabled(kind != "judgements")


def _box(name: str, tip: str) -> QComboBox:
    box = ElidedBox()
    box.setObjectName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    return box


def _choose(box: QComboBox, data: str | None) -> None:
    box.setCurrentIndex(max(0, box.findData(data)))
