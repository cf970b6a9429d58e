"""Why these photos were found, as a file: a page to read, or one picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

import engine
from engine import EngineError, Message
from foodsearch_gui.core import desktop, evaluation_export, inspect_texts, wording
from foodsearch_gui.core.explanation_picture import draw_explanation
from foodsearch_gui.core.gpu_engine import QueryPhoto
from foodsearch_gui.core.search_work import SearchWork
from foodsearch_gui.pages import steering_texts

if TYPE_CHECKING:
    from engine import Answer, ExplanationPage, ModelInfo
    from foodsearch_gui.core.query import Query
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.pages.search_page import SearchPage

_SUFFIXES = (".html", ".png")


class SearchExport(QObject):
    """Asks where, lets the engine explain, writes.

    Args:
        session: Model and workers.
        work: Query and answer.
        page: Whose questions are asked.
    """

    def __init__(self, session: Session, work: SearchWork, page: SearchPage) -> None:
        super().__init__(page)
        self._session = session
        self._work = work
        self._page = page
        work.changed.connect(self._tell)

    def tip(self) -> str:
        """Return what the export does, or why it cannot be done."""
        if self._work.asked is not None and self._work.asked.added:
            return self.tr(
                "Maps are of a single photo: search with one to export why its matches were found"
            )
        return self.tr("Write the first matches and the maps of the bits as a page or a picture")

    def can_export(self) -> bool:
        """Whether there is something to explain, with the model that found it.

        The distances of several photos are those of their joined code, which no map explains.
        """
        asked, answer, model = self._work.asked, self._work.answer, self._session.model
        if asked is None or answer is None or model is None:
            return False
        return bool(answer.hits) and asked.model_key == model.key and not asked.added

    def export(self) -> None:
        """Write the first matches and the maps of the bits that decide."""
        query, answer, model = self._work.asked, self._work.answer, self._session.model
        if query is None or answer is None or model is None:
            return
        kinds = self.tr("Page (*.html);;Picture (*.png)")
        proposal = f"{Path(query.name).stem}-why.html"
        target = self._page.questions.save_as(
            self._page, self.tr("Export the explanation"), proposal, kinds
        )
        if target is None:
            return
        if target.suffix.lower() not in _SUFFIXES:
            target = target.with_name(f"{target.name}.html")
        photo = self._session.encoded_photo(query.source) or QueryPhoto(
            query.source, query.name, self._session.photo_limits, query.allow_truncated
        )
        facts = self._facts(query, answer, model)
        gpu, bit = self._session.engine, self._page.details.bit
        steering = query.steering
        steps = gpu.explain_answer(
            model,
            photo,
            answer,
            facts,
            bit,
            flips=steering.flipped,
            ignore=steering.ignored,
            names=self._session.knowledge.names(),
            judged=self._judged(),
        )
        self._go_on(target, steps)

    def _go_on(self, target: Path, steps: Iterator[ExplanationPage | None]) -> None:
        """Explain the next photo; a training that runs is held up by one of them at a time."""
        self._session.run(
            "export",
            self._session.gpu,
            self.tr("Explaining the matches"),
            lambda _context: next(steps),
            partial(self._take, target, steps),
            interactive=True,
        )

    def _take(
        self, target: Path, steps: Iterator[ExplanationPage | None], page: ExplanationPage | None
    ) -> None:
        if page is None:
            self._go_on(target, steps)
        else:
            self._write(target, page)

    @Slot()
    def _tell(self) -> None:
        self._page.actions_registry.set_tip("search.export", self.tip())

    def _facts(self, query: Query, answer: Answer, model: ModelInfo) -> tuple[str, ...]:
        searched = self.tr("%1 searched with the model %2.")
        searched = searched.replace("%1", wording.photos(answer.searched))
        chips = steering_texts.chips(query, self._session.knowledge.names())
        wishes = [", ".join(chip.text for chip in chips) + "."] if chips else []
        return (searched.replace("%2", model.name), *wishes)

    def _judged(self) -> dict[str, str]:
        """Return how the kinds of maps fared that were tested on the library."""
        told = {
            kind: (inspect_texts.map_verdict(tested), inspect_texts.map_test_words(tested))
            for kind, tested in self._session.knowledge.map_tests.items()
        }
        return {kind: " ".join(filter(None, words)) for kind, words in told.items() if any(words)}

    def _write(self, target: Path, page: ExplanationPage) -> None:
        try:
            if target.suffix.lower() == ".png":
                evaluation_export.write_picture(draw_explanation(page), target)
            else:
                engine.write_explanation(page, target)
        except EngineError as error:
            self._session.notify(error.message, {})
            return
        show = self.tr("Show in folder")
        title = self.tr("The explanation was written to %1.")
        message = Message("", title.replace("%1", wording.path(target.name)), actions=(show,))
        self._session.notify(message, {show: partial(desktop.show_in_folder, target)})
