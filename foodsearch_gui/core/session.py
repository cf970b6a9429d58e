"""The state of the program: one library, one model, what can be searched, and the workers.

Pages read the attributes, call the methods and listen to the signals. Lives in the GUI thread;
everything long runs in one of the two workers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import engine
from engine import Message, Paths
from foodsearch_gui.core import banners, library_jobs
from foodsearch_gui.core.banners import Action
from foodsearch_gui.core.bit_knowledge import BitKnowledge
from foodsearch_gui.core.desktop import open_folder
from foodsearch_gui.core.gpu_engine import GpuEngine, QueryPhoto
from foodsearch_gui.core.inspection import Inspected
from foodsearch_gui.core.job_desk import JobDesk
from foodsearch_gui.core.library_folders import LibraryFolders
from foodsearch_gui.core.library_jobs import OpenedLibrary
from foodsearch_gui.core.library_work import LibraryWork
from foodsearch_gui.core.model_actions import ModelActions
from foodsearch_gui.core.model_offer import ModelOffer
from foodsearch_gui.core.model_switch import ModelSwitch
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.core.suggestion_check import SuggestionCheck
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.core.trainings import Trainings
from foodsearch_gui.core.worker_thread import JobHandle

if TYPE_CHECKING:
    from engine import (
        Catalogue,
        Coverage,
        Device,
        EncodedQuery,
        ModelInfo,
        ModelStore,
        PhotoLimits,
        Root,
        Searcher,
    )

_CLOSING = ("Cancel", "Close", "Keep", "Later", "OK")
_FOR_THE_LOG = ("FS-510",)  # no banner: it is nothing to act on


class Session(QObject):
    """The state of the program.

    Signals:
        catalogue_changed: Another library is open, or none.
        model_changed: Another model is in use, or none.
        index_changed: ``searcher`` or ``coverage`` are new.
        photos_changed: Folders or photos of the library changed.
        engine_changed: ``device`` is known.
        search_requested (object, str): Search with this file, or these bytes of this name.
        photos_requested (object): Search with these files at the same time.
        similar_requested (object): Search with the photo of this id.
        inspect_requested (Inspected, object): Show the bits of a photo; maybe another beside it.
        bit_requested (Inspected, int, bool): Search with a photo; a bit must be on, or off.
        problems_requested: Show the list of files that could not be read.
        banner (Message, list[Action]): Show a message; one of the same code is replaced.
        banner_withdrawn (str): The messages of this code do not apply any more.
        message_withdrawn (Message): Nor does this one, whatever is said about other things.
        page_requested (str): Show the page of this name.
        bug_found (object, str): A job failed by a fault of ours; exception and traceback.

    Args:
        paths: Where files are kept.
        settings: What the user chose.
        gpu_engine: Another engine, for tests.

    Attributes:
        catalogue: The open library, or None.
        model: The model in use, or None.
        searcher: Searches the library with the model, or None until it is ready.
        coverage: How many photos have a code of the model, or None.
        searched: The photo of the Search page, or None.
        knowledge: What the library tells of the bits and maps of the model.
        device: What the engine computes on, or None until it has started.
        model_actions: Import, export, rename, delete.
        model_switch: Builds the index of a model that is not in use, then uses it.
        model_offer: Tells of a better model that came with the program.
        desk: The workers; ``gpu``, ``library_worker``, ``jobs``, ``run`` and ``running`` are its.
        thumbs: Thumbnails on demand.
        work: Keeps library and index up to date.
        folders: Puts folders into the library and takes them out.
        trainings: The training of this window.
    """

    catalogue_changed = Signal()
    model_changed = Signal()
    index_changed = Signal()
    photos_changed = Signal()
    engine_changed = Signal()
    search_requested = Signal(object, str)
    photos_requested = Signal(object)
    similar_requested = Signal(object)
    inspect_requested = Signal(object, object)
    bit_requested = Signal(object, int, bool)
    problems_requested = Signal()
    banner = Signal(object, object)
    banner_withdrawn = Signal(str)
    message_withdrawn = Signal(object)
    page_requested = Signal(str)
    bug_found = Signal(object, str)

    def __init__(
        self,
        paths: Paths,
        settings: SettingsStore,
        *,
        gpu_engine: GpuEngine | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.paths = paths
        self.settings = settings
        self.catalogue: Catalogue | None = None
        self.model: ModelInfo | None = None
        self.searcher: Searcher | None = None
        self.coverage: Coverage | None = None
        self.searched: Inspected | None = None
        self._encoded: QueryPhoto | None = None
        self.device: Device | None = None
        self.engine = gpu_engine or GpuEngine(settings.value.device)
        desk = self.desk = JobDesk(self)
        self.gpu, self.library_worker, self.jobs = desk.gpu, desk.library_worker, desk.jobs
        self.run, self.running = desk.run, desk.running
        self.thumbs = ThumbPool(
            paths.thumbnails, settings.value.thumbnail_cache_mb * 1_000_000, parent=self
        )
        self._wanted_library = self._newest_wish = ""
        self.work = LibraryWork(self)
        self.folders = LibraryFolders(self)
        self.model_actions = ModelActions(self)
        self.model_switch = ModelSwitch(self)
        self.model_offer = ModelOffer(self)
        self.trainings = Trainings(self)
        self.knowledge = BitKnowledge(self)
        self._suggestion_check = SuggestionCheck(self)
        desk.refused.connect(self.work.show_error)
        desk.warned.connect(self._show_warning)
        desk.bug_found.connect(self.bug_found)

    @cached_property
    def store(self) -> ModelStore:
        """The installed models; first asked for after the first paint."""
        return engine.ModelStore(self.paths)

    def start(self) -> None:
        """Start the workers, the engine and the last library; call it after the first paint."""
        engine.keep_freed_memory()
        self.desk.start()
        self.run(
            "engine", self.gpu, self.tr("Starting the engine"), self.engine.start, self._take_device
        )
        self.open_library(self.settings.value.library)
        self.trainings.look_for_interrupted()

    def shutdown(self, ms: int = 5000) -> bool:
        """Stop all work and close the library; return whether everything ended in time."""
        self.work.stop()
        ended = self.trainings.shutdown(ms) & self.desk.shutdown(ms) & self.thumbs.shutdown(ms)
        if ended:
            for opened in (self.searcher, self.catalogue):
                if opened is not None:
                    opened.close()
            self.catalogue = self.searcher = None
        return ended

    @property
    def can_change(self) -> bool:
        """Whether a library is open and may be written to."""
        return self.catalogue is not None and not self.catalogue.read_only

    @property
    def photo_limits(self) -> PhotoLimits:
        """Sizes beyond which a query photo is refused."""
        return engine.PhotoLimits(max_pixels=self.settings.value.max_megapixels * 1_000_000)

    def open_library(self, name: str) -> None:
        """Open a library instead of the present one, as soon as work on that has stopped."""
        self._wanted_library = self._newest_wish = name
        for kind in ("scan", "index", "samples", "query"):
            if handle := self.running(kind):
                handle.finished.connect(self._open_wanted)
                handle.cancel()
        self._open_wanted()

    def open_again(self) -> None:
        """Try once more to open the library that could not be opened."""
        self.open_library(self._newest_wish)

    def choose_model(self, model_id: str) -> None:
        """Search with another model, now and in future.

        Raises:
            InputError: FS-001, there is no such model.
        """
        model = self.store.get(model_id)
        if self.model is not None and model.key == self.model.key:
            return
        self.store.set_default(model.id)
        self._take_model(model)
        self.work.index_other_model()

    def use_default_model(self) -> None:
        """Search with the model that suits the library, or with none if there is none left."""
        self._take_model(library_jobs.model_for(self.store, self.catalogue))
        self.work.index_other_model()

    def encode_query(
        self,
        model: ModelInfo,
        source: Path | bytes,
        name: str = "",
        *,
        allow_truncated: bool = False,
    ) -> JobHandle:
        """Compute a photo's code; the handle's ``succeeded`` brings an ``EncodedQuery``.

        Only the newest query answers: an older one that is not finished is cancelled. An
        :class:`engine.EngineError` in ``failed`` is the caller's to show.
        """
        if older := self.running("query"):
            older.cancel()
        photo = QueryPhoto(source, name, self.photo_limits, allow_truncated)
        handle = self.gpu.submit(
            self.tr("Reading the photo"),
            lambda _context: self.engine.encode_query(model, photo),
            interactive=True,
        )
        self.desk.remember("query", handle)
        handle.succeeded.connect(partial(self._remember_query, photo))
        return handle

    def encoded_photo(self, source: Path | bytes) -> QueryPhoto | None:
        """Return the photo that was encoded last if it came from here: it need not be read anew."""
        return self._encoded if self._encoded and self._encoded.source is source else None

    def search_photo(self, source: Path | bytes, name: str = "") -> None:
        """Let the Search page search with a photo from outside the library."""
        self.page_requested.emit("search")
        self.search_requested.emit(source, name)

    def search_photos(self, files: Sequence[Path]) -> None:
        """Let the Search page search with several photos from outside at the same time."""
        self.page_requested.emit("search")
        self.photos_requested.emit(tuple(files))

    def find_similar(self, photo_id: int) -> None:
        """Let the Search page search with a photo of the library."""
        self.page_requested.emit("search")
        self.similar_requested.emit(photo_id)

    def inspect(self, photo: Inspected, beside: Inspected | None = None) -> None:
        """Let the Inspect page show the bits of a photo, perhaps with those of another."""
        self.page_requested.emit("inspect")
        self.inspect_requested.emit(photo, beside)

    def inspect_photo(self, photo_id: int) -> None:
        """Let the Inspect page show the bits of a photo of the library."""
        if (photo := self.library_photo(photo_id)) is not None:
            self.inspect(photo)

    def search_with_bit(self, photo: Inspected, bit: int, is_on: bool) -> None:
        """Let the Search page search with a photo for those that have a value of a bit."""
        self.page_requested.emit("search")
        self.bit_requested.emit(photo, bit, is_on)

    def library_photo(self, photo_id: int) -> Inspected | None:
        """Return a photo of the library to be inspected, None if it is gone."""
        found = self.catalogue.photos([photo_id]) if self.catalogue is not None else []
        return Inspected(found[0].path, found[0].path.name) if found else None

    def show_problems(self) -> None:
        """Let the Library page list the files that could not be read."""
        self.page_requested.emit("library")
        self.problems_requested.emit()

    def add_roots(self, folders: list[Path]) -> None:
        """Add folders to the library, then scan and index them."""
        self.folders.add(folders)

    def add_sample_photos(self) -> None:
        """Draw the sample photos, add their folder, index them."""
        self.folders.add_samples()

    def remove_root(self, root: Root) -> None:
        """Take a folder out of the library; a banner offers to undo it."""
        self.folders.remove(root)

    def rescan(self, remove_missing: bool | Collection[int] = False) -> None:
        """Compare the library with its folders; new photos are indexed afterwards.

        Args:
            remove_missing: Forget photos that are gone also where most of a folder is; of all
                folders, or of those with the given ids.
        """
        self.work.rescan(remove_missing)

    def build_index(self) -> None:
        """Encode the photos that have no code of the model yet."""
        self.work.build_index()

    def notify(self, message: Message, actions: Mapping[str, Callable[[], object]]) -> None:
        """Show a banner with those buttons of the message that do something here.

        Args:
            message: What to say.
            actions: What the captions do; a harmless one such as "Keep" needs no entry and closes.
        """
        pairs: list[Action] = [
            (caption, actions.get(caption))
            for caption in message.actions
            if caption in actions or caption in _CLOSING
        ]
        self.banner.emit(message, pairs)

    @Slot(object)
    def _show_warning(self, message: Message) -> None:
        if message.code not in _FOR_THE_LOG:
            self.notify(message, {})

    @Slot()
    def _open_wanted(self) -> None:
        if not self._wanted_library or any(map(self.running, ("scan", "index", "samples"))):
            return
        name, self._wanted_library = self._wanted_library, ""
        previous = self.catalogue
        self._retire_searcher()
        self.catalogue = None
        self.catalogue_changed.emit()
        self.run(
            "open",
            self.library_worker,
            self.tr("Opening the library"),
            lambda _context: library_jobs.open_library(self.paths, self.store, name, previous),
            self._take_library,
            interactive=True,
        )

    def _retire_searcher(self) -> None:
        """Forget what could be searched; closing waits for a refresh, so the worker does it."""
        if check := self.running("suggestions"):
            check.cancel()  # before the index it works on is closed
        searcher, self.searcher, self.coverage = self.searcher, None, None
        if searcher is not None:
            self.library_worker.submit(
                self.tr("Closing the index"), lambda _context: searcher.close(), interactive=True
            )

    @Slot(object)
    def _take_library(self, opened: OpenedLibrary) -> None:
        self.catalogue = opened.catalogue
        self.settings.change(library=opened.catalogue.name)
        self.banner_withdrawn.emit("FS-207")
        if opened.obstacle is not None:
            message, again = banners.read_only(opened.obstacle), opened.catalogue.name
            self.notify(message, {message.actions[0]: partial(self.open_library, again)})
        if opened.catalogue.recovered is not None:
            folder = partial(open_folder, opened.catalogue.folder)
            self.notify(opened.catalogue.recovered, {"Rebuild": self.rescan, "Open folder": folder})
        self.catalogue_changed.emit()
        self._take_model(opened.model)
        self.model_offer.tell(opened)
        self.work.library_opened(opened)
        self.folders.library_opened()

    def _take_model(self, model: ModelInfo | None) -> None:
        self.model = model
        if query := self.running("query"):
            query.cancel()
        self._retire_searcher()
        self.model_changed.emit()
        self.work.refresh_index()

    @Slot(object)
    def _take_device(self, device: Device) -> None:
        self.device = device
        self.engine_changed.emit()

    def _remember_query(self, photo: QueryPhoto, query: EncodedQuery) -> None:
        self._encoded, catalogue = photo, self.catalogue
        if catalogue is None or catalogue.read_only:
            return
        path = photo.source if isinstance(photo.source, Path) else None
        self.library_worker.submit(
            self.tr("Remembering the photo"),
            lambda _context: catalogue.remember_query(path, query.content_hash, photo.name),
            interactive=True,
        )
