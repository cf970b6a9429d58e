"""The Activity page: every long job of this session, what is running on top."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.worker_thread import JobHandle
from foodsearch_gui.dialogs.error_dialog import show_failure
from foodsearch_gui.models.jobs import JobRole
from foodsearch_gui.pages.page import Page
from foodsearch_gui.widgets.empty_state import EmptyState
from foodsearch_gui.widgets.job_row import JobRow


class ActivityPage(Page):
    """A column of job cards, newest first."""

    def __init__(
        self, session: Session, actions: ActionRegistry, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        self.setObjectName("activity_page")
        self._empty = EmptyState(
            "activity",
            self.tr("Nothing is running."),
            self.tr("Scanning, indexing and other long work is listed here while it runs."),
            parent=self,
        )
        self.clear_button = QPushButton(self.tr("&Clear finished"), self)
        self.clear_button.setObjectName("clear_finished")
        self.clear_button.setAccessibleName(self.tr("Clear finished jobs"))
        self.clear_button.setToolTip(self.tr("Take the jobs that are over off this list"))
        self.clear_button.clicked.connect(session.jobs.clear_finished)
        self._rows = QVBoxLayout()
        self._lay_out()
        model = session.jobs
        model.rowsInserted.connect(self._insert)
        model.rowsRemoved.connect(self._remove)
        model.modelReset.connect(self._rebuild)
        model.activity_changed.connect(self._refresh)
        self._rebuild()

    def rows(self) -> list[JobRow]:
        """Return the cards, newest first."""
        items = map(self._rows.itemAt, range(self._rows.count()))
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if isinstance(widget, JobRow)]

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Jobs of this session"), self)
        title.setObjectName("page_title")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self.clear_button)
        self._rows.setSpacing(8)
        content = QWidget(self)
        content.setObjectName("scroll_content")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 6, 0)
        column.addLayout(self._rows)
        column.addStretch()
        area = QScrollArea(self)
        area.setObjectName("job_list")
        area.setAccessibleName(self.tr("Jobs"))
        area.setToolTip(self.tr("Jobs, newest first"))
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(area)
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 16, 14, 12)
        page.setSpacing(12)
        page.addLayout(head)
        page.addLayout(self._stack, 1)

    @Slot(QModelIndex, int, int)
    def _insert(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(first, last + 1):
            index = self.session.jobs.index(row)
            started = index.data(JobRole.STARTED)
            card = JobRow(index.data(JobRole.HANDLE), f"{started:%H:%M}", self)
            card.details_wanted.connect(partial(_show_details, self))
            self._rows.insertWidget(row, card)
        self._refresh()

    @Slot(QModelIndex, int, int)
    def _remove(self, _parent: QModelIndex, first: int, last: int) -> None:
        for card in self.rows()[first : last + 1]:
            self._rows.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._refresh()

    @Slot()
    def _rebuild(self) -> None:
        if self._rows.count():
            self._remove(QModelIndex(), 0, self._rows.count() - 1)
        if count := self.session.jobs.rowCount():
            self._insert(QModelIndex(), 0, count - 1)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        self._stack.setCurrentIndex(1 if self._rows.count() else 0)
        self.clear_button.setVisible(any(card.job.state.is_final for card in self.rows()))


def _show_details(page: ActivityPage, job: JobHandle) -> None:
    assert job.error is not None
    show_failure(job.title, job.error, job.traceback, page.window())
