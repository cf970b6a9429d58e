"""What the Search page says and offers while it has no photos to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import wording
from foodsearch_gui.core.search_work import SearchState, SearchWork
from foodsearch_gui.pages import search_texts

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session


@dataclass(frozen=True)
class EmptyContent:
    """Words and buttons of an empty state.

    Attributes:
        icon: A file of ``resources/icons``.
        title: One sentence.
        text: What follows from it.
        actions: Ids of the actions, the main one first.
    """

    icon: str
    title: str
    text: str
    actions: tuple[str, ...] = ()


def empty_content(session: Session, work: SearchWork) -> EmptyContent:
    """Return what to say in a state without results."""
    state, model = work.state, session.model
    if state is SearchState.NO_MODEL or model is None:
        return EmptyContent(
            "models",
            _tr("There is no model to search with."),
            _tr("Import a model on the Models page."),
            ("view.models",),
        )
    if state is SearchState.NO_HIT and work.answer is not None:
        title, text = search_texts.nothing_found(work.answer, work.options, work.steering)
        actions = () if work.answer.nearest is None else ("search.show-nearest",)
        return EmptyContent("search", title, text, actions)
    if state is SearchState.NO_INDEX:
        return _no_index(session, work, model.name)
    if job := session.running("samples") or session.running("scan"):
        text = _tr("You can search as soon as the first photos are indexed.")
        if job.last_progress is not None:
            text = f"{wording.progress_line(job.last_progress)}\n{text}"
        return EmptyContent("library", f"{job.title}…", text)
    if work.query is not None and work.error is None:
        text = _tr("Then it is searched with “%1”. Your photos stay where they are.")
        return EmptyContent(
            "library",
            _tr("Add a folder of photos to search in."),
            text.replace("%1", wording.path(work.query.name)),
            ("library.add_folder", "library.samples"),
        )
    return EmptyContent(
        "library",
        _tr("Add a folder of photos to search in."),
        _tr("Your photos stay where they are. Nothing is changed, nothing is uploaded."),
        ("library.add_folder", "library.samples"),
    )


def _no_index(session: Session, work: SearchWork, model_name: str) -> EmptyContent:
    if job := session.running("index"):
        progress = job.last_progress
        text = wording.progress_line(progress) if progress is not None else ""
        return EmptyContent("index", _tr("The index is being built."), text)
    title = _tr("This library has no index for %1 yet.").replace("%1", model_name)
    text = _tr("%1 are encoded once; after that a search answers at once.")
    photos = wording.photos(work.photos)
    return EmptyContent("index", title, text.replace("%1", photos), ("library.index",))


def _tr(text: str) -> str:
    return QCoreApplication.translate("SearchPage", text)
