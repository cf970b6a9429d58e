"""What one can do on the Models page: each command asks where it must, then lets others work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

import engine
from foodsearch_gui.core import desktop, wording

if TYPE_CHECKING:
    from engine import ModelInfo
    from foodsearch_gui.models.bundles import Bundle
    from foodsearch_gui.pages.models_page import ModelsPage


class ModelCommands(QObject):
    """Registers the page's actions and carries them out.

    Args:
        page: Whose models and questions they are.

    Attributes:
        main: Actions for buttons, in their order.
        more: Those for a menu.
    """

    def __init__(self, page: ModelsPage) -> None:
        super().__init__(page)
        self._page = page
        self._session = page.session
        self.main: tuple[QAction, ...] = (
            self._add("use", self.tr("&Use this model"), self._use, "done", self._can_use),
            self._add("index", self.tr("&Build index"), self._build, "index", self._can_build),
            self._add("compare", self.tr("&Compare…"), self._compare, "compare", self._can_compare),
            self._add("import", self.tr("&Import…"), self.import_files, "import"),
            self._add("export", self.tr("E&xport…"), self._export, "export", self._has_model),
            self._add(
                "duplicate", self.tr("Du&plicate…"), self._duplicate, "copy", self._has_model
            ),
            self._add(
                "rename", self.tr("Re&name…"), self._rename, "rename", self._can_change, "F2"
            ),
            self._add(
                "delete", self.tr("&Delete"), self._delete, "remove", self._can_delete, "Del"
            ),
        )
        self.tidy = self._add(
            "tidy",
            self.tr("&Free space of deleted models…"),
            self._tidy,
            "",
            lambda: self._page.models.models.spare > 0,
            menu="library",
        )
        self.more: tuple[QAction, ...] = (
            self._add(
                "measure",
                self.tr("&Measure the speed here"),
                self._measure,
                "",
                lambda: self._has_model() and page.speed.can_measure,
            ),
            self._add(
                "show",
                self.tr("Sh&ow file"),
                self._show_file,
                "folder",
                lambda: self._row is not None,
            ),
            self.tidy,
        )

    def show_captions(self) -> None:
        """Let the captions say what the selection makes of them."""
        row = self._row
        has_some = row is not None and row.coverage is not None and row.coverage.indexed > 0
        build = self.tr("Upda&te index") if has_some else self.tr("&Build index")
        self._page.actions_registry["models.index"].setText(build)
        spare = self._page.models.models.spare
        text = self.tr("&Free %1 of deleted models…") if spare else ""
        self.tidy.setText(
            text.replace("%1", wording.size(spare)) or self.tr("&Free space of deleted models…")
        )

    @Slot()
    def import_files(self) -> None:
        """Ask for model files and add them."""
        self._session.model_actions.import_files(self._page.questions.model_files(self._page))

    @property
    def _row(self) -> Bundle | None:
        return self._page.selected

    @property
    def _model(self) -> ModelInfo | None:
        return self._row.model if self._row is not None else None

    def _add(
        self,
        name: str,
        text: str,
        handler: Callable[[], object],
        icon_name: str,
        is_enabled: Callable[[], bool] | None = None,
        shortcut: str = "",
        *,
        menu: str = "",
    ) -> QAction:
        return self._page.actions_registry.add(
            f"models.{name}",
            text,
            handler,
            menu=menu,
            shortcuts=(shortcut,) if shortcut else (),
            icon_name=icon_name,
            is_enabled=is_enabled,
            context=self._page.view.table if shortcut else self._page,
        )

    def _has_model(self) -> bool:
        return self._model is not None

    def _can_use(self) -> bool:
        row = self._row
        return self._has_model() and row is not None and not (row.is_chosen or row.is_building)

    def _can_build(self) -> bool:
        row = self._row
        if row is None or row.coverage is None or row.is_building or not self._session.can_change:
            return False
        return row.coverage.indexed < row.coverage.total

    def _can_change(self) -> bool:
        return self._model is not None and not self._model.bundled

    def _can_delete(self) -> bool:
        return self._can_change() and self._row is not None and not self._row.is_building

    def _can_compare(self) -> bool:
        is_done = self._page.view.shows_two
        return not is_done and self._has_model() and len(self._page.models.models.usable) > 1

    @Slot()
    def _use(self) -> None:
        row, session = self._row, self._session
        if row is None or row.model is None or not self._can_use():
            return
        present, wanted = session.coverage, row.coverage
        is_no_worse = present is None or wanted is None or wanted.indexed >= max(1, present.indexed)
        if is_no_worse or not session.can_change:
            session.choose_model(row.model.id)
        elif present is not None and not present.indexed:  # nothing is searched as yet
            session.choose_model(row.model.id)
            session.build_index()
        else:
            session.model_switch.use(row.model)
        self._page.refresh_rows()

    def _build(self) -> None:
        row, session = self._row, self._session
        if row is None or row.model is None:
            return
        if row.is_chosen:
            session.build_index()
        else:
            session.model_switch.build(row.model)

    def _compare(self) -> None:
        """Compare the selected model with another; two that are selected are compared already."""
        row = self._row
        others = [other for other in self._page.usable_rows() if other != row]
        if row is None or row.model is None or not others:
            return
        names = [other.name for other in others]
        chosen = self._page.questions.one_of(
            self._page,
            self.tr("Compare “%1”").replace("%1", row.name),
            self.tr("&With"),
            names,
        )
        if chosen is not None:
            self._page.select_both(row, others[chosen])

    def _export(self) -> None:
        if (model := self._model) is None:
            return
        target = self._page.questions.save_as(
            self._page,
            self.tr("Export %1").replace("%1", model.name),
            str(Path.home() / f"{model.id}{engine.BUNDLE_SUFFIX}"),
            self.tr("FoodSearch models (*.fsmodel)"),
        )
        if target is not None:
            if target.suffix != engine.BUNDLE_SUFFIX:  # any other name would become a folder
                target = target.with_name(target.name + engine.BUNDLE_SUFFIX)
            self._session.model_actions.export(model, target)

    def _duplicate(self) -> None:
        if (model := self._model) is None:
            return
        proposal = self.tr("%1 (copy)").replace("%1", model.name)
        name = self._page.questions.copy_name(self._page, proposal)
        if name:
            self._session.model_actions.duplicate(model, name)

    def _rename(self) -> None:
        if (model := self._model) is not None and (
            name := self._page.questions.new_name(self._page, model.name)
        ):
            self._session.model_actions.rename(model, name)

    def _delete(self) -> None:
        model, row = self._model, self._row
        if model is None or row is None:
            return
        if reason := self._use_of(row):
            message = engine.describe("FS-604", name=model.name, reason=reason)
            if not self._page.questions.agree(self._page, message):
                return
        self._session.model_actions.remove(model)

    def _use_of(self, row: Bundle) -> str:
        """Return what a model is needed for, as the end of a sentence; empty if for nothing."""
        if row.is_chosen:
            return self.tr("answers your searches")
        if row.coverage is not None and row.coverage.indexed:
            text = self.tr("has the codes of %1 in this library")
            return text.replace("%1", wording.photos(row.coverage.indexed))
        for library in self._page.models.models.libraries:
            if row.model is not None and (indexed := library.coverage(row.model.key).indexed):
                text = self.tr("has the codes of %1 in the library “%2”")
                text = text.replace("%1", wording.photos(indexed))
                return text.replace("%2", library.name)
        return ""

    def _measure(self) -> None:
        if (model := self._model) is not None:
            self._page.speed.measure(model)

    def _show_file(self) -> None:
        if self._row is not None:
            desktop.show_in_folder(self._row.path)

    def _tidy(self) -> None:
        size = wording.size(self._page.models.models.spare)
        title = self.tr("Free about %1?").replace("%1", size)
        text = self.tr(
            "Your libraries keep the codes of deleted models in case one comes back. Without them "
            "a model that you bring back needs a new index. Photos and installed models are not "
            "touched."
        )
        if self._page.questions.confirm(self._page, title, text, self.tr("Free space")):
            self._session.model_actions.tidy()
