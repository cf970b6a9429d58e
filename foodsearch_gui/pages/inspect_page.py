"""The Inspect page: the bits of one photo, where each comes from, and what it is in the library."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

import engine
from engine import BitMap, Exemplars
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.incoming import Incoming
from foodsearch_gui.core.inspection import Inspected, Inspection
from foodsearch_gui.core.intake import Intake
from foodsearch_gui.core.picture_reader import PictureReader
from foodsearch_gui.core.session import Session
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.models.bit_cells import BitCell, BitCells, arrange, make_cells
from foodsearch_gui.pages import inspect_words as words
from foodsearch_gui.pages.inspect_bit import BitPanel
from foodsearch_gui.pages.inspect_choices import (
    KIND,
    PART,
    VIEW,
    chosen_entry,
    offer_colours,
    offer_maps,
)
from foodsearch_gui.pages.inspect_commands import InspectCommands
from foodsearch_gui.pages.inspect_view import InspectView
from foodsearch_gui.pages.page import Page
from foodsearch_gui.pages.remembered_looks import RememberedLooks
from foodsearch_gui.widgets.drop_target import DropTarget
from foodsearch_gui.widgets.empty_state import EmptyState
from foodsearch_gui.widgets.inspected_photo import InspectedPhoto
from foodsearch_gui.widgets.page_stack import PageStack

_STILL_MS = 40  # what is drawn meanwhile would be drawn again with the maps, and make them late


class InspectPage(Page):
    """Look at one photo bit by bit, or at one bit across the library.

    Args:
        session: The state of the program.
        actions: Where the page's actions go.
        questions: Asks in dialogs.

    Attributes:
        photo: What is looked at.
        beside: What it is compared with.
        intake: Takes what is dropped and is no photo.
        bit: The chosen bit, -1 for none.
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
        self.setObjectName("inspect_page")
        self.questions = questions or Questions()
        self.intake = Intake(session, self)
        self.bit = -1
        self._known: list[BitCell] = []
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(_STILL_MS)
        self._still.timeout.connect(self._draw_again)
        self.photo, self.beside = Inspection(session, self), Inspection(session, self)
        self._readers = {side: PictureReader(self) for side in (self.photo, self.beside)}
        self.knowledge = session.knowledge
        self.cells = BitCells(self)
        self.commands = InspectCommands(self)
        panel = BitPanel(session.thumbs, self.commands.bit)
        self.view = InspectView(self.cells, panel, self.commands.photos)
        RememberedLooks(self.view, session.settings)
        self.empty = EmptyState(
            "inspect",
            self.tr("Choose a photo."),
            self.tr(
                "Every bit of its code is shown with the places it comes from. Drop a photo here, "
                "open one, or press I on any photo of the library or of a search."
            ),
            self.commands.photos[:2],
        )
        self._stack = PageStack()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 16, 12)
        layout.addWidget(self._stack)
        self.view.order_tabs()
        self._connect()
        self._show_looks()

    def activated(self) -> None:
        """Begin with the photo of the search; count the bits if the library changed."""
        # Not before a photo that the page was opened for has come.
        QTimer.singleShot(0, self._begin_with_searched)
        self.knowledge.refresh()
        self.actions_registry.update()

    @Slot()
    def _begin_with_searched(self) -> None:
        if self.photo.photo is None and self.session.searched is not None:
            self.inspect(self.session.searched)

    def is_settled(self) -> bool:
        """Whether maps, pictures and counts have arrived."""
        return not (
            self.photo.is_busy
            or self.beside.is_busy
            or self.knowledge.is_counting
            or self.knowledge.is_measuring
            or any(reader.is_reading for reader in self._readers.values())
        )

    @Slot(object, object)
    def inspect(self, photo: Inspected, beside: Inspected | None = None) -> None:
        """Look at a photo, perhaps with another one beside it."""
        model = self.session.model
        if photo.bit >= 0 and (model is None or photo.bit < model.num_bits):
            self.bit = photo.bit
        if photo.logits is not None:  # it is soon explained
            self.setUpdatesEnabled(False)
            self._still.start()
        self._read(self.photo, self.view.photo, photo)
        self.photo.show(photo, self.bit)
        self.compare(beside)
        self._stack.setCurrentWidget(self.view)

    def inspect_files(self, files: Sequence[Path]) -> None:
        """Look at the first of some files, and at the second one beside it."""
        self.inspect(*(Inspected(file, file.name) for file in files[:2]))

    def compare(self, photo: Inspected | None) -> None:
        """Show the same bit of a second photo, or of none."""
        if photo is None and self.beside.photo is None:
            return
        self.view.beside.setVisible(photo is not None)
        self.view.arrange_photos()
        if photo is not None:
            self._read(self.beside, self.view.beside, photo)
        self.beside.show(photo, self.bit)
        self.actions_registry.update()

    @property
    def cell(self) -> BitCell | None:
        """The chosen bit of the photo."""
        return next((cell for cell in self._known if cell.bit == self.bit), None)

    def choose_bit(self, bit: int) -> None:
        """Show the map of a bit, and what is known of it."""
        self.bit = bit
        for side in (self.photo, self.beside):
            side.hurry(bit)
        self.view.grid.choose(bit)
        self._show_map()
        self._show_panel()
        self.actions_registry.update()

    def _connect(self) -> None:
        session, view = self.session, self.view
        session.inspect_requested.connect(self.inspect)
        session.model_changed.connect(self._forget_bit)
        session.model_actions.models_changed.connect(self._show_all)
        session.index_changed.connect(self._look_again)
        DropTarget(self, takes_own=True).dropped.connect(self._take_drop)
        for side, reader in self._readers.items():
            reader.finished.connect(self._show_pictures)
            side.changed.connect(self._show_all)
            side.maps_changed.connect(self._add_maps)
        self.knowledge.changed.connect(self._show_all)
        view.grid.bit_chosen.connect(self.choose_bit)
        view.grid.bit_opened.connect(self._open_bit)
        view.panel.bit_wanted.connect(self.choose_bit)
        view.panel.photo_wanted.connect(self._compare_with_file)
        view.tabs.currentChanged.connect(self._look_at_panel)
        for photo in (view.photo, view.beside):
            photo.view.hovered.connect(view.say_place)
        view.shown.activated.connect(self._choose_shown)
        view.opacity.valueChanged.connect(self._show_looks)
        view.contours.toggled.connect(self._show_looks)
        view.colours.activated.connect(self._show_looks)
        for signal in (view.order.activated, view.filter.textChanged, view.only_named.toggled):
            signal.connect(self._show_cells)
        view.order.activated.connect(view.grid.scrollToTop)  # to the bits that were asked for

    def _read(self, side: Inspection, shown: InspectedPhoto, photo: Inspected) -> None:
        """Show the photo itself as soon as it has been decoded, without waiting for maps."""
        shown.view.show_picture(None)
        if side is self.photo:
            self.view.name.setText(photo.name)
            self.view.grid.set_picture(None)
        if photo.picture is not None:
            self._readers[side].show(photo.source, photo.picture)
            return
        self._readers[side].read(
            photo.source,
            photo.name,
            self.session.photo_limits,
            allow_truncated=True,
        )

    @Slot()
    def _show_pictures(self) -> None:
        for side, shown in ((self.photo, self.view.photo), (self.beside, self.view.beside)):
            reader = self._readers[side]
            if reader.error is not None:
                shown.view.show_picture(None, str(reader.error.message))
            elif reader.picture is not None and not shown.view.has_picture:
                shown.view.show_picture(reader.picture.image)
                if side is self.photo:
                    self.view.grid.set_picture(reader.picture.image)
        self.view.arrange_photos()
        self._show_map()

    @Slot()
    def _show_all(self) -> None:
        model = self.session.model
        name = model.name if model is not None else self.tr("none")
        self.view.model.setText(self.tr("Model: %1").replace("%1", name))
        self._show_cells()
        self._show_map()
        self._show_panel()
        self.actions_registry.update()

    @Slot()
    def _add_maps(self) -> None:
        self._show_map()
        self.cells.add_maps(self.photo.maps)
        self._draw_again()

    @Slot()
    def _draw_again(self) -> None:
        self._still.stop()
        self.setUpdatesEnabled(True)

    def _all_cells(self) -> list[BitCell]:
        logits, model = self.photo.logits, self.session.model
        if logits is None or model is None:
            return []
        label_names = {told.bit: told.label_name for told in self.knowledge.attributes}
        return make_cells(
            logits, model.manifest.bit_names, label_names, self.photo.maps, self.knowledge.near
        )

    @Slot()
    def _show_cells(self) -> None:
        view, cells = self.view, self._all_cells()
        self._known = cells
        if self.bit < 0 and self.photo.logits is not None:
            self.bit = int(np.abs(self.photo.logits).argmax())
        chosen = arrange(
            cells,
            view.order.currentData(),
            only_named=view.only_named.isChecked(),
            text=view.filter.text(),
        )
        self.cells.set_cells(chosen)
        view.grid.choose(self.bit)
        view.count.setText(words.count(cells, len(chosen), self.knowledge) if cells else "")
        view.grid.set_nothing(words.nothing(view, self.photo))

    @Slot()
    def _show_map(self) -> None:
        view = self.view
        offer_maps(view.shown, self.photo)  # which decides what is shown
        found = self._shown_map(self.photo)
        other = self._shown_map(self.beside) if self.beside.photo is not None else None
        scale = engine.value_range(found, other) if found and other else None
        view.photo.view.show_map(found, scale)
        view.beside.view.show_map(other, scale)
        view.legend.set_map(found, scale)
        if found is not None and offer_colours(view.colours, found):
            self._show_looks()
        cell = self.cell
        view.headline.setText(cell.describe() if cell is not None else "")
        view.headline.setToolTip(cell.explain() if cell is not None else "")
        view.about.setVisible(not isinstance(self.photo.error, engine.PhotoError))
        view.caption.setText(words.caption(self.session, self.photo, found, self.knowledge))
        if found is not None and found.bit is not None and not self.photo.is_busy:
            self.knowledge.check(found.kind)
        for side, shown in ((self.photo, view.photo), (self.beside, view.beside)):
            shown.say(words.below(side, self._readers[side].picture, self.bit))

    def _shown_map(self, side: Inspection) -> BitMap | None:
        what, name = chosen_entry(self.view.shown.currentData())
        if what == VIEW:
            return next((each for each in side.views if each.name == name), None)
        found = side.maps.get(self.bit)
        if what == PART and found is not None:
            return next((part for part in found.parts if part.name == name), None)
        return found

    @Slot()
    def _show_looks(self) -> None:
        view = self.view
        palette, has_contours = view.colours.currentData() or "auto", view.contours.isChecked()
        for photo in (view.photo.view, view.beside.view):
            photo.set_opacity(view.opacity.value() / 100)
            photo.set_contours(has_contours)
            photo.set_palette(palette)
        view.grid.set_look(palette, has_contours)
        view.legend.set_look(palette, has_contours)
        view.opacity.setEnabled(not has_contours)

    @Slot()
    def _show_panel(self) -> None:
        panel, model, knowledge = self.view.panel, self.session.model, self.knowledge
        if model is None or self.bit < 0 or self.bit >= model.num_bits:
            return
        names = knowledge.names()
        name = names[self.bit]
        title = self.tr("Bit %1").replace("%1", str(self.bit)) + (f" “{name}”" if name else "")
        panel.show_bit(title, partial(words.told, self.session, knowledge, self.bit, names))
        margins = knowledge.margins
        found = engine.choose_exemplars(margins, self.bit) if margins is not None else None
        panel.show_examples(found, self._paths(found).get, words.examples(self.session, knowledge))

    def _paths(self, found: Exemplars | None) -> dict[int, Path]:
        catalogue = self.session.catalogue
        if catalogue is None or found is None:
            return {}
        ids = [one.photo_id for one in (*found.on, *found.off, *found.boundary)]
        return {record.id: record.path for record in catalogue.photos(ids)}

    @Slot(int)
    def _choose_shown(self, place: int) -> None:
        what, name = chosen_entry(self.view.shown.itemData(place))
        if what in (KIND, PART):
            kind = "best" if what == PART or place == 0 else name
            for side in (self.photo, self.beside):
                side.set_kind(kind, self.bit)
        self._show_map()

    @Slot(int)
    def _open_bit(self, bit: int) -> None:
        self.choose_bit(bit)
        self.view.show_panel()
        self.view.panel.setFocus()

    @Slot()
    def _look_at_panel(self) -> None:
        """Count when somebody looks."""
        self.knowledge.refresh()

    @Slot()
    def _look_again(self) -> None:
        if self.isVisible():
            self.knowledge.refresh()

    @Slot()
    def _forget_bit(self) -> None:
        self.bit = -1
        self.view.shown.clear()
        self.view.panel.clear()
        if self.isVisible():
            self.knowledge.refresh()

    @Slot(object)
    def _take_drop(self, incoming: Incoming) -> None:
        """Look at the photos, two of them side by side; the rest goes where it is of use."""
        if incoming.photos:
            self.inspect_files(incoming.photos)
        elif incoming.picture:
            self.inspect(Inspected(incoming.picture, incoming.name))
        self.intake.take(incoming.beside_photos)

    @Slot(object)
    def _compare_with_file(self, file: Path) -> None:
        self.compare(Inspected(file, file.name))
