"""The Evaluate page: how well models retrieve, on photos whose dishes or matches are known."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine import EngineError, Progress
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.evaluation_store import KeptResult
from foodsearch_gui.core.evaluations import MOST_SHOWN, Evaluations
from foodsearch_gui.core.model_list import ModelList
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.worker_thread import JobState
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.models.evaluation_tables import KeptModel
from foodsearch_gui.pages.evaluate_form import EvaluateForm
from foodsearch_gui.pages.evaluate_results import EvaluateResults
from foodsearch_gui.pages.page import Page
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.empty_state import EmptyState
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.page_stack import PageStack
from foodsearch_gui.widgets.record_view import RecordView

_GAP = 10
_BESIDE = 900  # pixels at which the list stands beside the results
_LEAST = 430  # height that charts need
_LIST = 160  # height of the list above the results


class EvaluatePage(Page):
    """The form above the kept results and what one or two of them say.

    Args:
        session: The state of the program.
        actions: Where the page's actions go.
        questions: Asks in dialogs.
    """

    def __init__(
        self,
        session: Session,
        actions: ActionRegistry,
        parent: QWidget | None = None,
        *,
        questions: Questions | None = None,
    ) -> None:
        super().__init__(session, actions, parent)
        self.setObjectName("evaluate_page")
        self.questions = questions or Questions()
        self._select_soon: tuple[KeptResult, ...] = ()
        self._refusal: EngineError | None = None
        self.models = ModelList(session, self)
        self.evaluations = Evaluations(session, self)
        self._left = QWidget()
        self.kept_model = KeptModel(self)
        self.kept: RecordView[KeptResult] = RecordView(
            self.kept_model, self.tr("Kept results"), is_multiple=True
        )
        self.kept.setObjectName("evaluate-kept")
        self.kept.setToolTip(self.tr("Choose one result to read it, or two to compare them"))
        self.kept.verticalHeader().setDefaultSectionSize(round(2.9 * self.fontMetrics().height()))
        self.kept.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.results = EvaluateResults(session.thumbs)
        self._add_actions()
        self.form = EvaluateForm(self._run_action, self._stop_action)
        self.form.recall(session.settings.value)
        self.empty = EmptyState("evaluate", "", "")
        self.hint = QLabel(self.tr("Choose two to compare them (Ctrl and click)."))
        self.hint.setWordWrap(True)
        self.hint.setProperty("isHint", True)
        self._lay_out()
        self._connect()
        self.models.refresh()
        self.evaluations.refresh()
        self._show_empty()

    def activated(self) -> None:
        """Look which models and results there are now."""
        self.models.refresh()
        self.evaluations.refresh()

    def is_settled(self) -> bool:
        """Whether everything that was asked for has arrived."""
        return self.models.is_settled and self.evaluations.is_settled

    def _fit_height(self) -> None:
        """Scroll rather than squeeze charts; words alone need no such room."""
        needed = _LEAST if self._is_wide else _LEAST + _LIST
        self._body.setMinimumHeight(needed if self.evaluations.kept else 0)

    def _add_actions(self) -> None:
        add = self.actions_registry.add
        self._run_action = add(
            "evaluate.run",
            self.tr("&Evaluate"),
            self._run,
            icon_name="evaluate",
            tip=self.tr("Measure how well the model finds photos"),
            is_enabled=self._can_run,
            context=self,
        )
        self._stop_action = add(
            "evaluate.stop",
            self.tr("&Stop"),
            self.evaluations.stop,
            icon_name="stop",
            is_enabled=self._can_stop,
            context=self,
        )
        self._export_action = add(
            "evaluate.export",
            self.tr("E&xport…"),
            self._export,
            icon_name="export",
            tip=self.tr("Save what is shown as a page, a table or a picture"),
            is_enabled=lambda: self.evaluations.shown is not None,
            context=self,
        )
        self._delete_action = add(
            "evaluate.delete",
            self.tr("&Delete"),
            self._delete,
            shortcuts=("Del",),
            icon_name="remove",
            is_enabled=lambda: bool(self.kept.selected()),
            context=self.kept,
        )

    def _lay_out(self) -> None:
        buttons = FlowLayout()
        buttons.addWidget(ActionButton(self._export_action))
        buttons.addWidget(ActionButton(self._delete_action))
        left = self._left_column = QVBoxLayout(self._left)
        left.setSpacing(8)
        left.addWidget(self.kept, 1)
        left.addWidget(self.hint)
        left.addLayout(buttons)
        right = QWidget()
        self._stack = PageStack()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.results)
        row = self._right_row = QHBoxLayout(right)
        row.addWidget(self._stack)
        self._body = QSplitter(Qt.Orientation.Horizontal)
        self._body.setChildrenCollapsible(False)
        self._body.addWidget(self._left)
        self._body.addWidget(right)
        self._body.setStretchFactor(1, 1)
        content = QWidget()
        content.setObjectName("scroll_content")
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 16, 16, 12)
        column.setSpacing(4)
        column.addWidget(self.form)
        column.addWidget(self._body, 1)
        scroll = QScrollArea()  # a small window has no room for charts
        scroll.setObjectName("evaluate-scroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        self._is_wide: bool | None = None
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list beside the results, or above them where there is little room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_wide = self.width() >= _BESIDE
        if is_wide is self._is_wide:
            return
        self._is_wide = is_wide
        self.hint.setVisible(is_wide and len(self.evaluations.kept) > 1)
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._body.setOrientation(across if is_wide else down)
        self._fit_height()
        self._body.setSizes([330, 800] if is_wide else [_LIST, _LEAST])
        beside = _GAP if is_wide else 0
        self._left_column.setContentsMargins(0, _GAP, beside, _GAP - beside)
        self._right_row.setContentsMargins(beside, _GAP, 0, 0)

    def _connect(self) -> None:
        session, evaluations = self.session, self.evaluations
        self.models.changed.connect(self._show_models)
        session.model_changed.connect(self._show_models)
        session.model_actions.models_changed.connect(self.models.refresh)
        self.form.changed.connect(self.actions_registry.update)
        self.form.browse_wanted.connect(self._browse)
        evaluations.kept_changed.connect(self._show_kept)
        evaluations.running_changed.connect(self._show_running)
        evaluations.progressed.connect(self._show_progress)
        evaluations.measured.connect(self._take_measured)
        evaluations.shown_changed.connect(self._show_results)
        evaluations.refused.connect(self._show_refusal)
        self.kept.selection_changed.connect(self._read_selected)
        self.results.opened.connect(session.search_photo)

    @Slot()
    def _show_models(self) -> None:
        chosen = self.session.model
        self.form.set_models(self.models.models.usable, chosen.id if chosen else None)

    def _can_run(self) -> bool:
        form = getattr(self, "form", None)
        return form is not None and form.request() is not None and self.evaluations.running is None

    def _can_stop(self) -> bool:
        running = self.evaluations.running
        return running is not None and running.state is not JobState.STOPPING

    @Slot()
    def _run(self) -> None:
        if (request := self.form.request()) is not None:
            self._refusal = None
            self.session.settings.change(**self.form.remembered())
            self.evaluations.start(request)

    @Slot()
    def _show_running(self) -> None:
        running = self.evaluations.running
        self.form.set_running(running is not None)
        if running is not None and running.state is JobState.STOPPING:
            self.form.state.setText(self.tr("Stopping after this step…"))
        self._show_empty()
        self.actions_registry.update()

    @Slot(object)
    def _show_progress(self, progress: Progress) -> None:
        running = self.evaluations.running
        if running is not None and running.state is not JobState.STOPPING:
            self.form.show_progress(progress)

    @Slot(object)
    def _show_refusal(self, error: EngineError) -> None:
        """Say at the place of the results why there are none; a banner says it as well."""
        self._refusal = error
        self._show_empty()

    @Slot(object)
    def _take_measured(self, results: tuple[KeptResult, ...]) -> None:
        self._select_soon = results

    @Slot()
    def _show_kept(self) -> None:
        """List the results; what was selected stays, else the newest one is."""
        held = {one.path for one in self._select_soon or self.kept.selected()}
        self._select_soon = ()
        self.kept_model.set_records(self.evaluations.kept)
        rows = [row for row, one in enumerate(self.kept_model.records) if one.path in held]
        if {one.path for one in self.kept.selected()} != held or not rows:
            newest = [0] if self.evaluations.kept else []
            self.kept.select_rows(rows or newest)
        self._left.setVisible(bool(self.evaluations.kept))
        self._fit_height()
        self.hint.setVisible(bool(self._is_wide) and len(self.evaluations.kept) > 1)
        self._show_empty()
        self.actions_registry.update()

    @Slot()
    def _read_selected(self) -> None:
        # The older one first: "better" is said of the newer.
        rows = sorted(self.kept.selected()[:MOST_SHOWN], key=lambda kept: kept.path.name)
        self.evaluations.show(rows)
        self.actions_registry.update()

    @Slot()
    def _show_results(self) -> None:
        shown = self.evaluations.shown
        if shown is not None:
            self.results.set_shown(shown)
        self._show_empty()
        self.actions_registry.update()

    def _show_empty(self) -> None:
        """Show the results, or why there are none."""
        if self.evaluations.shown is not None:
            self._stack.setCurrentWidget(self.results)
            return
        self._stack.setCurrentWidget(self.empty)
        if self.evaluations.running is not None:
            self.empty.show_words(
                "evaluate",
                self.tr("Measuring…"),
                self.tr("You can search and do anything else meanwhile."),
            )
        elif self._refusal is not None:
            message = self._refusal.message
            self.empty.show_words("error", message.title, f"{message.cause} {message.advice}")
        elif self.evaluations.kept:
            self.empty.show_words(
                "evaluate", self.tr("Choose a result."), self.tr("Two are compared.")
            )
        else:
            self.empty.show_words(
                "evaluate",
                self.tr("How well does a model find your dishes?"),
                self.tr(
                    "Choose photos whose dishes are known, such as a folder with a sub-folder for "
                    "each dish, and press Evaluate. Photos are searched for, and the results are "
                    "compared with what is known. They are kept here."
                ),
            )

    @Slot()
    def _browse(self) -> None:
        present = self.form.place.text()
        ask = self.questions.folder if self.form.wants_folder else self.questions.table
        place = ask(self, present)
        if place is not None:
            self.form.set_place(place)

    def _export(self) -> None:
        shown = self.evaluations.shown
        if shown is None:
            return
        names = "-".join(one.kept.model_id for one in shown.evaluations)
        target = self.questions.save_as(
            self,
            self.tr("Export the evaluation"),
            str(Path.home() / f"{names}.html"),
            self.tr("Web page (*.html);;Table for a spreadsheet (*.csv);;Picture (*.png)"),
        )
        if target is None:
            return
        if target.suffix.lower() not in (".html", ".csv", ".png"):
            target = target.with_name(target.name + ".html")
        if target.suffix.lower() == ".png":
            self._save_picture(target)
        else:
            self.evaluations.export(shown, target)

    def _save_picture(self, target: Path) -> None:
        """Write what is seen of the results; a picture of widgets is made in this thread only."""
        self.evaluations.save_picture(self.results.grab().toImage(), target)

    def _delete(self) -> None:
        gone = self.kept.selected()
        if gone:
            self.evaluations.remove(gone)
