"""How much of the library can be searched with the chosen model, and the work that changes it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from foodsearch_gui.core import job_texts, wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.core.worker_thread import JobHandle, JobState
from foodsearch_gui.widgets.section import Section
from foodsearch_gui.widgets.status_line import show_progress

_MARGINS = (14, 12, 14, 12)


@dataclass(frozen=True)
class IndexStatus:
    """What the box tells while nothing runs.

    Attributes:
        model: Name of the chosen model, empty without one.
        indexed: Photos with a code of this model.
        total: Photos in the library.
        can_build: Whether codes may be added to the library.
    """

    model: str = ""
    indexed: int = 0
    total: int = 0
    can_build: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether every photo has a code."""
        return self.indexed >= self.total


class IndexBox(Section):
    """Coverage in words and as a bar; during a scan or a build the progress, Pause and Stop.

    Signals:
        build_requested: The user wants the missing codes.
    """

    build_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Index"), parent)
        self._status = IndexStatus()
        self._job: JobHandle | None = None
        self.line = QLabel()
        self.line.setObjectName("index-line")
        self.line.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setObjectName("index-bar")
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the index"))
        self.build = self._button("index-build", self.tr("&Build index"), "index")
        self.pause = self._button("index-pause", self.tr("Pa&use"), "pause")
        self.stop = self._button("index-stop", self.tr("Sto&p"), "stop")
        self.bar.setToolTip(self.tr("How many photos can be searched, or how far the work is"))
        self.build.setToolTip(self.tr("Compute the codes of photos that have none yet"))
        self.pause.setToolTip(self.tr("Hold the work, or let it go on"))
        self.stop.setToolTip(self.tr("Stop; what was done so far is kept"))
        self.build.clicked.connect(self.build_requested)
        self.pause.clicked.connect(self._toggle_pause)
        self.stop.clicked.connect(self._stop)
        buttons = QHBoxLayout()
        for button in (self.build, self.pause, self.stop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.column.addWidget(self.line)
        self.column.addWidget(self.bar)
        self.column.addLayout(buttons)
        self.column.setContentsMargins(*_MARGINS)
        self._show()

    def set_status(self, status: IndexStatus) -> None:
        """Tell how things are; shown as soon as no job runs."""
        self._status = status
        self._show()

    def watch(self, job: JobHandle | None) -> None:
        """Follow a scan or a build until it is over."""
        if job is self._job:
            return
        self._job = job
        if job is not None:
            job.progressed.connect(self._show)
            job.state_changed.connect(self._show)
        self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)

    @Slot()
    def _show(self) -> None:
        job = self._job if self._job is not None and not self._job.state.is_final else None
        self.set_title(self._heading())
        self.build.setVisible(job is None)
        self.pause.setVisible(job is not None)
        self.stop.setVisible(job is not None)
        if job is None:
            self._show_status()
        else:
            self._show_job(job)

    def _heading(self) -> str:
        model = self._status.model
        return self.tr("Index for %1").replace("%1", model) if model else self.tr("Index")

    def _show_status(self) -> None:
        status = self._status
        self.line.setText(self._status_text(status))
        self.bar.setVisible(0 < status.indexed < status.total)
        self.bar.setMaximum(max(1, status.total))
        self.bar.setValue(status.indexed)
        is_update = status.indexed > 0
        self.build.setText(self.tr("&Update index") if is_update else self.tr("&Build index"))
        self.build.setEnabled(bool(status.model) and status.can_build and not status.is_complete)

    def _status_text(self, status: IndexStatus) -> str:
        if not status.model:
            return self.tr("Choose a model on the page Models first.")
        if not status.total:
            return self.tr("There are no photos to index yet.")
        if status.is_complete:
            return self.tr("100 % of photos: %1 can be searched.").replace(
                "%1", wording.photos(status.total)
            )
        if not status.indexed:
            return self.tr("No index yet: none of %1 can be searched with this model.").replace(
                "%1", wording.photos(status.total)
            )
        return (
            self.tr("%1 of photos. %2 cannot be searched yet.")
            .replace("%1", wording.percent(status.indexed, status.total))
            .replace("%2", wording.photos(status.total - status.indexed))
        )

    def _show_job(self, job: JobHandle) -> None:
        is_paused = job.state is JobState.PAUSED
        is_stopping = job.state is JobState.STOPPING
        self.line.setText(job_texts.state_line(job))
        self.bar.setVisible(True)
        show_progress(self.bar, job)
        self.pause.setText(self.tr("Res&ume") if is_paused else self.tr("Pa&use"))
        self.pause.setIcon(icon("resume" if is_paused else "pause"))
        self.pause.setEnabled(not is_stopping)
        self.stop.setEnabled(not is_stopping)

    @Slot()
    def _toggle_pause(self) -> None:
        if self._job is None:
            return
        if self._job.state is JobState.PAUSED:
            self._job.resume()
        else:
            self._job.pause()

    @Slot()
    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _button(self, name: str, text: str, icon_name: str) -> QPushButton:
        button = QPushButton(icon(icon_name), text, self)
        button.setObjectName(name)
        return button
