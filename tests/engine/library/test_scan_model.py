"""The scan against a literal model: whatever was done to the folder, the catalogue is right."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.events import JobContext
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from tests.engine.library.shortcuts import store_codes

FOLDERS = ("", "a", "b", "a/deep", "a/deep/er", "b/c")
NAMES = ("1.jpg", "2.png", "3.webp", "4.JPEG")
MODEL = "model"
folders = st.sampled_from(FOLDERS)
names = st.sampled_from(NAMES)
contents = st.integers(0, 7)


class Library(RuleBasedStateMachine):
    """Random work in a folder, a scan now and then; ``truth`` holds what lies where."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="scan-model-"))
        self.root = self.folder / "photos"
        self.root.mkdir()
        self.catalogue = open_library(Paths.resolve(self.folder / "home"))
        self.catalogue.add_root(self.root)
        self.truth: dict[str, int] = {}
        self.ids: dict[int, int] = {}  # the photo of each content that was ever scanned
        self.index: dict[int, bytes] = {}
        self.stamp = 0
        self.clock = 10**18
        self.is_current = True

    def teardown(self) -> None:
        self.catalogue.close()
        shutil.rmtree(self.folder)

    @rule(folder=folders, name=names, content=contents)
    def write(self, folder: str, name: str, content: int) -> None:
        path = self.root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content %d" % content)
        self.clock += 1000  # what a scan relies on: another content has another time or size
        os.utime(path, ns=(self.clock, self.clock))
        self.truth[str(Path(folder, name))] = content
        self.is_current = False

    @rule(folder=folders, name=names)
    def delete(self, folder: str, name: str) -> None:
        (self.root / folder / name).unlink(missing_ok=True)
        self.truth.pop(str(Path(folder, name)), None)
        self.is_current = False

    @rule(old=folders, old_name=names, new=folders, new_name=names, copy=st.booleans())
    def move(self, old: str, old_name: str, new: str, new_name: str, copy: bool) -> None:
        source, target = self.root / old / old_name, self.root / new / new_name
        if not source.exists() or source == target:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        self.truth[str(Path(new, new_name))] = self.truth[str(Path(old, old_name))]
        if copy:
            shutil.copy2(source, target)
        else:
            source.replace(target)
            del self.truth[str(Path(old, old_name))]
        self.is_current = False

    @rule(old=folders, new=folders)
    def rename_folder(self, old: str, new: str) -> None:
        source, target = self.root / old, self.root / new
        if not old or not source.is_dir() or target.exists():
            return
        if target.is_relative_to(source):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        moved = {path: c for path, c in self.truth.items() if Path(path).is_relative_to(old)}
        for path, content in moved.items():
            del self.truth[path]
            self.truth[str(Path(new) / Path(path).relative_to(old))] = content
        self.is_current = False

    @rule()
    def scan(self) -> None:
        before = self.files()
        report = scan(self.catalogue, JobContext(), remove_missing=True)
        assert report.opened <= len(self.truth)
        assert report.unchanged + report.changed + report.new + report.moved == len(self.truth)
        assert report.gone + report.moved == len(before.keys() - self.truth.keys())
        if self.is_current:
            assert report.opened == 0
        self.is_current = True

    def files(self) -> dict[str, int]:
        """What the catalogue says lies where, as photo ids."""
        return {
            str(path.relative_to(self.root)): int(photo_id)
            for photo_id in self.catalogue.ids()
            for path in self.catalogue.paths(photo_id)
        }

    @precondition(lambda self: self.is_current)
    @invariant()
    def the_catalogue_is_right(self) -> None:
        files = self.files()
        assert files.keys() == self.truth.keys()
        for path, content in self.truth.items():
            # One content is one photo, for ever.
            assert self.ids.setdefault(content, files[path]) == files[path]
        assert len(set(self.ids.values())) == len(self.ids)
        assert self.catalogue.count() == len(set(self.truth.values()))
        # Only contents never seen before wait for a code, and an index can follow.
        known = set(self.index)
        self.follow()
        pending = self.catalogue.pending(MODEL)
        assert not known & set(pending.tolist())
        codes = pending.astype(np.uint8).reshape(-1, 1)
        store_codes(self.catalogue, MODEL, pending, codes)
        self.follow()
        assert self.index == {key: bytes([key]) for key in set(files.values())}

    def follow(self) -> None:
        changes = self.catalogue.changes_since(MODEL, self.stamp)
        if changes.complete:
            self.index.clear()
        for photo_id in changes.removed.tolist():
            self.index.pop(photo_id, None)
        for photo_id, code in zip(changes.ids.tolist(), changes.codes, strict=True):
            self.index[photo_id] = code.tobytes()
        self.stamp = changes.stamp


Library.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestScanModel = Library.TestCase
