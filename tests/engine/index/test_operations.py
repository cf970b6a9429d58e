"""Any sequence of operations leaves the flat index equal to a dictionary."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.index import flat
from engine.index.flat import FlatIndex
from tests.engine.index.backends import full_sort

IDS = st.integers(-5, 25)
CODES = st.integers(0, 15).map(lambda n: bytes([n * 16]))  # 4 bits: ties everywhere
KEY = "tiny-4-0123456789ab"


class Operations(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.fold_rows = flat.FOLD_ROWS
        self.codes: dict[int, bytes] = {}
        self.stored: tuple[dict[int, bytes], int] | None = None
        self.stamp = 0

    @initialize(kernel=st.sampled_from(["numpy", "faiss"]), fold_rows=st.sampled_from([2, 6, 100]))
    def begin(self, kernel: str, fold_rows: int) -> None:
        flat.FOLD_ROWS = fold_rows
        self.kernel = kernel
        self.index = FlatIndex(4, kernel=kernel, num_threads=1)

    @rule(new=st.lists(st.tuples(IDS, CODES), max_size=8))
    def add(self, new: list[tuple[int, bytes]]) -> None:
        codes = np.frombuffer(b"".join(code for _, code in new), np.uint8).reshape(-1, 1)
        self.index.add(np.array([key for key, _ in new], np.int64), codes)
        self.codes |= dict(new)

    @rule(ids=st.lists(IDS, max_size=8))
    def remove(self, ids: list[int]) -> None:
        present = self.codes.keys() & set(ids)
        assert self.index.remove(np.array(ids, np.int64)) == len(present)
        for key in present:
            del self.codes[key]

    @rule()
    def save(self) -> None:
        self.stamp += 1
        self.index.save(self.folder, KEY, self.stamp)
        self.stored = dict(self.codes), self.stamp

    @rule()
    def open(self) -> None:
        opened = FlatIndex.open(self.folder, KEY, 4, kernel=self.kernel)
        if self.stored is None:
            assert opened is None
            return
        assert opened is not None
        self.index.close()
        self.index, stamp = opened
        self.codes = dict(self.stored[0])
        assert stamp == self.stored[1]

    @rule(query=CODES, k=st.integers(1, 30), allow=st.none() | st.lists(IDS))
    def search(self, query: bytes, k: int, allow: list[int] | None) -> None:
        chosen = {key: c for key, c in self.codes.items() if allow is None or key in allow}
        ids = None if allow is None else np.array(allow, np.int64)
        found = self.index.search(np.frombuffer(query, np.uint8)[None], k, allow=ids)
        pairs = list(zip(found.distances[0].tolist(), found.ids[0].tolist(), strict=True))
        assert pairs == full_sort(chosen, query)[:k]

    @rule(query=CODES, radius=st.integers(0, 5), limit=st.integers(1, 30))
    def search_radius(self, query: bytes, radius: int, limit: int) -> None:
        code = np.frombuffer(query, np.uint8)[None]
        found = self.index.search_radius(code, radius, limit=limit)
        expected = full_sort(self.codes, query, radius=radius)
        pairs = list(zip(found.distances[0].tolist(), found.ids[0].tolist(), strict=True))
        assert pairs == expected[:limit]
        assert found.truncated == (len(expected) > limit,)

    @invariant()
    def has_the_ids_of_the_dictionary(self) -> None:
        if hasattr(self, "index"):
            assert len(self.index) == len(self.codes)
            assert self.index.ids.tolist() == sorted(self.codes)

    def teardown(self) -> None:
        flat.FOLD_ROWS = self.fold_rows
        self.index.close()
        shutil.rmtree(self.folder)


TestOperations = pytest.mark.timeout(120)(Operations.TestCase)
TestOperations.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
