"""The files that could not be used, and what can be done about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.models.problems import ProblemsModel
from foodsearch_gui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from engine import Problem

_REASON_COLUMN = 1
_NO_PERMISSION = "FS-203"


class ProblemsView(QWidget):
    """Table, details of the selected file, and buttons.

    Without a selection Retry and Ignore mean the whole list; their captions say so.

    Signals:
        retry_requested (list[int]): Read these files again, by problem id.
        ignore_requested (list[int], bool): Ignore these, or do not ignore them any more.
        show_requested (Path): Show this file in its folder.
        skip_requested (Path): Leave this folder out of the library.
        export_requested: Save the list.
    """

    retry_requested = Signal(object)
    ignore_requested = Signal(object, bool)
    show_requested = Signal(object)
    skip_requested = Signal(object)
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problems: tuple[Problem, ...] = ()
        self.model = ProblemsModel(self)
        self.table = RecordView(
            self.model, self.tr("Problems"), stretch=_REASON_COLUMN, is_multiple=True
        )
        self.table.setObjectName("problems-table")
        self.summary = QLabel()
        self.details = QLabel()
        for label, name in ((self.summary, "summary"), (self.details, "details")):
            label.setObjectName(f"problems-{name}")
            label.setWordWrap(True)
        self.show_ignored = QCheckBox(self.tr("Show i&gnored files"))
        self.show_ignored.setObjectName("problems-ignored")
        self.retry = self._button("problems-retry", "rescan")
        self.show_file = self._button("problems-show", "folder")
        self.ignore = self._button("problems-ignore", "hide")
        self.skip = self._button("problems-skip", "folder")
        self.export = self._button("problems-export", "export")
        self.show_file.setText(self.tr("Show in fol&der"))
        self.skip.setText(self.tr("S&kip this folder"))
        self.export.setText(self.tr("E&xport list…"))
        for button, tip in (
            (self.retry, self.tr("Read the selected files again, or all of them")),
            (self.show_file, self.tr("Open the folder of the selected file")),
            (self.ignore, self.tr("Leave the selected files, or all, out of this list")),
            (self.skip, self.tr("Leave this folder out of the library from now on")),
            (self.export, self.tr("Save this list as a table for a spreadsheet")),
            (self.show_ignored, self.tr("List the files you chose to ignore as well")),
            (self.table, self.tr("Files that could not be read")),
        ):
            button.setToolTip(tip)
        self._arrange()
        self.show_ignored.toggled.connect(self._show)
        self.table.selection_changed.connect(self._update_buttons)
        self.retry.clicked.connect(self._retry)
        self.show_file.clicked.connect(self._show_file)
        self.table.doubleClicked.connect(self._show_file)
        self.ignore.clicked.connect(self._ignore)
        self.skip.clicked.connect(self._skip)
        self.export.clicked.connect(self.export_requested)
        self._show()

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Show these, the ignored ones only if the user wants to see them."""
        self._problems = tuple(problems)
        self._show()

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.show_ignored)
        buttons = QHBoxLayout()
        for button in (self.retry, self.show_file, self.ignore, self.skip):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.details)
        layout.addLayout(buttons)

    @Slot()
    def _show(self) -> None:
        ignored = sum(problem.ignored for problem in self._problems)
        self.show_ignored.setVisible(ignored > 0)
        is_shown = self.show_ignored.isChecked()
        self.model.set_records([p for p in self._problems if is_shown or not p.ignored])
        self.summary.setText(self._summary(len(self._problems) - ignored, ignored))
        self._update_buttons()

    def _summary(self, open_problems: int, ignored: int) -> str:
        if open_problems:
            text = self.tr("%1: these files could not be read. All others can be searched.")
            return text.replace("%1", wording.problems(open_problems))
        if ignored:
            text = self.tr("No open problems. Ignored files: %1")
            return text.replace("%1", wording.count(ignored))
        return self.tr("No problems: every photo could be read.")

    @Slot()
    def _update_buttons(self) -> None:
        selected = self.table.selected()
        listed = self.model.records
        self.retry.setText(self.tr("Re&try") if selected else self.tr("Re&try all"))
        is_back = bool(selected) and all(problem.ignored for problem in selected)
        self.ignore.setText(
            self.tr("Stop &ignoring")
            if is_back
            else (self.tr("&Ignore") if selected else self.tr("&Ignore all"))
        )
        for button in (self.retry, self.ignore, self.export):
            button.setEnabled(bool(listed))
        self.show_file.setEnabled(len(selected) == 1)
        self.skip.setVisible(len(selected) == 1 and selected[0].code == _NO_PERMISSION)
        self.details.setText(self._details(selected))

    def _details(self, selected: Sequence[Problem]) -> str:
        if len(selected) != 1:
            return ""
        problem = selected[0]
        where = wording.path(problem.path)
        return f"{where}\n{problem.cause} {problem.advice} ({problem.code})"

    def _chosen(self) -> list[Problem]:
        return self.table.selected() or list(self.model.records)

    @Slot()
    def _retry(self) -> None:
        self.retry_requested.emit([problem.id for problem in self._chosen()])

    @Slot()
    def _ignore(self) -> None:
        chosen = self._chosen()
        is_back = all(problem.ignored for problem in chosen)
        self.ignore_requested.emit([problem.id for problem in chosen], not is_back)

    @Slot()
    def _skip(self) -> None:
        self.skip_requested.emit(self.table.selected()[0].path)

    @Slot()
    def _show_file(self) -> None:
        selected = self.table.selected()
        if len(selected) == 1:
            self.show_requested.emit(selected[0].path)

    def _button(self, name: str, icon_name: str) -> QPushButton:
        button = QPushButton(icon(icon_name), "", self)
        button.setObjectName(name)
        return button
