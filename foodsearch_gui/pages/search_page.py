"""The Search page: from a photo that was brought to the photos that look like it.

The page decides what its widgets show; the search itself is :class:`SearchWork`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine import Message
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.incoming import read_mime
from foodsearch_gui.core.intake import Intake
from foodsearch_gui.core.picture_reader import PictureReader
from foodsearch_gui.core.query import Query
from foodsearch_gui.core.search_work import SearchState, SearchWork
from foodsearch_gui.core.session import Session
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.docks.match_details import MatchDetails
from foodsearch_gui.models.photo_grid import PhotoGridModel
from foodsearch_gui.pages import search_texts
from foodsearch_gui.pages.page import Page
from foodsearch_gui.pages.search_actions import add_search_actions
from foodsearch_gui.pages.search_adding import SearchAdding
from foodsearch_gui.pages.search_controls import SearchControls
from foodsearch_gui.pages.search_details import DetailsFeeder
from foodsearch_gui.pages.search_empty import empty_content
from foodsearch_gui.pages.search_evidence import SearchEvidence
from foodsearch_gui.pages.search_export import SearchExport
from foodsearch_gui.pages.search_inspecting import SearchInspecting
from foodsearch_gui.pages.search_recent import RecentQueries
from foodsearch_gui.pages.search_steering import SearchSteering
from foodsearch_gui.pages.search_view import SearchView
from foodsearch_gui.widgets.photo_grid_view import PhotoGridView

SKELETON_MS = 150
_WITHOUT_CONTROLS = (SearchState.OPENING, SearchState.NO_LIBRARY, SearchState.NO_MODEL)
_DETAIL_ACTIONS = ("similar", "inspect", "good-match", "no-match", "export")


class SearchPage(Page):
    """Search by photo.

    Attributes:
        work: The search.
        view: The widgets.
        grid: The results, also ``view.grid``.
        photos: What the grid shows.
        reader: The query photo.
        details: The dock.
        intake: Takes whatever is dropped or pasted.
        questions: Asks for files; tests answer by themselves.
    """

    def __init__(
        self, session: Session, actions: ActionRegistry, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        self.setObjectName("search_page")
        self.work = SearchWork(session, self)
        self.reader = PictureReader(self)
        self.photos = PhotoGridModel(session.thumbs, "search", self)
        self.questions = Questions()
        self.intake = Intake(session, self)
        self._read_request: tuple[object, bool] | None = None
        self._answered_source: object = None
        self._skeleton = QTimer(self)
        self._skeleton.setSingleShot(True)
        self._skeleton.setInterval(SKELETON_MS)
        self._skeleton.timeout.connect(self._show_skeleton)
        self._build()
        self._connect()
        self._render()

    def activated(self) -> None:
        """Follow what other pages changed."""
        self._controls.models.refresh()
        self._recent.refresh()

    def is_settled(self) -> bool:
        """Whether answer and pictures have arrived."""
        return (
            self.work.is_settled
            and not self.reader.is_reading
            and self.session.thumbs.is_idle
            and not self._skeleton.isActive()
            and not self._feeder.is_busy
        )

    def paste(self) -> None:
        """Search with what the clipboard holds."""
        incoming = read_mime(QGuiApplication.clipboard().mimeData())
        if incoming:
            self.intake.take(incoming)
            return
        title = self.tr("The clipboard holds no picture.")
        advice = self.tr("Copy a photo or its file, then paste it here.")
        self.session.notify(Message("", title, advice=advice), {})

    def _build(self) -> None:
        registry, session = self.actions_registry, self.session
        self._adding = SearchAdding(self.work, self.intake, self)
        add_search_actions(self, self._adding, SearchExport(session, self.work, self))
        self.grid = PhotoGridView(
            self.photos,
            session.thumbs,
            registry,
            "search",
            can_judge=True,
            menu="search",
            page=self,
        )
        self.grid.setAccessibleName(self.tr("Results"))
        self.grid.set_zoom(session.settings.value.thumbnail_size)
        open_photo = registry["file.open"]
        self.view = SearchView(
            self.grid,
            (open_photo, registry["search.paste"]),
            open_photo,
            registry["search.add-photo"],
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.details = MatchDetails([registry[f"search.{name}"] for name in _DETAIL_ACTIONS])
        self.dock = self.details
        self._feeder = DetailsFeeder(session, self.work, self.reader, self.details, self)
        self._controls = SearchControls(session, self.work, self.view, self)
        self._steering = SearchSteering(session, self.work, self.view, self)
        self._inspecting = SearchInspecting(
            session, self.work, self.reader, self.grid, lambda: self.details.bit, self
        )
        self._evidence = SearchEvidence(session, self.work, self)
        self._recent = RecentQueries(session, self.view.drop_zone, self)

    def _connect(self) -> None:
        session, view, work = self.session, self.view, self.work
        session.search_requested.connect(self._search)
        session.photos_requested.connect(work.search_photos)
        session.similar_requested.connect(work.search_similar)
        session.engine_changed.connect(self._render)
        session.banner.connect(self._spare_banner)
        session.jobs.activity_changed.connect(self._follow_jobs)
        view.card.dropped.connect(self.intake.take)
        view.card.added.connect(self._adding.take)
        view.suggestion.linkActivated.connect(self._evidence.show)
        self.grid.add_wanted.connect(self._adding.take_tiles)
        self.details.wish_changed.connect(self._steering.wish)
        view.drop_zone.dropped.connect(self.intake.take)
        view.show_beyond.clicked.connect(self._controls.show_beyond)
        self._recent.chosen.connect(self._search)
        self.grid.similar_wanted.connect(work.search_similar)
        self.grid.judged.connect(work.judge)
        self.grid.current_changed.connect(self._show_details)
        self.grid.zoom_changed.connect(self._keep_zoom)
        self.reader.finished.connect(self._take_picture)
        work.answered.connect(self._show_answer)
        work.changed.connect(self._render)

    @Slot(object)
    def _spare_banner(self, message: Message) -> None:
        """Take back the banner that says what the whole page says already."""
        if message.code == "FS-301" and self.isVisible():
            self.session.banner_withdrawn.emit(message.code)

    @Slot()
    def _follow_jobs(self) -> None:
        """Show the progress of what one waits for; jobs report ten times a second."""
        state = self.work.state
        if state in (SearchState.NO_LIBRARY, SearchState.NO_INDEX):
            self._render_body(state)

    @Slot()
    def _render(self) -> None:
        """Show what the state of the search asks for."""
        state, query = self.work.state, self.work.query
        if query is not None:
            self._read_photo(query)
        has_controls = state not in _WITHOUT_CONTROLS
        self.view.header.setVisible(has_controls or query is not None)
        self.view.form.setVisible(has_controls)
        self.view.card.setVisible(query is not None)
        self._render_card()
        self._render_body(state)
        self._render_texts(state)
        if state is SearchState.FAILED:
            self._feeder.show_photo(None)  # the match is one of the photo before
        self.photos.set_judgements(self.work.judgements)
        self.actions_registry.update()

    def _render_card(self) -> None:
        query, picture, error = self.work.query, self.reader.picture, self.work.error
        if query is None:
            return
        image = picture.image if picture is not None else None
        if error is not None:
            self.view.card.show_error(error.message, image, self._error_actions(error.message))
            return
        if picture is not None:
            details = search_texts.picture_details(picture)
        elif self.reader.error is not None:
            details = self.tr("Its file cannot be read now.")
        else:
            details = self.tr("Reading the photo…")
        if self.work.state is SearchState.LOADING and self.session.device is None:
            details += "\n" + self.tr("Starting the engine…")
        self.view.card.show_query(query.name, image, details)

    def _render_body(self, state: SearchState) -> None:
        view, body = self.view, self.view.body
        has_results = self.photos.rowCount() > 0
        self.grid.setEnabled(state is not SearchState.FAILED)
        if state is SearchState.LOADING:
            if not self._skeleton.isActive() and body.currentWidget() is not view.skeleton:
                self._skeleton.start()
            return
        self._skeleton.stop()
        if state is SearchState.OPENING:
            body.setCurrentWidget(view.blank)
        elif state is SearchState.HITS or (state is SearchState.FAILED and has_results):
            body.setCurrentWidget(self.grid)
        elif state in (SearchState.NO_QUERY, SearchState.FAILED):
            body.setCurrentWidget(view.drop_zone)
        else:
            content = empty_content(self.session, self.work)
            actions = [self.actions_registry[name] for name in content.actions]
            view.set_empty(content.icon, content.title, content.text, actions)
            body.setCurrentWidget(view.empty)

    def _render_texts(self, state: SearchState) -> None:
        view, work = self.view, self.work
        has_answer = state in (SearchState.HITS, SearchState.NO_HIT)
        if work.answer is None or work.query is None or not has_answer:
            words = ""
            if state is SearchState.LOADING:
                words = self.tr("Searching…")
            elif state is SearchState.FAILED and self.photos.rowCount():
                words = self.tr("Below are the results of the photo before.")
            view.summary_bar.setVisible(bool(words))
            view.set_summary(words)
            view.set_beyond("", "")
            return
        view.summary_bar.show()
        view.set_summary(
            search_texts.summary(work.answer, work.query, self.session.coverage),
            search_texts.suggestion(work.answer),
        )
        view.set_beyond(*search_texts.beyond(work.answer, work.options))

    def _error_actions(self, message: Message) -> dict[str, Callable[[], object]]:
        """Return what the buttons of a photo's error do."""
        registry = self.actions_registry
        known: dict[str, Callable[[], object]] = {
            "Choose another": registry["file.open"].trigger,
            "Search anyway": self.work.search_anyway,
            "Cancel": self.work.leave,
            "Settings": registry["edit.settings"].trigger,
            "Copy command": partial(QGuiApplication.clipboard().setText, "pip install pi-heif"),
        }
        return {caption: known[caption] for caption in message.actions if caption in known}

    def _read_photo(self, query: Query) -> None:
        """Read the query photo for display unless that has been done."""
        wanted = (query.source, query.allow_truncated)
        if self._read_request is None or not _is_same(wanted, self._read_request):
            self._read_request = wanted
            self.reader.read(
                query.source,
                query.name,
                self.session.photo_limits,
                allow_truncated=query.allow_truncated,
            )

    @Slot()
    def _take_picture(self) -> None:
        if self.reader.error is not None:
            self.work.fail(self.reader.error)
        self._render_card()

    @Slot()
    def _show_skeleton(self) -> None:
        if self.work.state is SearchState.LOADING:
            self.view.skeleton.set_tiles(self.grid.tile_size(), self.grid.gridSize())
            self.view.body.setCurrentWidget(self.view.skeleton)

    @Slot()
    def _show_answer(self) -> None:
        """Show the hits; the cursor stays on its photo as long as that is found."""
        answer, query = self.work.answer, self.work.query
        if answer is None or query is None:
            self.photos.set_hits((), 0)
            self._show_details(-1)
            return
        self._read_photo(query)
        is_new = query.source is not self._answered_source
        self._answered_source = query.source
        before = None if is_new else self.grid.current_photo()
        self.photos.set_hits(answer.hits, answer.counting, query.photo_id)
        if answer.hits and (before is None or not self.grid.select_photo(before)):
            # The query itself says nothing new; the first other photo does.
            first = next((h for h in answer.hits if h.photo_id != query.photo_id), answer.hits[0])
            self.grid.select_photo(first.photo_id)
        if is_new:
            self.view.body.setCurrentWidget(self.grid)
            self.grid.scrollToTop()
            self.grid.setFocus()
        self._show_details(self.grid.currentIndex().row())

    @Slot(int)
    def _show_details(self, row: int) -> None:
        self._feeder.show_photo(int(self.photos.ids[row]) if row >= 0 else None)

    @Slot(object, str)
    def _search(self, source: Path | bytes, name: str) -> None:
        self.work.search_photo(source, name)

    @Slot(int)
    def _keep_zoom(self, width: int) -> None:
        self.session.settings.change(thumbnail_size=width)

    def show_nearest(self) -> None:
        """Widen the distance until a photo is found."""
        self._controls.show_nearest()

    def is_bent(self) -> bool:
        """Whether more is searched for than one photo as it is."""
        return self.work.is_bent

    def repeat(self) -> None:
        """Read the photo once more and search with it."""
        self._read_request = None  # the file, or what may be read, can have changed
        self.work.repeat()


def _is_same(first: tuple[object, bool], second: tuple[object, bool]) -> bool:
    # By identity: a file that is brought again may have changed, and bytes may be many.
    return first[0] is second[0] and first[1] == second[1]
