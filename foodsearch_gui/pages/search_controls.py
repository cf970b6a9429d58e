"""The controls of the Search page: settings, widgets and search options kept in step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSignalBlocker, Slot

from engine import near_duplicate_distance
from foodsearch_gui.core.search_work import SearchWork
from foodsearch_gui.core.settings import MOST_RESULTS
from foodsearch_gui.pages.search_choosers import FolderChooser, ModelChooser

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.pages.search_view import SearchView

_MORE = 24


class SearchControls(QObject):
    """Turns what the user sets into search options, and remembers it.

    Args:
        session: Settings, models, folders.
        work: Gets the options.
        view: The widgets.
    """

    def __init__(
        self, session: Session, work: SearchWork, view: SearchView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._work = work
        self._view = view
        self.models = ModelChooser(session, view.model_box, self)
        self.folders = FolderChooser(session, view.folder_box, self)
        self._is_restored = False  # the kept distance is one of a code of known length
        self._take_model()
        self._take_settings()
        view.results.valueChanged.connect(self._keep_results)
        view.duplicates.toggled.connect(self._keep_duplicates)
        view.distance.slider.valueChanged.connect(self._change_distance)
        self.folders.chosen.connect(self._change_folder)
        session.settings.changed.connect(self._take_settings)
        session.model_changed.connect(self._take_model)
        work.answered.connect(self._keep_distance)

    def show_beyond(self) -> None:
        """Show photos that the last answer left out: farther ones, else more of them."""
        answer, options = self._work.answer, self._work.options
        has_room = answer is None or len(answer.hits) < options.top
        if has_room and options.radius is not None:
            self.set_radius(None)
        else:
            self._view.results.setValue(options.top + _MORE)

    def show_nearest(self) -> None:
        """Widen the distance just so far that the nearest photo is found."""
        answer = self._work.answer
        if answer is not None and answer.nearest is not None:
            self.set_radius(answer.nearest)

    def set_radius(self, radius: int | None) -> None:
        """Move the slider and search at once."""
        with QSignalBlocker(self._view.distance.slider):
            self._view.distance.set_radius(radius)
        self._view.distance.show_value()
        self._change(radius=self._view.distance.radius)

    def _change(self, *, soon: bool = False, **values: Any) -> None:
        self._work.set_options(replace(self._work.options, **values), soon=soon)

    @Slot()
    def _take_settings(self) -> None:
        """Follow the settings, which the settings dialog changes as well."""
        value, view = self._session.settings.value, self._view
        with QSignalBlocker(view.results), QSignalBlocker(view.duplicates):
            view.results.setRange(1, MOST_RESULTS)
            view.results.setValue(value.results)
            view.duplicates.setChecked(value.hide_duplicates)
        self._change(
            top=value.results,
            hide_duplicates=value.hide_duplicates,
            radius=view.distance.radius,
        )

    @Slot()
    def _take_model(self) -> None:
        model = self._session.model
        if model is not None:
            with QSignalBlocker(self._view.distance.slider):
                self._view.distance.set_bits(model.num_bits)
                if not self._is_restored:
                    kept = self._session.settings.value.max_distance
                    self._view.distance.set_radius(_radius(kept))
                    self._view.distance.show_value()
                    self._is_restored = True
            near = near_duplicate_distance(model.manifest.method, model.num_bits)
            self._view.allow_duplicates(can_tell=near is not None)
            self._change(radius=self._view.distance.radius)

    @Slot(int)
    def _keep_results(self, number: int) -> None:
        self._session.settings.change(results=number)

    @Slot(bool)
    def _keep_duplicates(self, are_hidden: bool) -> None:
        self._session.settings.change(hide_duplicates=are_hidden)

    @Slot()
    def _change_distance(self) -> None:
        self._change(soon=True, radius=self._view.distance.radius)

    @Slot()
    def _keep_distance(self) -> None:
        if self._is_restored:
            radius = self._work.options.radius
            self._session.settings.change(max_distance=-1 if radius is None else radius)

    @Slot(object)
    def _change_folder(self, folder: Path | None) -> None:
        self._change(folder=folder)


def _radius(stored: int) -> int | None:
    return None if stored < 0 else stored
