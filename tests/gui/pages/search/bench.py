"""A library of small pictures with known neighbours, and a window that searches it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import engine
from engine import JobContext, Paths
from foodsearch_gui.core.search_work import SearchState
from foodsearch_gui.core.session import Session
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.pages.search_page import SearchPage
from tests.gui.cheap_engine import SIDE, CheapEncoder

SOUPS, CURRIES = 12, 8


def draw_variant(path: Path, base: int, changed: int) -> Path:
    """Draw a pattern of 64 light and dark squares, ``changed`` of them the other way round.

    The cheap encoder's code is the pattern, so that variants are ``changed`` bits apart.
    """
    pattern = np.random.default_rng(base).permutation(SIDE * SIDE) < SIDE * SIDE // 2
    light, dark = np.flatnonzero(pattern), np.flatnonzero(~pattern)
    half = changed // 2  # as many light ones as dark ones: the mean stays
    pattern[light[:half]] = False
    pattern[dark[: changed - half]] = True
    pixels = np.where(pattern, 220, 40).astype(np.uint8).reshape(SIDE, SIDE)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).convert("RGB").save(path)
    return path


def draw_library(folder: Path) -> None:
    """Draw soups at 0, 4, 8 ... bits from the first one, and curries at some 32."""
    for number in range(SOUPS):
        draw_variant(folder / "soup" / f"soup {number:02}.png", 1, 4 * number)
    for number in range(CURRIES):
        draw_variant(folder / "curry" / f"curry {number:02}.png", 2, 4 * number)


def fill_library(paths: Paths, folder: Path, *, is_indexed: bool = True) -> None:
    """Put a folder into the library, as the window's jobs would."""
    with engine.open_library(paths) as catalogue:
        catalogue.add_root(folder)
        engine.scan(catalogue, JobContext())
        if is_indexed:
            key = engine.ModelStore(paths).get().key
            engine.build_index(catalogue, CheapEncoder(key), JobContext())


class Bench:
    """A window with the Search page in front."""

    def __init__(self, session: Session, window: MainWindow, wait: Callable[..., None]) -> None:
        self.session = session
        self.window = window
        self._wait = wait
        page = window.current_page
        assert isinstance(page, SearchPage)
        self.page = page

    @property
    def state(self) -> SearchState:
        return self.page.work.state

    @property
    def names(self) -> list[str]:
        """The file names of the results, in their order."""
        photos = self.page.photos
        return [str(photos.index(row).data()) for row in range(photos.rowCount())]

    @property
    def summary(self) -> str:
        return self.page.view.summary.text()

    @property
    def encoder(self) -> CheapEncoder:
        assert self.session.model is not None
        encoder = self.session.engine.encoder(self.session.model)
        assert isinstance(encoder, CheapEncoder)
        return encoder

    def until(self, state: SearchState) -> None:
        """Wait until the page is in a state and quiet."""
        self._wait(lambda: self.state is state and self.page.work.is_settled)

    def search(self, source: Path | bytes, name: str = "") -> None:
        """Search and wait for the answer."""
        self.session.search_photo(source, name)
        self.until(SearchState.HITS)

    def texts(self) -> str:
        """Everything the empty state says."""
        empty = self.page.view.empty
        return f"{empty.accessibleName()} {empty.accessibleDescription()}"
