"""The left part of the status bar: the running job with its progress, or what the library holds."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from foodsearch_gui.core import job_texts
from foodsearch_gui.core.worker_thread import JobHandle
from foodsearch_gui.models.jobs import JobsModel

_BAR_WIDTH = 150
_HEIGHT = 32
_LEAST_LINE = 60


class _Elided(QLabel):
    """A line of text that ends with an ellipsis where the room ends."""

    def minimumSizeHint(self) -> QSize:
        """Return the least width: what comes first matters most."""
        return QSize(_LEAST_LINE, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what has room."""
        painter = QPainter(self)
        area = self.contentsRect()
        metrics = self.fontMetrics()
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        self.style().drawItemText(
            painter,
            area,
            self.alignment(),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )


class StatusLine(QWidget):
    """Follows the jobs.

    Signals:
        activity_wanted: The user wants to see all jobs.

    Args:
        jobs: The session's jobs.
        pause: What the pause button does.
        stop: What the stop button does.
    """

    activity_wanted = Signal()

    def __init__(
        self, jobs: JobsModel, pause: QAction, stop: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("status_line")
        self._jobs = jobs
        self._idle_text = ""
        self._announced = ("", -1)
        self._title = QLabel(self)
        self._title.setObjectName("job_title")
        self._line = _Elided(self)
        self._line.setObjectName("job_line")
        self._bar = QProgressBar(self)
        self._bar.setObjectName("job_bar")
        self._bar.setAccessibleName(self.tr("Progress of the running job"))
        self._bar.setToolTip(self.tr("Progress of the running job"))
        self._bar.setFixedWidth(_BAR_WIDTH)
        self._bar.setTextVisible(False)
        self._controls = [_button(pause, self), _button(stop, self)]
        self._more = QToolButton(self)
        self._more.setObjectName("more_jobs")
        self._more.setToolTip(self.tr("Show all jobs"))
        self._more.clicked.connect(self.activity_wanted)
        self._lay_out()
        jobs.activity_changed.connect(self.refresh)
        self.refresh()

    def set_idle_text(self, text: str) -> None:
        """Say this while nothing is running."""
        self._idle_text = text
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the job that is running now."""
        active = self._jobs.active()
        job = active[0] if active else None
        for widget in (self._line, self._bar, *self._controls):
            widget.setVisible(job is not None)
        self._more.setVisible(len(active) > 1)
        if job is None:
            self._title.setText(self._idle_text)
            return
        self._title.setText(job.title)
        self._line.setText(job_texts.state_line(job))
        self._line.setToolTip(self._line.text())
        self._more.setText(self.tr("+%n more", "", len(active) - 1))
        self._more.setAccessibleName(self.tr("%n more jobs", "", len(active) - 1))
        show_progress(self._bar, job)
        self._announce(job)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        self.setMinimumHeight(_HEIGHT)  # the page must not jump when a job begins
        row.setContentsMargins(12, 1, 6, 1)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._line)
        row.addSpacing(4)
        for button in self._controls:
            row.addWidget(button)
            row.setSpacing(4)
        row.addWidget(self._more)
        row.addStretch()

    def _announce(self, job: JobHandle) -> None:
        """Let screen readers speak a new job and each quarter of it, not every step."""
        progress = job.last_progress
        total = progress.total if progress else None
        quarter = 4 * progress.done // total if progress and total else 0
        if self._announced != (job.title, quarter):
            self._announced = (job.title, quarter)
            self.setAccessibleName(f"{job.title}, {job_texts.state_line(job)}")
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))


def show_progress(bar: QProgressBar, job: JobHandle) -> None:
    """Set a bar to a job's progress; it is busy while the total is unknown."""
    progress = job.last_progress
    total = progress.total if progress else None
    if job.state.is_final or total == 0:
        bar.setRange(0, 1)
        bar.setValue(1)
    elif total is None:
        bar.setRange(0, 0)
    else:
        # Qt's range is 32 bit and so might be too small for bytes; a thousandth is fine enough.
        bar.setRange(0, 1000)
        bar.setValue(1000 * (progress.done if progress else 0) // total)


def _button(action: QAction, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setObjectName(f"status_{action.objectName()}")
    button.setAccessibleName(action.text().replace("&", ""))
    return button
