"""The Train page from the start of a training on: curves, buttons, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine import Comparison, EngineError, Progress
from foodsearch_gui.core.icons import icon
from foodsearch_gui.core.model_switch import ModelSwitch
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.training_choices import label_needs
from foodsearch_gui.core.training_jobs import RunState
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.core.trainings import Trainings
from foodsearch_gui.pages.train_outcome import (
    Verdict,
    is_comparing,
    outcome,
    stage_text,
    verdict,
    verdict_hint,
)
from foodsearch_gui.widgets.comparison_gallery import ComparisonGallery
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.main_button import set_main
from foodsearch_gui.widgets.run_panel import RunPanel

_OPTIONS = ("curves_log_scale", "curves_recent_only", "curves_hide_outliers")  # as in RunPanel
_AT_WORK = (Stage.RUNNING, Stage.PAUSED)


class RunView(QWidget):
    """Follows the training in front.

    Signals:
        discard_wanted: The user wants to throw the training away; ask.
        new_wanted: The user wants to prepare another training.
        photo_wanted (Path): The user wants to see a photo large.

    Args:
        session: Whose training it is.
        switch: Puts the new model to use.
    """

    discard_wanted = Signal()
    new_wanted = Signal()
    photo_wanted = Signal(object)

    def __init__(
        self, session: Session, switch: ModelSwitch, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("train-run")
        self._session = session
        self._switch = switch
        self.trainings: Trainings = session.trainings
        self._told: EngineError | None = None  # what the log says last of failures
        self.panel = RunPanel()
        self.gallery = ComparisonGallery(session.thumbs)
        self.result = QLabel()
        self.result.setObjectName("train-result")
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.PlainText)
        self._make_buttons()
        self._lay_out()
        kept = session.settings.value
        self.panel.set_options([getattr(kept, name) for name in _OPTIONS])
        self.panel.options_changed.connect(self._keep_options)
        trainings = self.trainings
        trainings.began.connect(self._begin)
        trainings.changed.connect(self.refresh)
        trainings.progressed.connect(self._take)
        trainings.warned.connect(self.panel.take_warning)
        self.gallery.photo_activated.connect(self.photo_wanted)
        trainings.compared.connect(self._show_comparison)
        for signal in (session.model_changed, session.index_changed, switch.changed):
            signal.connect(self.refresh)
        session.jobs.activity_changed.connect(self._show_result)  # also if nothing is compared
        if trainings.state is not None:  # a banner brought it to the front before
            self._begin(trainings.state)
        if trainings.comparison is not None:
            self._show_comparison(trainings.comparison)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the stage of the training and what can be done in it."""
        had_focus = self.window().focusWidget() in (self, *self._buttons)
        trainings, stage = self.trainings, self.trainings.stage
        is_running = stage in (Stage.RUNNING, Stage.STOPPING)
        self.panel.set_state(self._stage_text(), is_running=is_running)
        if stage is Stage.FAILED and trainings.error is not self._told:
            self._told = trainings.error
            if self._told is not None:  # the banner has the buttons, the log keeps the words
                self.panel.take_warning(self._told.message)
        self._show_pause(stage)
        is_at_rest = not stage.is_busy
        is_open = stage in (Stage.INTERRUPTED, Stage.FAILED) and self._has_run
        shown = {
            self.pause: stage.is_busy,
            self.stop: stage.is_busy,
            self.resume: is_open,
            self.keep: is_open and trainings.has_best,
            self.discard: stage.is_busy or is_open,
            self.use: stage is Stage.FINISHED and trainings.model is not None,
            self.rebuild: stage is Stage.FINISHED and trainings.model is not None,
            self.new: is_at_rest,
        }
        for button, is_shown in shown.items():
            button.setVisible(is_shown)
        self.pause.setEnabled(stage in _AT_WORK)
        self.stop.setEnabled(stage in _AT_WORK and trainings.has_best)
        self.stop.setToolTip(
            self.tr("Ends the training after this batch and installs the best model so far")
            if trainings.has_best
            else self.tr("There is something to keep once the first epoch is done")
        )
        self.discard.setEnabled(stage in _AT_WORK or is_open)
        self._show_use()
        self._show_result()
        if had_focus:
            self._hold_focus()

    def _hold_focus(self) -> None:
        """Keep the keyboard at the buttons, whichever there are now."""
        usable = [b for b in self._buttons if not b.isHidden() and b.isEnabled()]
        if self.window().focusWidget() not in usable:
            (usable[0] if usable else self).setFocus()  # here it waits for the next button

    @property
    def _has_run(self) -> bool:
        run = self.trainings.run
        return run is not None and run.path.is_dir()

    def _stage_text(self) -> str:
        return stage_text(self.trainings, is_preparing=self.panel.is_preparing)

    @Slot(object)
    def _take(self, progress: Progress) -> None:
        was_preparing = self.panel.is_preparing
        self.panel.take(progress)
        if was_preparing and not self.panel.is_preparing:
            self.panel.set_state(self._stage_text())

    @Slot(object)
    def _begin(self, state: RunState) -> None:
        config = state.request.config
        epochs = config.epochs if label_needs().get(config.method, True) else 0
        self.panel.begin(
            state.request.name,
            epochs,
            state.history,
            patience=config.patience,
            so_far=state.so_far,
        )
        self.gallery.hide()
        self.result.setToolTip("")
        self.refresh()

    @Slot(object)
    def _show_comparison(self, comparison: Comparison) -> None:
        before, after = self.trainings.before, self.trainings.model
        if before is not None and after is not None:
            self.gallery.show_comparison(comparison, (before.name, after.name))
            self.gallery.show()
            self.panel.set_level(comparison.before_map, before.name)
            self.result.setToolTip(verdict_hint(comparison))
            self._show_result()

    def _show_pause(self, stage: Stage) -> None:
        is_held = stage is Stage.PAUSED
        self.pause.setText(self.tr("&Go on") if is_held else self.tr("&Pause"))
        self.pause.setIcon(icon("resume" if is_held else "pause"))
        self.pause.setAccessibleName(self.pause.text().replace("&", ""))

    def _show_use(self) -> None:
        model, switch, session = self.trainings.model, self._switch, self._session
        if model is None:
            return
        is_used = session.model is not None and session.model.id == model.id
        is_on_its_way = switch.is_on_its_way(model)
        self.use.setEnabled(not is_used and not is_on_its_way)
        self.use.setText(self.tr("In use") if is_used else self.tr("&Use this model"))
        self.use.setAccessibleName(self.use.text().replace("&", ""))
        self.rebuild.setEnabled(switch.can_build and not is_on_its_way)

    @Slot()
    def _show_result(self) -> None:
        text = outcome(self.trainings, self._switch)
        self.result.setText(text)
        self.result.setVisible(bool(text))
        self._show_next_step()

    def _show_next_step(self) -> None:
        """Let the button stand out that the comparison speaks for; none while it is not known."""
        found = self.trainings.comparison
        is_worse = found is not None and verdict(found) is Verdict.WORSE
        set_main(self.use, not is_worse and not is_comparing(self.trainings))
        set_main(self.new, is_worse)

    def _make_buttons(self) -> None:
        trainings = self.trainings
        self.pause = self._button("pause", self.tr("&Pause"), trainings.toggle_pause)
        self.stop = self._button("stop", self.tr("&Stop and keep best"), trainings.stop_and_keep)
        self.resume = self._button("resume", self.tr("&Resume"), self._resume)
        self.keep = self._button("keep", self.tr("&Keep best"), self._keep, "done")
        self.discard = self._button("discard", self.tr("&Discard…"), self._discard, "remove")
        self.use = self._button("use", self.tr("&Use this model"), self._use, "done")
        self.rebuild = self._button("rebuild", self.tr("Re&build index"), self._rebuild, "index")
        self.new = self._button("new", self.tr("&New training"), self.new_wanted.emit, "train")
        for button, tip in (
            (self.pause, self.tr("Hold the training, or let it go on; nothing is lost")),
            (self.resume, self.tr("Go on where the training stopped")),
            (self.keep, self.tr("Install the best model of this training")),
            (self.discard, self.tr("Throw this training away, with all it learned")),
            (
                self.use,
                self.tr(
                    "Let the new model answer your searches, as soon as your photos are encoded "
                    "for it"
                ),
            ),
            (
                self.rebuild,
                self.tr("Encode your photos for the new model; the old one goes on answering"),
            ),
            (self.new, self.tr("Prepare another training; this one stays as it is")),
        ):
            button.setToolTip(tip)
        self._buttons = (
            *(self.use, self.rebuild, self.pause, self.stop, self.resume, self.keep),
            *(self.discard, self.new),
        )

    def _button(self, name: str, caption: str, handler: object, icon_name: str = "") -> QPushButton:
        button = QPushButton(icon(icon_name or name), caption)
        button.setObjectName(f"train-{name}")
        button.setAccessibleName(caption.replace("&", "").replace("…", ""))
        button.setProperty("isMain", False)
        button.clicked.connect(handler)
        return button

    def _lay_out(self) -> None:
        buttons = FlowLayout(8)
        for button in self._buttons:
            buttons.addWidget(button)
        content = QWidget()
        content.setObjectName("scroll_content")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(14)
        column.addWidget(self.panel, 1)  # while there is no gallery, the curves have the room
        column.addWidget(self.gallery)
        self.gallery.hide()
        area = QScrollArea()
        area.setObjectName("train-run-area")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(buttons)
        row = QHBoxLayout()
        row.addWidget(self.result, 1)
        layout.addLayout(row)
        layout.addWidget(area, 1)

    @Slot()
    def _keep_options(self) -> None:
        self._session.settings.change(**dict(zip(_OPTIONS, self.panel.options, strict=True)))

    @Slot()
    def _resume(self) -> None:
        self.trainings.resume()

    @Slot()
    def _keep(self) -> None:
        self.trainings.keep_best()

    @Slot()
    def _discard(self) -> None:
        self.discard_wanted.emit()

    @Slot()
    def _use(self) -> None:
        if (model := self.trainings.model) is not None:
            self._switch.use(model)

    @Slot()
    def _rebuild(self) -> None:
        if (model := self.trainings.model) is not None:
            self._switch.build(model)
