"""Keeps library and index up to date: scan, index, refresh what can be searched.

Each step starts the next one by itself: a folder that was added is scanned, a scan that found
photos is followed by indexing, and what is indexed becomes searchable while indexing goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from engine import EngineError, JobContext, describe
from foodsearch_gui.core import banners, job_texts, library_jobs
from foodsearch_gui.core.library_jobs import IndexView, OpenedLibrary, ScanOutcome

if TYPE_CHECKING:
    from engine import Catalogue, IndexReport, ModelInfo, Problem, Root, Searcher
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.core.worker_thread import JobHandle

_FIRST_REFRESH_MS = 1000
_REFRESH_MS = 5000  # how often a running index job becomes searchable, once it has begun


class LibraryWork(QObject):
    """Orders the jobs on the open library, at most one scan and one indexing at a time.

    Args:
        session: Whose library and model it works on.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._scan_again = False
        self._index_again = False
        self._refresh_again = False
        self._new_roots: set[int] = set()
        self._known_problems: set[int] = set()
        self._has_told_changes = False  # FS-302 is shown; FS-303 would say the same again
        self._timer = QTimer(self)
        self._interval = _REFRESH_MS
        self._timer.timeout.connect(self.refresh_index)

    def set_refresh_interval(self, ms: int) -> None:
        """Let what a running index job did become searchable this often."""
        self._interval = ms
        self._timer.setInterval(ms)

    def stop(self) -> None:
        """Start nothing any more."""
        self._scan_again = self._index_again = self._refresh_again = False
        self._timer.stop()

    def library_opened(self, opened: OpenedLibrary) -> None:
        """Look for new photos if the user wants that at the start."""
        self.stop()
        self._has_told_changes = False
        self._known_problems = set(opened.problems)
        session, has_roots = self._session, opened.has_roots
        if session.can_change and session.settings.value.rescan_on_open and has_roots:
            self.rescan()

    def index_other_model(self) -> None:
        """Go on with the model that was chosen just now."""
        self._has_told_changes = False
        if index := self._session.running("index"):
            self._index_again = False
            index.cancel()

    def look_at_new(self, roots: Iterable[Root]) -> None:
        """Scan because of folders that were added."""
        self._new_roots |= {root.id for root in roots}
        self.rescan()

    def rescan(self, remove_missing: bool | Collection[int] = False) -> None:
        """Scan, or scan once more after the scan that is running."""
        session = self._session
        if (catalogue := self._writable()) is None:
            return
        if session.running("scan"):
            self._scan_again = True
            return
        key = session.model.key if session.model else None
        added, self._new_roots = frozenset(self._new_roots), set()

        def job(context: JobContext) -> ScanOutcome:
            return library_jobs.scan(catalogue, key, remove_missing, added, context)

        title = job_texts.scan_title(catalogue.root_paths())
        handle = session.run("scan", session.library_worker, title, job, self._scanned)
        handle.succeeded.connect(partial(_tell_scan, handle))
        handle.finished.connect(self._scan_ended)

    def build_index(self, coming: ModelInfo | None = None) -> JobHandle | None:
        """Index, or index once more after the run that is on.

        Args:
            coming: A model that is not in use yet; by default the one that is.

        Returns:
            The job, None if none was started.
        """
        session, model = self._session, coming or self._session.model
        if (catalogue := self._writable()) is None or model is None:
            return None
        if session.running("index"):
            self._index_again = True
            return None
        self._has_told_changes = False
        for code in ("FS-301", "FS-302", "FS-303", "FS-205"):
            session.banner_withdrawn.emit(code)

        def job(context: JobContext) -> IndexReport:
            return session.engine.build_index(catalogue, model, context)

        handle = session.run(
            "index", session.gpu, self.tr("Indexing the photos"), job, self._indexed
        )
        handle.finished.connect(self._index_ended)
        # Somebody may be waiting for the first photos.
        self._timer.start(min(_FIRST_REFRESH_MS, self._interval))
        return handle

    @Slot()
    def refresh_index(self) -> None:
        """Make searchable what has been indexed; the answer comes with ``index_changed``."""
        session = self._session
        catalogue, model, searcher = session.catalogue, session.model, session.searcher
        if session.running("refresh"):
            self._refresh_again = True  # what was written since that one began would stay unseen
            return
        if catalogue is None or model is None:
            return
        refresh = session.run(
            "refresh",
            session.library_worker,
            self.tr("Loading the index"),
            lambda _context: library_jobs.refresh_index(catalogue, model, searcher),
            partial(self._take_index, catalogue, model, searcher),
            interactive=True,
        )
        refresh.finished.connect(self._refresh_ended)

    def show_error(self, error: EngineError) -> None:
        """Show why a job stopped, with what can be done about it."""
        session = self._session
        actions: dict[str, Callable[[], object]] = {
            "Resume": self.build_index,
            "Choose model": partial(session.page_requested.emit, "models"),
        }
        if error.code == "FS-211":
            actions["Try again"] = session.open_again
        session.notify(error.message, actions)

    def _writable(self) -> Catalogue | None:
        return self._session.catalogue if self._session.can_change else None

    @Slot(object)
    def _scanned(self, outcome: ScanOutcome) -> None:
        session, report = self._session, outcome.report
        session.photos_changed.emit()
        self._show_scan_banners(outcome)
        missing = outcome.coverage.total - outcome.coverage.indexed if outcome.coverage else 0
        if missing and session.settings.value.index_after_scan:
            self.build_index()
            return
        message = banners.changes(report) if missing else None
        self._has_told_changes = message is not None
        if message is not None:
            session.notify(message, {message.actions[0]: self.build_index})
        self._look_for_problems()
        self.refresh_index()

    def _show_scan_banners(self, outcome: ScanOutcome) -> None:
        session = self._session
        session.banner_withdrawn.emit("FS-201")
        session.banner_withdrawn.emit("FS-202")
        for root in outcome.offline:
            message = describe("FS-201", path=root.path)
            again, remove = message.actions
            leave = partial(session.remove_root, root)
            session.notify(message, {again: self.rescan, remove: leave})
        for root in outcome.empty:
            session.folders.tell_empty(root)
        for held in outcome.report.held_back:
            message = describe("FS-202", path=held.path, missing=held.missing, total=held.total)
            forget = partial(self.rescan, remove_missing=[held.root_id])
            session.notify(message, {message.actions[1]: forget})

    @Slot()
    def _scan_ended(self) -> None:
        if self._scan_again:
            self._scan_again = False
            self.rescan()

    @Slot(object)
    def _indexed(self, report: IndexReport) -> None:
        self._look_for_problems()
        if report.failed:
            self._session.photos_changed.emit()

    @Slot()
    def _index_ended(self) -> None:
        self._timer.stop()
        self.refresh_index()
        if self._index_again:
            self._index_again = False
            self.build_index()

    @Slot()
    def _refresh_ended(self) -> None:
        if self._refresh_again:
            self._refresh_again = False
            self.refresh_index()

    def _look_for_problems(self) -> None:
        session, catalogue = self._session, self._session.catalogue
        if catalogue is not None:
            session.run(
                "problems",
                session.library_worker,
                self.tr("Reading the list of problems"),
                lambda _context: catalogue.problems(),
                partial(self._take_problems, catalogue),
                interactive=True,
            )

    def _take_problems(self, catalogue: Catalogue, problems: Sequence[Problem]) -> None:
        """Tell of problems that are new, with the number of the list that the banner leads to."""
        session = self._session
        if session.catalogue is not catalogue:
            return
        new = {problem.id for problem in problems} - self._known_problems
        self._known_problems |= new
        if new:
            message = describe("FS-204", count=len(problems))
            session.notify(message, {message.actions[0]: session.show_problems})
        elif not problems:
            session.banner_withdrawn.emit("FS-204")

    def _take_index(
        self, catalogue: Catalogue, model: ModelInfo, asked: Searcher | None, view: IndexView
    ) -> None:
        session = self._session
        # By key: a bit that was named meanwhile makes another object of the same model.
        is_same = session.model is not None and session.model.key == model.key
        if session.catalogue is not catalogue or not is_same or session.searcher is not asked:
            if view.searcher is not session.searcher:
                view.searcher.close()  # chosen otherwise in the meantime
            self.refresh_index()
            return
        before, session.coverage = session.coverage, view.coverage
        session.searcher = view.searcher
        session.index_changed.emit()
        if before is not None and before.total != view.coverage.total:
            session.photos_changed.emit()  # indexing found some that cannot be read
        if view.coverage.indexed and self._timer.isActive():
            self._timer.setInterval(self._interval)
        self._show_coverage()

    def _show_coverage(self) -> None:
        session = self._session
        assert session.coverage is not None
        assert session.model is not None
        message = banners.coverage(session.coverage, session.model.name)
        for code in ("FS-301", "FS-303"):
            if message is None or message.code != code:
                session.banner_withdrawn.emit(code)
        is_busy = session.running("index") or session.running("scan")
        if message is not None and message.code == "FS-303" and self._has_told_changes:
            return
        if message is not None and not is_busy and session.can_change:
            session.notify(message, {message.actions[0]: self.build_index})


def _tell_scan(handle: JobHandle, outcome: ScanOutcome) -> None:
    handle.tell(job_texts.scan_result(outcome.report))
