"""The Train page: from a folder of labelled photos to a model of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

import engine
from engine import Finding, ModelInfo
from foodsearch_gui.core import wording
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.model_list import ModelList
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.training_check import TrainingCheck
from foodsearch_gui.core.training_choices import (
    Source,
    TrainingChoices,
    TrainingMemory,
    make_request,
)
from foodsearch_gui.core.training_jobs import RunState
from foodsearch_gui.core.training_stage import Stage
from foodsearch_gui.dialogs.photo_list import PhotoListDialog
from foodsearch_gui.dialogs.picture_dialog import PictureDialog
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.pages.page import Page
from foodsearch_gui.pages.train_name import NewName
from foodsearch_gui.pages.train_prepare import PrepareView, cost_text
from foodsearch_gui.pages.train_run_view import RunView

_SETTLING_MS = 500  # several settings may be changed at once


class TrainPage(Page):
    """Prepares a training and follows it.

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
        self.setObjectName("train_page")
        self.questions = questions or Questions()
        self.memory = TrainingMemory(session.paths.config / "training.json")
        self.models = ModelList(session, self)
        self.check = TrainingCheck(session, self)
        self._checked: tuple[object, ...] = ()  # the settings the estimate is about
        self._is_filled = False
        methods = [method for method in engine.list_methods() if method.needs_labels]
        self.prepare = PrepareView(methods)
        self._add_actions()
        self.naming = NewName(session, self.prepare.start_from, self)
        self.run_view = RunView(session, session.model_switch)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.prepare)
        self._stack.addWidget(self.run_view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 16, 12)
        layout.addWidget(self._stack)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLING_MS)
        self._settling.timeout.connect(self._check_again)
        self._connect()
        self.refresh()

    def activated(self) -> None:
        """Look what models there are, and what can compute, once the engine has started."""
        self.models.refresh()
        if self.check.devices is None and self.session.device is not None:
            self.check.probe_devices()

    def is_settled(self) -> bool:
        """Whether nothing is being checked."""
        return self.models.is_settled and not self.check.is_busy

    @property
    def choices(self) -> TrainingChoices:
        """What the fields say."""
        view = self.prepare
        return TrainingChoices(
            source=view.data.source,
            folder=view.data.folder,
            table=view.data.table,
            parent=view.start_from.parent_id,
            name=view.start_from.name.text().strip(),
            method=view.settings.chosen_method,
            num_bits=int(view.settings.bits.currentData()),
            preset=view.settings.preset,
            device=str(view.settings.devices.currentData()),
        )

    @property
    def _parent_model(self) -> ModelInfo | None:
        wanted = self.prepare.start_from.parent_id
        return next((model for model in self.models.models.usable if model.id == wanted), None)

    def choose_data(self, place: Path) -> None:
        """Take a folder of photos, or a file of labels."""
        self.prepare.data.set_place(place)

    def _add_actions(self) -> None:
        add = self.actions_registry.add
        check = add(
            "train.check",
            self.tr("Chec&k"),
            self._check_now,
            icon_name="done",
            tip=self.tr("Look at the photos and measure how long the training takes"),
            is_enabled=self._can_check,
            context=self,
        )
        start = add(
            "train.start",
            self.tr("&Start training"),
            self._begin,
            icon_name="train",
            tip=self.tr("Begin; you can go on searching meanwhile"),
            is_enabled=self._can_start,
            context=self,
        )
        self.prepare.set_actions(check, start)

    def _connect(self) -> None:
        session, view, trainings = self.session, self.prepare, self.session.trainings
        view.data.changed.connect(self._take_data)
        view.data.browse_wanted.connect(self._browse)
        view.start_from.parent_changed.connect(self._take_parent)
        self.naming.changed.connect(self.refresh)
        view.settings.changed.connect(self._take_settings)
        view.check_view.photos_wanted.connect(self._show_photos)
        view.check_view.judgements_wanted.connect(self._use_judgements)
        self.models.changed.connect(self._list_models)
        self.check.changed.connect(self.refresh)
        self.check.looked.connect(self._lead_to_findings)
        session.model_actions.models_changed.connect(self.models.refresh)
        session.engine_changed.connect(self.activated)
        session.catalogue_changed.connect(self._take_library)
        trainings.changed.connect(self.refresh)
        trainings.settled.connect(self.naming.look_again)
        trainings.name_wanted.connect(self._want_name)
        trainings.guide_wanted.connect(self._show_guide)
        trainings.discard_wanted.connect(self._discard)
        self.run_view.discard_wanted.connect(self._discard)
        self.run_view.new_wanted.connect(self._prepare_another)
        self.run_view.photo_wanted.connect(self._show_photo)

    @Slot()
    def refresh(self) -> None:
        """Show what is true now."""
        trainings = self.session.trainings
        has_run = trainings.state is not None
        if trainings.stage is Stage.FAILED and trainings.run is not None:
            has_run = trainings.run.path.is_dir()  # one that could not begin is gone
        self._stack.setCurrentWidget(self.run_view if has_run else self.prepare)
        self._show_check()
        self.actions_registry.update()

    @Slot()
    def _list_models(self) -> None:
        usable = self.models.models.usable
        present = self.prepare.start_from.parent_id
        if not self._is_filled:
            bundled = next((model.id for model in usable if model.bundled), "")
            present = bundled
        self.prepare.start_from.set_models(usable, present)
        if not self._is_filled:
            self._is_filled = True
            self._take_parent()
        self._recommend()

    @Slot()
    def _take_parent(self) -> None:
        """Show what was chosen with this model the last time."""
        model, view, present = self._parent_model, self.prepare, self.choices
        bits = model.num_bits if model is not None else present.num_bits
        recalled = self.memory.recall(present.parent)
        choices = recalled or TrainingChoices(parent=present.parent, num_bits=bits)
        if present.data:  # what stands in the fields is what is meant
            choices = replace(
                choices, source=present.source, folder=present.folder, table=present.table
            )
        view.settings.set_values(choices.preset, choices.num_bits, choices.method, choices.device)
        view.data.set_data(choices.source, choices.folder, choices.table)
        self._recommend()
        self._take_settings()
        if choices.data != present.data:
            self._take_data()

    def _recommend(self) -> None:
        try:
            method = engine.compose_config(parent=self._parent_model).method
        except engine.EngineError:  # a model of a method that cannot be trained
            method = ""
        self.prepare.settings.set_recommended(method)

    @Slot()
    def _take_data(self) -> None:
        self._settling.stop()
        self.prepare.settings.set_labelled(self.choices.source is not Source.NONE)
        self.check.clear()
        self.naming.propose(self.choices.proposed_name())

    @Slot()
    def _take_library(self) -> None:
        if self.prepare.data.source is Source.JUDGEMENTS:  # another library has others
            self.check.clear()
        self.refresh()

    @Slot()
    def _take_settings(self) -> None:
        self.naming.propose(self.choices.proposed_name())
        if self.check.check is not None and self.choices.settings != self._checked:
            self._settling.start()
        self.refresh()

    @Slot()
    def _browse(self) -> None:
        view = self.prepare.data
        if view.source is Source.TABLE:
            place = self.questions.table(self, view.table)
        else:
            place = self.questions.folder(self, view.folder)
        if place is not None:
            view.set_place(place)

    @Slot()
    def _use_judgements(self) -> None:
        self.prepare.data.sources[Source.JUDGEMENTS].click()

    def _can_check(self) -> bool:
        choices = self.choices
        is_there = choices.source is not Source.JUDGEMENTS or self.session.catalogue is not None
        is_free = not (self.session.trainings.stage.is_busy or self.check.is_looking)
        return bool(choices.data) and is_there and is_free

    def _can_start(self) -> bool:
        is_current = self.choices.settings == self._checked
        is_free = not self.session.trainings.stage.is_busy
        return self.check.can_start and self.naming.is_fine and is_current and is_free

    def _check_now(self) -> None:
        self._settling.stop()
        self._checked = self.choices.settings
        self.check.start(self.choices, self._parent_model)

    @Slot()
    def _lead_to_findings(self) -> None:
        self.prepare.show_findings()
        if not self.check.can_start and self.isVisible():
            self.prepare.data.place.setFocus()  # where it is to be mended

    @Slot()
    def _check_again(self) -> None:
        if self.check.check is not None and not self.session.trainings.stage.is_busy:
            self._check_now()

    def _begin(self) -> None:
        if self.check.request is None or not self._can_start():
            return
        choices = self.choices
        self.memory.remember(choices)
        request = replace(self.check.request, name=choices.name)
        self.check.stop()
        self.session.trainings.start(request, choices.device)

    def _show_check(self) -> None:
        view, check = self.prepare, self.check
        if check.devices is not None:
            view.settings.set_devices(check.devices)
        if check.error is not None:
            view.check_view.show_error(check.error.message)
        elif check.is_looking and check.handle is not None:
            view.check_view.show_job(check.handle)
        elif check.check is not None:
            view.check_view.show_check(check.check)
        else:
            view.check_view.show_guide(self.choices.source)
        view.set_main(is_checked=check.can_start)
        self._show_cost()

    def _show_cost(self) -> None:
        view, check, trouble = self.prepare, self.check, self.naming.trouble
        view.settings.set_minutes(self._preset_seconds())
        if check.can_start and trouble:
            view.set_cost(self.tr("The training cannot begin: %1").replace("%1", trouble))
        elif check.estimate is not None and self.choices.settings == self._checked:
            view.set_cost(cost_text(self, check.estimate))
        elif check.handle is not None and check.is_busy:
            view.set_cost(f"{check.handle.title}…")
        elif check.error is not None or (check.check is not None and not check.check.can_start):
            view.set_cost(self.tr("The training can begin once what is marked red is mended."))
        elif self.choices.data and check.request is None:
            view.set_cost(self.tr("Check the photos first; nothing is trained yet."))
        elif not self.choices.data:
            is_table = self.choices.source is Source.TABLE
            table = self.tr("Choose the table of labels first.")
            view.set_cost(table if is_table else self.tr("Choose the folder of photos first."))
        else:
            view.set_cost("")

    def _preset_seconds(self) -> dict[str, float]:
        """Return how long each preset takes: as the measured one does, by its epochs."""
        estimate, request, choices = self.check.estimate, self.check.request, self.choices
        if estimate is None or request is None or choices.source is Source.NONE:
            return {}
        found = {}
        for preset in engine.PEOPLE_PRESETS:
            asked = make_request(replace(choices, preset=preset), self._parent_model)
            found[preset] = estimate.seconds * asked.config.epochs / request.config.epochs
        return found

    @Slot(object)
    def _show_photos(self, finding: Finding) -> None:
        dialog = PhotoListDialog(finding.message, finding.paths, self.session.thumbs, self)
        self.questions.show(dialog)

    @Slot(object)
    def _show_photo(self, path: Path) -> None:
        dialog = PictureDialog(path, self.session.thumbs, self, has_search=True)
        dialog.search_wanted.connect(self.session.search_photo)
        dialog.show()

    @Slot()
    def _want_name(self) -> None:
        self.session.page_requested.emit("train")
        self.session.trainings.leave()
        field = self.prepare.start_from.name
        field.setFocus()
        field.selectAll()

    @Slot()
    def _show_guide(self) -> None:
        self.session.page_requested.emit("train")
        self.session.trainings.leave()
        self.check.clear()

    @Slot()
    def _prepare_another(self) -> None:
        self.session.trainings.leave()
        self.naming.forget()
        self.naming.propose(self.choices.proposed_name())
        self.models.refresh()

    @Slot(object)
    def _discard(self, state: RunState | None = None) -> None:
        trainings = self.session.trainings
        state = state or trainings.state
        if state is None:
            return
        name = state.request.name
        done = wording.count(len(state.history))
        text = self.tr("What it learned in %1 of %2 epochs is lost. Your photos stay untouched.")
        text = text.replace("%1", done).replace("%2", wording.count(state.epochs))
        title = self.tr("Discard the training “%1”?").replace("%1", name)
        if self.questions.confirm(self, title, text, self.tr("Discard")):
            trainings.discard(state)
        elif state is not trainings.state:
            trainings.offer(state)  # its banner has gone
