"""Keeps library and index up to date: add folders, scan, index, refresh what can be searched.

Each step starts the next one by itself: a folder that was added is scanned, a scan that found
photos is followed by indexing, and what is indexed becomes searchable while indexing goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from engine import EngineError, JobContext, Message, describe
from foodsearch_gui.core import banners, library_jobs
from foodsearch_gui.core.library_jobs import IndexView, ScanOutcome

if TYPE_CHECKING:
    from engine import AddedRoots, Catalogue, IndexReport, ModelInfo, Root
    from foodsearch_gui.core.session import Session

_REFRESH_MS = 5000  # how often a running index job becomes searchable


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
        self._unreadable = 0
        self._waiting_folders: list[Path] = []
        self._has_told_changes = False  # FS-302 is shown; FS-303 would say the same again
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh_index)

    def set_refresh_interval(self, ms: int) -> None:
        """Let what a running index job did become searchable this often."""
        self._timer.setInterval(ms)

    def stop(self) -> None:
        """Start nothing any more."""
        self._scan_again = self._index_again = self._refresh_again = False
        self._timer.stop()

    def library_opened(self, has_roots: bool) -> None:
        """Look for new photos if the user wants that at the start."""
        self.stop()
        self._has_told_changes = False
        self._unreadable = 0
        session = self._session
        if session.can_change and session.settings.value.rescan_on_open and has_roots:
            self.rescan()
        if folders := self._waiting_folders:
            self._waiting_folders = []
            self.add_roots(folders)

    def index_other_model(self) -> None:
        """Go on with the model that was chosen just now."""
        self._has_told_changes = False
        if index := self._session.running("index"):
            self._index_again = False
            index.cancel()

    def add_roots(self, folders: list[Path]) -> None:
        """Add folders, then scan; while a library is being opened, add them to that one."""
        session = self._session
        if session.catalogue is None:
            self._waiting_folders += folders
            return
        if (catalogue := self._writable()) is None:
            session.notify(describe("FS-209", name=session.catalogue.name), {})
            return
        session.run(
            "roots",
            session.library_worker,
            self.tr("Adding folders"),
            lambda _context: catalogue.add_roots(folders),
            self._take_roots,
            interactive=True,
        )

    def remove_root(self, root: Root) -> None:
        """Take a folder out; its photos and codes come back with undo."""
        message = Message(
            "",
            self.tr("“%1” was removed from the library.").replace("%1", root.path.name),
            self.tr("The photos themselves were not touched."),
            actions=(self.tr("Undo"),),
        )
        undo = {message.actions[0]: partial(self._change_root, "restore_root", root, None)}
        self._change_root("remove_root", root, partial(self._session.notify, message, undo))

    def add_sample_photos(self) -> None:
        """Draw the sample photos, then add their folder."""
        session = self._session
        if self._writable() is None or session.running("samples"):
            return
        session.run(
            "samples",
            session.library_worker,
            self.tr("Drawing the sample photos"),
            partial(library_jobs.draw_samples, session.paths),
            self._add_samples,
        )

    def rescan(self, remove_missing: bool | Collection[int] = False) -> None:
        """Scan, or scan once more after the scan that is running."""
        session = self._session
        if (catalogue := self._writable()) is None:
            return
        if session.running("scan"):
            self._scan_again = True
            return
        key = session.model.key if session.model else None

        def job(context: JobContext) -> ScanOutcome:
            return library_jobs.scan(catalogue, key, remove_missing, context)

        handle = session.run(
            "scan", session.library_worker, self.tr("Looking for photos"), job, self._scanned
        )
        handle.finished.connect(self._scan_ended)

    def build_index(self) -> None:
        """Index, or index once more after the run that is on."""
        session, model = self._session, self._session.model
        if (catalogue := self._writable()) is None or model is None:
            return
        if session.running("index"):
            self._index_again = True
            return
        self._has_told_changes = False
        for code in ("FS-301", "FS-302", "FS-303", "FS-205"):
            session.banner_withdrawn.emit(code)

        def job(context: JobContext) -> IndexReport:
            return session.engine.build_index(catalogue, model, context)

        handle = session.run(
            "index", session.gpu, self.tr("Indexing the photos"), job, self._indexed
        )
        handle.finished.connect(self._index_ended)
        self._timer.start()

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
            partial(self._take_index, catalogue, model),
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

    def _change_root(
        self, change: str, root: Root, done: Callable[[], object] | None = None
    ) -> None:
        if (catalogue := self._writable()) is None:
            return

        def finish(_result: object) -> None:
            self._session.photos_changed.emit()
            self.refresh_index()
            if done is not None:
                done()

        self._session.run(
            "root",
            self._session.library_worker,
            self.tr("Changing the folders"),
            lambda _context: getattr(catalogue, change)(root.id),
            finish,
            interactive=True,
        )

    @Slot(object)
    def _take_roots(self, result: AddedRoots) -> None:
        # That one of several is known already is nothing to tell.
        told = result.refused or (() if result.added else result.covered)
        if told:
            self._session.notify(banners.not_added(told), {})
        if result.added:
            self._session.photos_changed.emit()
            self.rescan()

    @Slot(object)
    def _add_samples(self, folder: Path) -> None:
        self.add_roots([folder])

    @Slot(object)
    def _scanned(self, outcome: ScanOutcome) -> None:
        session, report = self._session, outcome.report
        session.photos_changed.emit()
        self._unreadable += report.problems
        self._show_scan_banners(outcome)
        missing = outcome.coverage.total - outcome.coverage.indexed if outcome.coverage else 0
        if missing and session.settings.value.index_after_scan:
            self.build_index()
            return
        message = banners.changes(report) if missing else None
        self._has_told_changes = message is not None
        if message is not None:
            session.notify(message, {message.actions[0]: self.build_index})
        self._show_unreadable()
        self.refresh_index()

    def _show_scan_banners(self, outcome: ScanOutcome) -> None:
        session = self._session
        session.banner_withdrawn.emit("FS-201")
        session.banner_withdrawn.emit("FS-202")
        for root in outcome.offline:
            message = describe("FS-201", path=root.path)
            again, remove = message.actions
            session.notify(message, {again: self.rescan, remove: partial(self.remove_root, root)})
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
        self._unreadable += report.failed
        self._show_unreadable()
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

    def _show_unreadable(self) -> None:
        count, self._unreadable = self._unreadable, 0
        if count:
            message = describe("FS-204", count=count)
            self._session.notify(message, {message.actions[0]: self._session.show_problems})

    def _take_index(self, catalogue: Catalogue, model: ModelInfo, view: IndexView) -> None:
        session = self._session
        if session.catalogue is not catalogue or session.model is not model:
            view.searcher.close()  # chosen otherwise in the meantime
            self.refresh_index()
            return
        session.searcher, session.coverage = view.searcher, view.coverage
        session.index_changed.emit()
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
