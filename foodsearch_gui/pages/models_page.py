"""The Models page: which models there are, what they are, and which one answers searches."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

import engine
from engine import ModelInfo
from foodsearch_gui.core import desktop, wording
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.model_list import ModelList
from foodsearch_gui.core.session import Session
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.models.bundles import Bundle, BundlesModel, list_bundles
from foodsearch_gui.pages.page import Page
from foodsearch_gui.widgets.action_button import ActionButton
from foodsearch_gui.widgets.flow_layout import FlowLayout
from foodsearch_gui.widgets.model_card_view import ModelCardView
from foodsearch_gui.widgets.record_view import RecordView

_GAP = 10


class ModelsPage(Page):
    """A table of models above the card of the selected one.

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
        self.setObjectName("models_page")
        self.questions = questions or Questions()
        self._methods = {method.name: method for method in engine.list_methods()}
        self._wanted = ""
        self.models = ModelList(session, self)
        self.table_model = BundlesModel(self)
        self.table: RecordView[Bundle] = RecordView(self.table_model, self.tr("Models"))
        self.table.setObjectName("models-table")
        self.table.setToolTip(self.tr("The models on this computer"))
        self.card = ModelCardView(self._methods)
        self.hint = QLabel()
        self.hint.setObjectName("models-hint")
        self._add_actions()
        self._lay_out()
        self._connect()
        self.models.refresh()

    def activated(self) -> None:
        """Look what models there are now."""
        self.models.refresh()

    def is_settled(self) -> bool:
        """Whether the models have been read."""
        return self.models.is_settled

    @property
    def selected(self) -> Bundle | None:
        """The selected row."""
        rows = self.table.selected()
        return rows[0] if rows else None

    @property
    def _model(self) -> ModelInfo | None:
        return self.selected.model if self.selected is not None else None

    def _connect(self) -> None:
        session = self.session
        self.models.changed.connect(self._show_models)
        session.model_changed.connect(self._show_models)
        session.model_actions.models_changed.connect(self.models.refresh)
        session.model_actions.imported.connect(self._select_soon)
        session.model_actions.another_wanted.connect(self._import)
        self.table.selection_changed.connect(self._show_selected)
        self.table.doubleClicked.connect(self._use)

    def _add_actions(self) -> None:
        add, session = self.actions_registry.add, self.session
        self._use_action = add(
            "models.use",
            self.tr("&Use this model"),
            self._use,
            icon_name="done",
            is_enabled=lambda: self._model is not None and not self._is_chosen(),
            context=self,
        )
        self._build_action = add(
            "models.index",
            self.tr("&Build index"),
            self._build,
            icon_name="index",
            is_enabled=lambda: session.can_change and self._lacks_codes(),
            context=self,
        )
        self._import_action = add(
            "models.import", self.tr("&Import…"), self._import, icon_name="import", context=self
        )
        self._export_action = add(
            "models.export",
            self.tr("E&xport…"),
            self._export,
            icon_name="export",
            is_enabled=lambda: self._model is not None,
            context=self,
        )
        self._rename_action = add(
            "models.rename",
            self.tr("Re&name…"),
            self._rename,
            shortcuts=("F2",),
            icon_name="rename",
            is_enabled=self._can_change_model,
            context=self.table,
        )
        self._delete_action = add(
            "models.delete",
            self.tr("&Delete"),
            self._delete,
            shortcuts=("Del",),
            icon_name="remove",
            is_enabled=self._can_change_model,
            context=self.table,
        )
        self._show_action = add(
            "models.show",
            self.tr("Sh&ow file"),
            self._show_file,
            icon_name="folder",
            is_enabled=lambda: self.selected is not None,
            context=self,
        )
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _lay_out(self) -> None:
        buttons = FlowLayout()
        for action in (
            *(self._use_action, self._build_action),
            *(self._import_action, self._export_action, self._rename_action),
            *(self._delete_action, self._show_action),
        ):
            buttons.addWidget(ActionButton(action))
        buttons.addWidget(self.hint)
        for action in (self._use_action, self._build_action, self._export_action):
            self.table.addAction(action)
        self.table.addAction(self._show_action)
        body = QSplitter(Qt.Orientation.Vertical)
        body.setChildrenCollapsible(False)
        body.addWidget(_with_margins(self.table, bottom=_GAP))
        body.addWidget(_with_margins(self.card, top=_GAP))
        body.setSizes([200, 440])
        body.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(buttons)
        layout.addWidget(body, 1)

    @Slot()
    def _show_models(self) -> None:
        models, chosen = self.models.models, self.session.model
        held = self.selected
        rows = list_bundles(
            models.usable,
            models.broken,
            methods={name: method.title for name, method in self._methods.items()},
            coverage=models.coverage,
            chosen=chosen.id if chosen is not None else None,
        )
        self.table_model.set_records(rows)
        only_bundled = all(model.bundled for model in models.usable)
        self.hint.setText(self.tr("Only the built-in model.") if only_bundled else "")
        self._select(held)
        self._show_selected()

    def _select(self, held: Bundle | None) -> None:
        """Select the model just imported, else the one selected before, else the one in use."""
        rows = self.table_model.records
        for is_wanted in (
            lambda row: row.model is not None and row.model.id == self._wanted,
            lambda row: held is not None and row.path == held.path,
            lambda row: row.is_chosen,
            lambda row: True,
        ):
            found = next((number for number, row in enumerate(rows) if is_wanted(row)), None)
            if found is not None:
                self._wanted = ""
                self.table.select(found)
                return

    @Slot(str)
    def _select_soon(self, model_id: str) -> None:
        self._wanted = model_id

    @Slot()
    def _show_selected(self) -> None:
        self.card.set_bundle(self.selected)
        row = self.selected
        has_some = row is not None and row.coverage is not None and row.coverage.indexed > 0
        self._build_action.setText(
            self.tr("Upda&te index") if has_some else self.tr("&Build index")
        )
        self.actions_registry.update()

    def _is_chosen(self) -> bool:
        return self.selected is not None and self.selected.is_chosen

    def _lacks_codes(self) -> bool:
        coverage = self.selected.coverage if self.selected is not None else None
        return coverage is not None and coverage.indexed < coverage.total

    def _can_change_model(self) -> bool:
        return self._model is not None and not self._model.bundled

    @Slot()
    def _use(self) -> None:
        if (model := self._model) is not None:
            self.session.choose_model(model.id)

    def _build(self) -> None:
        self._use()
        self.session.build_index()

    @Slot()
    def _import(self) -> None:
        self.session.model_actions.import_files(self.questions.model_files(self))

    def _export(self) -> None:
        if (model := self._model) is None:
            return
        target = self.questions.save_as(
            self,
            self.tr("Export %1").replace("%1", model.name),
            str(Path.home() / f"{model.id}{engine.BUNDLE_SUFFIX}"),
            self.tr("FoodSearch models (*.fsmodel)"),
        )
        if target is not None:
            if target.suffix != engine.BUNDLE_SUFFIX:  # any other name would become a folder
                target = target.with_name(target.name + engine.BUNDLE_SUFFIX)
            self.session.model_actions.export(model, target)

    def _rename(self) -> None:
        if (model := self._model) is not None and (
            name := self.questions.new_name(self, model.name)
        ):
            self.session.model_actions.rename(model, name)

    def _delete(self) -> None:
        model, row = self._model, self.selected
        if model is None or row is None:
            return
        if reason := self._use_of(row):
            message = engine.describe("FS-604", name=model.name, reason=reason)
            if not self.questions.agree(self, message):
                return
        self.session.model_actions.remove(model)

    def _use_of(self, row: Bundle) -> str:
        """Return what a model is needed for, as the end of a sentence; empty if for nothing."""
        if row.is_chosen:
            return self.tr("answers your searches")
        if row.coverage is not None and row.coverage.indexed:
            text = self.tr("has the codes of %1 in this library")
            return text.replace("%1", wording.photos(row.coverage.indexed))
        return ""

    def _show_file(self) -> None:
        if self.selected is not None:
            desktop.show_in_folder(self.selected.path)


def _with_margins(widget: QWidget, *, top: int = 0, bottom: int = 0) -> QWidget:
    """Return the widget in a frame that keeps it off the line of a splitter."""
    frame = QWidget()
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, top, 0, bottom)
    layout.addWidget(widget)
    return frame
