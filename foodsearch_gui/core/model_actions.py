"""What can be done to installed models: import, export, copy, rename, delete, undo of a deletion.

Files are checked and copied in the library worker, so that a large model does not hold the window.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

import engine
from engine import EngineError, Message
from foodsearch_gui.core import wording

if TYPE_CHECKING:
    from engine import ModelInfo, ModelStore, TidyReport
    from foodsearch_gui.core.session import Session

_ID_IS_TAKEN = "FS-609"


class ModelActions(QObject):
    """Changes to the model store, each with a banner that says what happened.

    Signals:
        models_changed: The store holds other models, or a model or a bit has another name.
        imported (str): Id of a model that was added.
        another_wanted: A file was refused, the user wants to choose another one.

    Args:
        session: Whose models they are.
    """

    models_changed = Signal()
    imported = Signal(str)
    another_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._told: dict[str, Message] = {}  # of models that have come, by id
        session.model_changed.connect(self._follow_model)

    def import_files(self, files: list[Path]) -> None:
        """Add models from files; each that is refused says why."""
        for file in files:
            self._run(
                self.tr("Importing %1").replace("%1", wording.path(file.name)),
                partial(self._session.store.import_file, file),
                self._announce_import,
                partial(self._explain_refusal, file),
            )

    def export(self, model: ModelInfo, target: Path) -> None:
        """Write a model to one file."""
        title = self.tr("“%1” was exported.").replace("%1", model.name)
        message = Message("", title, wording.path(target))
        self._run(
            self.tr("Exporting %1").replace("%1", model.name),
            partial(self._session.store.export, model.id, target),
            lambda _result: self._session.notify(message, {}),
        )

    def duplicate(self, model: ModelInfo, name: str) -> None:
        """Install a model a second time under another name."""
        self._run(
            self.tr("Duplicating %1").replace("%1", model.name),
            partial(self._session.store.duplicate, model.id, name),
            self._announce_copy,
        )

    def rename(self, model: ModelInfo, name: str) -> None:
        """Give a model another name; its id, codes and index stay."""
        store = self._session.store

        def keep() -> ModelInfo:
            store.rename(model.id, name)
            return store.get(model.id)

        title = self.tr("Renaming %1").replace("%1", model.name)
        self._run(title, keep, self._announce_names)

    def name_bit(self, model: ModelInfo, bit: int, name: str | None) -> None:
        """Give a bit of a model a name, or take its name away; codes stay."""
        store = self._session.store

        def keep() -> ModelInfo:
            store.name_bit(model.id, bit, name)
            return store.get(model.id)

        title = self.tr("Naming bit %1").replace("%1", str(bit))
        self._run(title, keep, self._announce_names)

    def remove(self, model: ModelInfo) -> None:
        """Delete a model; a banner offers to bring it back."""
        self._run(
            self.tr("Deleting %1").replace("%1", model.name),
            partial(self._session.store.remove, model.id),
            partial(self._announce_removal, model),
        )

    def tidy(self) -> None:
        """Free what the codes of deleted models take, in all libraries."""
        session = self._session
        paths, store, opened = session.paths, session.store, session.catalogue
        session.run(
            "tidy",
            session.library_worker,
            self.tr("Freeing space"),
            lambda context: engine.tidy_codes(paths, store, context, opened=opened),
            self._announce_tidy,
        )

    def restore(self, model: ModelInfo, *, is_to_be_used: bool) -> None:
        """Bring a deleted model back.

        Args:
            model: As it was before.
            is_to_be_used: Choose it again.
        """

        def finish(_result: object) -> None:
            self.models_changed.emit()
            if is_to_be_used:
                self._session.choose_model(model.id)

        self._run(
            self.tr("Restoring %1").replace("%1", model.name),
            partial(self._session.store.restore, model.id),
            finish,
        )

    def _import_beside(self, file: Path, taken: str) -> None:
        """Import a model whose id is taken under the next free one."""
        self._run(
            self.tr("Importing %1").replace("%1", wording.path(file.name)),
            partial(_import_as_next, self._session.store, file, taken),
            self._announce_import,
        )

    def _announce_names(self, model: ModelInfo) -> None:
        chosen = self._session.model
        if chosen is not None and chosen.key == model.key:
            self._session.model = model  # the same model: nothing has to be read or searched anew
        self.models_changed.emit()

    def _announce_copy(self, model: ModelInfo) -> None:
        self.imported.emit(model.id)
        self.models_changed.emit()
        title = self.tr("“%1” was made.").replace("%1", model.name)
        cause = self.tr("It is a model of its own and needs an index of its own.")
        self._tell_of(model, Message("", title, cause), {})

    def _announce_tidy(self, report: TidyReport) -> None:
        self.models_changed.emit()
        title = self.tr("The codes of deleted models are gone.")
        cause = self.tr("That freed %1.").replace("%1", wording.size(report.bytes))
        self._session.notify(Message("", title, cause), {})
        for message in report.refused:
            self._session.notify(message, {})
        self._session.work.refresh_index()

    def _announce_import(self, model: ModelInfo) -> None:
        self.imported.emit(model.id)
        self.models_changed.emit()
        use = self.tr("Use this model")
        message = Message(
            "",
            self.tr("“%1” was imported.").replace("%1", model.name),
            self.tr("Its checksums are in order."),
            actions=(use,),
        )
        self._tell_of(model, message, {use: partial(self._session.choose_model, model.id)})

    def _tell_of(
        self, model: ModelInfo, message: Message, actions: dict[str, Callable[[], object]]
    ) -> None:
        """Tell that a model has come, until it is used or gone."""
        self._told[model.id] = message
        self._session.notify(message, actions)

    def _withdraw(self, model_id: str) -> None:
        if (message := self._told.pop(model_id, None)) is not None:
            self._session.message_withdrawn.emit(message)

    @Slot()
    def _follow_model(self) -> None:
        if (model := self._session.model) is not None:
            self._withdraw(model.id)

    def _announce_removal(self, model: ModelInfo, _result: object) -> None:
        chosen = self._session.model
        was_used = chosen is not None and chosen.id == model.id
        if was_used:
            self._session.use_default_model()
        self.models_changed.emit()
        self._withdraw(model.id)
        undo = self.tr("Undo")
        message = Message(
            "",
            self.tr("“%1” was deleted.").replace("%1", model.name),
            self.tr("The codes of your photos are kept in case it comes back."),
            actions=(undo,),
        )
        restore = partial(self.restore, model, is_to_be_used=was_used)
        self._session.notify(message, {undo: restore})

    def _explain_refusal(self, file: Path, error: Exception, _traceback: str) -> None:
        # The session reports everything that is no EngineError as a bug by itself.
        if not isinstance(error, EngineError):
            return
        retry: Callable[[], None]
        if error.code == _ID_IS_TAKEN:
            retry = partial(self._import_beside, file, str(error.details["name"]))
        else:
            retry = self._choose_another
        actions = error.message.actions
        self._session.notify(error.message, {actions[0]: retry} if actions else {})

    def _choose_another(self) -> None:
        self._session.page_requested.emit("models")
        self.another_wanted.emit()

    def _explain(self, error: Exception, _traceback: str) -> None:
        if isinstance(error, EngineError):
            self._session.work.show_error(error)

    def _run(
        self,
        title: str,
        job: Callable[[], Any],
        done: Callable[[Any], object],
        failed: Callable[[Exception, str], object] | None = None,
    ) -> None:
        handle = self._session.library_worker.submit(
            title, lambda _context: job(), interactive=True
        )
        handle.succeeded.connect(done)
        handle.failed.connect(failed or self._explain)


def _import_as_next(store: ModelStore, file: Path, taken: str) -> ModelInfo:
    """Import under the first free id of the form ``taken-2``; the name gets the same number."""
    known = {model.id for model in store.list()}
    number = next(n for n in itertools.count(2) if f"{taken}-{n}" not in known)
    model = store.import_file(file, id=f"{taken}-{number}")
    store.rename(model.id, f"{model.name} ({number})")
    return store.get(model.id)
