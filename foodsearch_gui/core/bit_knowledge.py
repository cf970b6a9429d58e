"""What the library tells of a model's bits and maps: counted at once, the rest when asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

import engine
from foodsearch_gui.core import inspect_texts

if TYPE_CHECKING:
    from engine import (
        BitAttribute,
        Catalogue,
        JobContext,
        LabelledCodes,
        MapTest,
        Margins,
        ModelInfo,
        Stability,
    )
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.core.worker_thread import JobHandle

_MEASURED = ("margins", "stability", "map-test")

_Counted = tuple["LabelledCodes", "tuple[BitAttribute, ...]"]


class BitKnowledge(QObject):
    """Keeps what is known of the bits of the model in use.

    Signals:
        changed: Something became known, or holds no longer.

    Attributes:
        attributes: Of each bit; empty before they are counted or without an index.
        margins: Some photos with how sure each bit of theirs is, or None.
        stability: How often bits stay under small changes, or None.
        map_tests: How the kinds of maps that were tested fared.

    Args:
        session: Library, model and workers.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.attributes: tuple[BitAttribute, ...] = ()
        self.margins: Margins | None = None
        self.stability: Stability | None = None
        self.map_tests: dict[str, MapTest] = {}
        self._tried: set[str] = set()  # checks that nobody asked for
        self._unasked: tuple[JobHandle, str] | None = None  # the newest of them
        self._session = session
        self._codes: LabelledCodes | None = None
        self._is_stale = True
        self._is_counting = False
        for signal in (session.catalogue_changed, session.model_changed):
            signal.connect(self._forget)
        session.index_changed.connect(self._expire)
        session.gpu.submitted.connect(self._give_way)

    @property
    def is_counting(self) -> bool:
        """Whether the codes are being counted."""
        return self._is_counting

    @property
    def can_measure(self) -> bool:
        """Whether there are photos to measure with, and nothing is being measured."""
        return bool(self.attributes and self.attributes[0].photos) and not self.is_measuring

    @property
    def is_measuring(self) -> bool:
        """Whether photos are encoded again."""
        return any(map(self._session.running, _MEASURED))

    @property
    def near(self) -> float:
        """Up to this margin bits may flip; 0 while that is not known."""
        return self.stability.near if self.stability is not None else 0.0

    def names(self) -> tuple[str, ...]:
        """Return what each bit is called: by the user, else by the labels, else nothing."""
        model = self._session.model
        given = model.manifest.bit_names if model is not None else ()
        found = {
            told.bit: inspect_texts.label_name_text(told.label_name) for told in self.attributes
        }
        count = model.num_bits if model is not None else 0
        return tuple(
            (given[bit] if bit < len(given) else None) or found.get(bit, "") for bit in range(count)
        )

    def refresh(self) -> None:
        """Count again if the library has changed since; for when somebody looks."""
        session, catalogue, model = self._session, self._session.catalogue, self._session.model
        if not self._is_stale or self._is_counting or catalogue is None or model is None:
            return
        self._is_stale, self._is_counting = False, True

        def count(context: JobContext) -> _Counted:
            found = engine.read_labelled_codes(catalogue, model, context)
            names = model.manifest.bit_names
            told = engine.describe_bits(found.codes, found.labels, model.num_bits, names=names)
            return found, told

        handle = session.run(
            "bit-attributes",
            session.library_worker,
            self.tr("Counting the bits"),
            count,
            partial(self._take_counted, catalogue, model.key),
            interactive=True,
        )
        handle.finished.connect(self._finish_counting)

    def look_for_examples(self) -> None:
        """Encode some photos of the library again: codes do not tell how sure a bit was."""
        self._measure(
            "margins",
            self.tr("Looking for examples"),
            self._session.engine.encoder,
            engine.measure_margins,
            self._take_margins,
        )

    def measure_stability(self) -> JobHandle | None:
        """Change some photos of the library a little and see which bits stay."""
        self._tried.add("stability")
        return self._measure(
            "stability",
            self.tr("Testing how steady the bits are"),
            self._session.engine.encoder,
            engine.measure_library_stability,
            self._take_stability,
        )

    def check(self, kind: str) -> None:
        """Do the checks that nobody has to ask for, each once and unless somebody is at work.

        How steady bits are tells which may flip; what maps of a kind call important is blurred.
        """
        if self._session.jobs.active() or not self.can_measure:
            return
        if "stability" not in self._tried:
            self._remember(self.measure_stability(), "stability")
        else:
            self.check_maps(kind)

    def check_maps(self, kind: str) -> None:
        """Blur what maps of a kind call important, as :meth:`check` does, and nothing else."""
        if kind in self._tried or self._session.jobs.active() or not self.can_measure:
            return
        self._tried.add(kind)
        handle = self._measure(
            "map-test",
            self.tr("Testing the maps"),
            self._session.engine.explainer,
            partial(engine.measure_library_maps, kind=kind),
            self._take_map_test,
        )
        self._remember(handle, kind)

    def _remember(self, handle: JobHandle | None, check: str) -> None:
        self._unasked = (handle, check) if handle is not None else None

    @Slot(object)
    def _give_way(self, newer: JobHandle) -> None:
        """Stop a check that nobody asked for where somebody asks for long work; try it later."""
        if self._unasked is None or newer.interactive:
            return
        handle, check = self._unasked
        if not handle.state.is_final:
            handle.cancel()
            self._tried.discard(check)
            self._unasked = None

    def _measure(
        self,
        kind: str,
        title: str,
        load: Callable[[ModelInfo], Any],
        measure: Callable[..., Any],
        done: Callable[[Any], None],
    ) -> JobHandle | None:
        session, catalogue, model = self._session, self._session.catalogue, self._session.model
        codes = self._codes
        if codes is None or catalogue is None or model is None or not self.can_measure:
            return None

        def job(context: JobContext) -> Any:
            return measure(load(model), catalogue, codes.ids, codes.codes, ctx=context)

        def take(result: Any) -> None:
            if session.catalogue is catalogue and self._is_of(model.key):
                done(result)

        handle = session.run(kind, session.gpu, title, job, take)
        handle.finished.connect(self.changed)
        self.changed.emit()
        return handle

    def _take_counted(self, catalogue: Catalogue, model_key: str, counted: _Counted) -> None:
        """Take a count also if the index has grown meanwhile: the next one is on its way."""
        if self._session.catalogue is catalogue and self._is_of(model_key):
            self._codes, self.attributes = counted
            self.changed.emit()

    @Slot()
    def _finish_counting(self) -> None:
        self._is_counting = False
        # While photos are indexed, what is there next asks for the next count.
        if not self.attributes or self._session.running("index") is None:
            self.refresh()
        self.changed.emit()

    def _take_margins(self, margins: Margins) -> None:
        self.margins = margins

    def _take_stability(self, stability: Stability) -> None:
        self.stability = stability

    def _take_map_test(self, tested: MapTest) -> None:
        self.map_tests[tested.kind] = tested

    def _is_of(self, model_key: str) -> bool:
        model: ModelInfo | None = self._session.model
        return model is not None and model.key == model_key

    @Slot()
    def _forget(self) -> None:
        for kind in _MEASURED:
            if handle := self._session.running(kind):
                handle.cancel()
        self.attributes, self.margins, self.stability = (), None, None
        self.map_tests = {}
        self._tried.clear()
        self._expire()
        self.changed.emit()

    @Slot()
    def _expire(self) -> None:
        self._is_stale = True
