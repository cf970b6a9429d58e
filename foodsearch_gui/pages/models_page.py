"""The Models page: which models there are, what they are, and which one answers searches."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

import engine
from engine import ModelInfo
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.model_card import Card
from foodsearch_gui.core.model_list import ModelList
from foodsearch_gui.core.model_reports import ModelReports
from foodsearch_gui.core.model_speed import ModelSpeed
from foodsearch_gui.core.session import Session
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.models.bundles import Bundle, BundlesModel, list_bundles
from foodsearch_gui.models.library_codes import LibraryRow
from foodsearch_gui.pages.model_commands import ModelCommands
from foodsearch_gui.pages.models_view import ModelsView
from foodsearch_gui.pages.page import Page


class ModelsPage(Page):
    """A table of models above what is known of the selected one, or of two.

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
        self.reports = ModelReports(session, self)
        self.speed = ModelSpeed(session, self)
        self.table_model = BundlesModel(self)
        self.view = ModelsView(self.table_model)
        self.table, self.card, self.hint = self.view.table, self.view.panel.card, self.view.hint
        self.commands = ModelCommands(self)
        self.view.set_actions(self.commands.main, self.commands.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 16, 12)
        layout.addWidget(self.view)
        self.view.order_tabs()
        self._connect()
        self.models.refresh()

    def activated(self) -> None:
        """Look what models there are now."""
        self.models.refresh()

    def is_settled(self) -> bool:
        """Whether models and reports have been read."""
        is_measuring = self.session.running("speed") is not None
        return self.models.is_settled and self.reports.is_settled and not is_measuring

    @property
    def selected(self) -> Bundle | None:
        """The selected row, None if it is not one."""
        rows = self.table.selected()
        return rows[0] if len(rows) == 1 else None

    def usable_rows(self) -> list[Bundle]:
        """Return the rows of models that can be used."""
        return [row for row in self.table_model.records if row.model is not None]

    def select_both(self, first: Bundle, second: Bundle) -> None:
        """Select two rows, which compares them."""
        self.table.select(self.table_model.records.index(first))
        flags = QItemSelectionModel.SelectionFlag
        other = self.table_model.index(self.table_model.records.index(second), 0)
        self.table.selectionModel().select(other, flags.Select | flags.Rows)

    @Slot()
    def refresh_rows(self) -> None:
        """Fill the table with what is known now."""
        models, chosen = self.models.models, self.session.model
        held = self.table.selected()
        rows = list_bundles(
            models.usable,
            models.broken,
            methods={name: method.title for name, method in self._methods.items()},
            coverage=models.coverage,
            chosen=chosen.id if chosen is not None else None,
            is_building=self.session.model_switch.is_on_its_way,
        )
        self.table_model.set_records(rows)
        only_one = len(models.usable) == 1 and models.usable[0].bundled
        self.hint.setText(self.tr("Only the built-in model.") if only_one else "")
        self._select_again(held)
        self._show_selected()

    def _connect(self) -> None:
        session = self.session
        self.models.changed.connect(self.refresh_rows)
        session.model_switch.changed.connect(self.refresh_rows)
        session.model_changed.connect(self.refresh_rows)
        session.model_actions.models_changed.connect(self.models.refresh)
        session.model_actions.imported.connect(self._select_soon)
        session.model_actions.another_wanted.connect(self.commands.import_files)
        session.jobs.rowsInserted.connect(self._update_actions)
        self.reports.arrived.connect(self._show_selected)
        self.speed.changed.connect(self._show_selected)
        self.speed.changed.connect(self.models.refresh)
        self.card.model_wanted.connect(self._select_model)
        self.table.selection_changed.connect(self._show_selected)
        self.table.doubleClicked.connect(self._use)

    def _select_again(self, held: Sequence[Bundle]) -> None:
        """Select the model just imported, else those selected before, else the one in use."""
        rows = self.table_model.records
        wanted = [row for row in rows if row.model is not None and row.model.id == self._wanted]
        paths = {row.path for row in held}
        before = [row for row in rows if row.path in paths]
        chosen = [row for row in rows if row.is_chosen]
        found = wanted or before or chosen or list(rows)
        if wanted:
            self._wanted = ""
        if found and [row.path for row in self.table.selected()] != [row.path for row in found]:
            self.table.select(rows.index(found[0]))
            if len(before) == 2 and not wanted:  # two that were compared
                self.select_both(*before)

    @Slot(str)
    def _select_soon(self, model_id: str) -> None:
        self._wanted = model_id

    @Slot(str)
    def _select_model(self, model_id: str) -> None:
        for number, row in enumerate(self.table_model.records):
            if row.model is not None and row.model.id == model_id:
                self.table.select(number)

    @Slot()
    def _show_selected(self) -> None:
        rows = self.table.selected()
        models = [row.model for row in rows if row.model is not None]
        if len(rows) == 2 and len(models) == 2:
            self._compare(models[0], models[1])
        elif len(rows) == 1 and models:
            self._show_model(models[0])
        elif len(rows) == 1:
            self.view.panel.show_trouble(rows[0])
            self.view.show_one()
        else:
            self.view.panel.show_nothing()
            self.view.show_one()
        self.commands.show_captions()
        self.actions_registry.update()

    def _show_model(self, model: ModelInfo) -> None:
        report = self.reports.get(model)
        self.view.panel.show_model(self._card_of(model), report, self._libraries_of(model))
        self.view.show_one()
        self._measure_first(model)

    def _compare(self, first: ModelInfo, second: ModelInfo) -> None:
        reports = [
            (model.name, report)
            for model in (first, second)
            if (report := self.reports.get(model)) is not None
        ]
        self.view.comparison.set_cards(self._card_of(first), self._card_of(second), reports)
        self.view.show_two()
        for model in (first, second):
            self._measure_first(model)

    def _measure_first(self, model: ModelInfo) -> None:
        if self.isVisible() and model.key not in self.models.models.times:
            self.speed.measure_first(model)

    def _card_of(self, model: ModelInfo) -> Card:
        known = self.models.models
        return Card(
            model,
            self._methods.get(model.manifest.method),
            known.find(model.manifest.parent),
            self.speed.text(model, known.times.get(model.key)),
        )

    def _libraries_of(self, model: ModelInfo) -> list[LibraryRow]:
        catalogue = self.session.catalogue
        opened = catalogue.name if catalogue is not None else ""
        return [
            LibraryRow(one.name, one.coverage(model.key), one.name == opened, one.trouble)
            for one in self.models.models.libraries
        ]

    @Slot()
    def _update_actions(self) -> None:
        self.actions_registry.update()

    @Slot()
    def _use(self) -> None:
        self.actions_registry["models.use"].trigger()
