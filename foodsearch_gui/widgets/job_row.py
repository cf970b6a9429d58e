"""One job on the Activity page: what it does, how far it is, buttons to hold or stop it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core import job_texts
from foodsearch_gui.core.icons import icon, icon_pixmap
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.core.worker_thread import JobHandle, JobState
from foodsearch_gui.widgets.status_line import show_progress

_ICON = 22


class JobRow(QWidget):
    """A card that follows its job.

    Signals:
        details_wanted (JobHandle): The user wants to know why the job failed.

    Args:
        job: What to show.
        started: When it was asked for, as text.
    """

    details_wanted = Signal(object)

    def __init__(self, job: JobHandle, started: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job = job
        self.setObjectName("job_row")
        self._icon = QLabel(self)
        self._title = QLabel(job.title, self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._started = QLabel(started, self)
        self._line = QLabel(self)
        self._line.setTextFormat(Qt.TextFormat.PlainText)
        self._line.setWordWrap(True)
        for label in (self._started, self._line):
            label.setProperty("isHint", True)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName(self.tr("Progress of: %1").replace("%1", job.title))
        self._bar.setToolTip(job.title)
        self._bar.setTextVisible(False)
        self.pause_button = self._make_button("pause", self._toggle_pause)
        self.stop_button = self._make_button("stop", job.cancel)
        self.stop_button.setText(self.tr("Stop"))
        self.details_button = self._make_button("info", self._want_details)
        self.details_button.setText(self.tr("Details…"))
        self._lay_out()
        job.state_changed.connect(self.refresh)
        job.progressed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the job's state."""
        job = self.job
        self._line.setText(job_texts.state_line(job))
        self._bar.setVisible(not job.state.is_final and job.state is not JobState.QUEUED)
        show_progress(self._bar, job)
        is_held = job.state is JobState.PAUSED
        self.pause_button.setText(self.tr("Resume") if is_held else self.tr("Pause"))
        self.pause_button.setIcon(icon("resume" if is_held else "pause"))
        self.pause_button.setVisible(not job.state.is_final)
        self.pause_button.setEnabled(job.state is not JobState.STOPPING)
        self.stop_button.setVisible(not job.state.is_final)
        self.stop_button.setEnabled(job.state is not JobState.STOPPING)
        self.details_button.setVisible(job.state is JobState.FAILED)
        for button in (self.pause_button, self.stop_button, self.details_button):
            button.setAccessibleName(f"{button.text()}: {job.title}")
            button.setToolTip(f"{button.text()}: {job.title}")
        self.setAccessibleName(f"{job.title}, {self._line.text()}")
        self._paint_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)

    @Slot()
    def _toggle_pause(self) -> None:
        if self.job.state is JobState.PAUSED:
            self.job.resume()
        else:
            self.job.pause()

    @Slot()
    def _want_details(self) -> None:
        self.details_wanted.emit(self.job)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._title)
        head.addWidget(self._started, 1)
        text = QVBoxLayout()
        text.setSpacing(5)
        text.addLayout(head)
        text.addWidget(self._line)
        text.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        for button in (self.pause_button, self.stop_button, self.details_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def _make_button(self, icon_name: str, handler: object) -> QPushButton:
        button = QPushButton(icon(icon_name), "", self)
        button.setObjectName(f"job_{icon_name}")
        button.clicked.connect(handler)
        return button

    def _paint_icon(self) -> None:
        colours = colours_for(self.palette())
        name = job_texts.state_icon(self.job.state)
        colour = job_texts.state_colour(self.job.state, colours)
        self._icon.setPixmap(icon_pixmap(name, _ICON, colour, self.devicePixelRatioF()))
