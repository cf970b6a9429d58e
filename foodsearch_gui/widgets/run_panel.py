"""A training as it goes on: curves of validation and loss, how far it is, how it does, its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from engine import Message, Progress, SoFar
from foodsearch_gui.core import wording
from foodsearch_gui.core.run_record import NOTHING_YET, RunRecord
from foodsearch_gui.widgets.curve_plot import CurvePlot, Series
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.log_box import LogBox

_TICK_MS = 1000
_GAP = 12
_FACTS = 5  # lines beside the curves
_WIDE = 52  # in heights of a line of text: plots and facts beside each other
_MEDIUM = 32  # the two plots beside each other
_NO_CURVES = -1  # columns, where there are no plots


class RunPanel(QWidget):
    """Shows one run; knows nothing of jobs and buttons, which are the page's.

    Signals:
        options_changed: The user wants to see the curves in another way.

    Attributes:
        is_preparing: Whether no photo has been learned from since the run began or was taken up.
    """

    options_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record = RunRecord(0)
        self._doing = ""
        self.is_preparing = True
        self._columns = 0
        self.setAccessibleName(self.tr("Training"))
        self.name = _label("run-name")
        bold = self.name.font()
        bold.setWeight(QFont.Weight.DemiBold)
        self.name.setFont(bold)
        self.state = _label("run-state")
        self.state.setWordWrap(False)  # it is a few words, beside the name
        self.quality = CurvePlot(self)
        self.quality.setObjectName("run-quality")
        self.quality.set_captions(
            self.tr("Search quality"), self.tr("Epoch"), self.tr("mAP on the photos held back")
        )
        self.loss = CurvePlot(self)
        self.loss.setObjectName("run-loss")
        self.loss.set_captions(
            self.tr("Loss: what the training makes smaller"), self.tr("Epoch"), ""
        )
        self.facts = [_label(f"run-fact-{number}") for number in range(_FACTS)]
        self.epoch = _label("run-epoch")
        self.epoch.setFont(bold)
        self.bar = QProgressBar()
        self.bar.setObjectName("run-bar")
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the training"))
        self.bar.setToolTip(self.tr("How many of the epochs are done"))
        self.log = LogBox(self.tr("Log of the training"))
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._show_facts)
        self._lay_out()
        self._show_losses()
        self._show_quality()
        self._show_facts()

    def begin(
        self,
        name: str,
        epochs: int,
        history: Sequence[Mapping[str, Any]] = (),
        *,
        patience: int = 0,
        so_far: SoFar = NOTHING_YET,
    ) -> None:
        """Show another run.

        Args:
            name: Of the model it makes.
            epochs: How many it is to have; 0 for a method without epochs, which has no curves.
            history: Of the epochs done before, as in the run's log.
            patience: Validations without gain after which it ends by itself, 0 for never.
            so_far: What it came to before.
        """
        self._record = RunRecord(epochs, history, patience=patience, so_far=so_far)
        self._doing = ""
        self.is_preparing = True
        self.name.setText(name)
        self.state.clear()
        self.bar.setRange(0, 0)
        self.log.clear()
        for entry in history:
            self.log.add(self._epoch_line(entry))
        for widget in (self.quality, self.loss, *self._options):
            widget.setVisible(epochs > 0)
        self._columns = 0
        self._arrange()
        self.quality.set_level(None)
        self.quality.set_placeholder(self.tr("The first figure comes at the end of an epoch."))
        self.loss.set_placeholder(self.tr("The curves begin with the first photos."))
        self._record.watch.run(True)
        self._follow_watch()
        self._show_losses()
        self._show_quality()
        self._show_facts()

    @property
    def options(self) -> tuple[bool, ...]:
        """Whether the scale is logarithmic, only the recent part is seen, outliers are hidden."""
        return tuple(option.isChecked() for option in self._options)

    def set_options(self, values: Sequence[bool]) -> None:
        """Show the curves like this."""
        for option, is_on in zip(self._options, values, strict=True):
            option.setChecked(is_on)

    def take(self, progress: Progress) -> None:
        """Show a report of the job."""
        entry = self._record.take(progress)
        if entry is not None:
            self.log.add(self._epoch_line(entry))
            self._show_quality()
            if entry["val_map"] is None and not len(self._record.figures.xs):
                self.quality.set_placeholder(self.tr("No photos were searched in this epoch."))
        is_training = entry is not None or "training" in progress.details
        line = "" if is_training else wording.progress_line(progress)
        if not is_training and progress.stage not in self._doing:
            self.log.add(progress.stage)
        self._doing = line
        self.is_preparing = self.is_preparing and not is_training
        self.bar.setRange(0, progress.total or 0)
        self.bar.setValue(progress.done)
        if is_training:
            self._show_losses()
        self._show_facts()

    def set_level(self, figure: float, name: str) -> None:
        """Show beside the curve of the search quality what another model reaches."""
        text = f"“{name}” {wording.decimal(figure, 3)}"
        self.quality.set_level(figure, text)

    def take_warning(self, message: Message) -> None:
        """Note what the user should know though the training goes on."""
        self.log.add(f"{message.code}  {message}")

    def set_state(self, text: str, *, is_running: bool = True) -> None:
        """Say what the training does.

        Args:
            text: In words.
            is_running: Whether its time counts; not while it is held and after its end.
        """
        if text and text != self.state.text():
            self.log.add(text)
        self.state.setText(text)
        self._record.watch.run(is_running)
        if not is_running and not self.bar.maximum():  # nothing is on its way
            self.bar.setRange(0, max(1, self._record.epochs))
            self.bar.setValue(self._record.epoch)
        self._follow_watch()
        self._show_facts()

    def minimumSizeHint(self) -> QSize:
        """Return the size of one column: the parts go below each other where room is scarce."""
        width = max(self.quality.minimumSizeHint().width(), self.log.minimumSizeHint().width())
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put beside each other what has room."""
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the time be seen to pass."""
        super().showEvent(event)
        self._follow_watch()
        self._show_facts()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def _lay_out(self) -> None:
        head = FlowLayout(gap=10)
        head.addWidget(self.name)
        head.addWidget(self.state)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 4, 0, 4)
        side.setSpacing(6)
        for widget in (self.epoch, self.bar, *self.facts):
            side.addWidget(widget)
        side.addStretch()
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        loss = self.loss
        self._options = (
            self._check("run-log-scale", self.tr("L&og scale"), loss.set_log),
            self._check("run-recent", self.tr("Recent onl&y"), self._set_recent),
            self._check("run-outliers", self.tr("H&ide outliers"), loss.set_hide_outliers),
        )
        self._options[0].setToolTip(self.tr("Show equal ratios of the loss equally high"))
        self._options[1].setToolTip(self.tr("Show the last fifth of both curves"))
        self._options[2].setToolTip(self.tr("Let rare far values of the loss lie outside"))
        choices = FlowLayout(gap=16)
        for option in self._options:
            choices.addWidget(option)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addLayout(head)
        column.addLayout(self._grid, 1)
        column.addLayout(choices)
        column.addWidget(self.log)
        self._arrange()

    def _check(self, name: str, text: str, handler: Callable[[bool], None]) -> QCheckBox:
        box = QCheckBox(text)
        box.setObjectName(name)
        box.toggled.connect(handler)
        box.clicked.connect(self.options_changed)
        return box

    def _arrange(self) -> None:
        unit = self.fontMetrics().height()
        columns = 3 if self.width() >= _WIDE * unit else 2 if self.width() >= _MEDIUM * unit else 1
        if self.quality.isHidden():  # a method without epochs: what it does stands at the top
            columns = _NO_CURVES
        if columns == self._columns:
            return
        self._columns = columns
        for widget in (self.quality, self.loss, self._side):
            self._grid.removeWidget(widget)
        places = {
            3: ((0, 0, 1, 1), (0, 1, 1, 1), (0, 2, 1, 1)),
            2: ((0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 2)),
            1: ((0, 0, 1, 1), (1, 0, 1, 1), (2, 0, 1, 1)),
            _NO_CURVES: ((1, 0, 1, 1), (2, 0, 1, 1), (0, 0, 1, 1)),
        }[columns]
        for widget, place in zip((self.quality, self.loss, self._side), places, strict=True):
            self._grid.addWidget(widget, *place)
        for row in range(3):
            self._grid.setRowStretch(row, int(row < (2 if columns == 1 else 1)))
        for column, stretch in enumerate((2, 2 if columns > 1 else 0, 1 if columns > 2 else 0)):
            self._grid.setColumnStretch(column, stretch)

    def _follow_watch(self) -> None:
        if self._record.watch.is_running and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()

    @Slot(bool)
    def _set_recent(self, is_on: bool) -> None:
        self.quality.set_recent_only(is_on)
        self.loss.set_recent_only(is_on)

    def _show_losses(self) -> None:
        curves = [(name, curve) for name, curve in self._record.losses.items() if len(curve.xs)]
        if len(curves) == 2:  # a single term is the total
            curves = curves[:1]
        self.loss.set_series([Series(name, curve.xs, curve.ys) for name, curve in curves])

    def _show_quality(self) -> None:
        record = self._record
        self.quality.set_series([Series(self.tr("mAP"), record.figures.xs, record.figures.ys)])
        if record.best is None:
            self.quality.clear_mark()
            return
        text = self.tr("best %1 (epoch %2)").replace("%1", wording.decimal(record.best, 3))
        text = text.replace("%2", wording.count(record.best_epoch))
        self.quality.set_mark(record.best_epoch, record.best, text)

    @Slot()
    def _show_facts(self) -> None:
        record = self._record
        is_over = not record.watch.is_running and self.bar.value() >= self.bar.maximum()
        self.epoch.setText(self._epoch_place() if is_over else self._doing or self._epoch_place())
        lines = [self._time_line()]
        if record.best is not None and record.now is not None:
            now = wording.decimal(record.now, 3)
            lines.append(
                self.tr("Best %1 (epoch %2), now %3")
                .replace("%1", wording.decimal(record.best, 3))
                .replace("%2", wording.count(record.best_epoch))
                .replace("%3", now)
            )
            lines.append(self._gain_line())
        if record.rate and record.watch.is_running:
            lines.append(wording.speed(record.rate))
        if record.memory is not None and record.watch.is_running:
            lines.append(self.tr("%1 of memory used").replace("%1", wording.size(record.memory)))
        lines = [line for line in lines if line]
        for number, label in enumerate(self.facts):
            label.setVisible(number < len(lines))
            label.setText(lines[number] if number < len(lines) else "")

    def _epoch_place(self) -> str:
        record = self._record
        if not record.place:
            return self.tr("Preparing") if record.watch.is_running else ""
        return (
            self.tr("Epoch %1 of %2")
            .replace("%1", wording.count(record.epoch))
            .replace("%2", wording.count(record.epochs))
        )

    def _time_line(self) -> str:
        watch, left = self._record.watch, self._record.seconds_left
        if not watch.seconds:
            return ""
        passed = wording.stopwatch(watch.seconds)
        if not watch.is_running:
            return self.tr("Trained for %1").replace("%1", passed)
        passed = self.tr("%1 so far").replace("%1", passed)
        if left is None:
            return passed
        return self.tr("%1, %2 left").replace("%1", passed).replace("%2", wording.duration(left))

    def _gain_line(self) -> str:
        record = self._record
        if not record.without_gain:
            return self.tr("The last epoch was the best so far.")
        if not record.patience:
            return self.tr("No gain for %1").replace("%1", wording.epochs(record.without_gain))
        return (
            self.tr("No gain for %1 of %2")
            .replace("%1", wording.count(record.without_gain))
            .replace("%2", wording.epochs(record.patience))
        )

    def _epoch_line(self, entry: Mapping[str, Any]) -> str:
        total = entry["losses"].get("total")
        parts = [self.tr("Epoch %1").replace("%1", wording.count(entry["epoch"]))]
        if total is not None:
            parts.append(self.tr("loss %1").replace("%1", wording.figure(total)))
        if entry["val_map"] is not None:
            parts.append(self.tr("mAP %1").replace("%1", wording.decimal(entry["val_map"], 3)))
        parts.append(self.tr("learning rate %1").replace("%1", wording.figure(entry["lr"])))
        return ", ".join(parts)


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
