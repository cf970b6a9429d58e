"""What one can do on the Inspect page: each command asks where it must, then lets others work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

if TYPE_CHECKING:
    from foodsearch_gui.pages.inspect_page import InspectPage


class InspectCommands(QObject):
    """Registers the page's actions and carries them out.

    Args:
        page: Whose photos and questions they are.

    Attributes:
        photos: Actions that choose photos, in their order.
        bit: Those for the chosen bit.
    """

    def __init__(self, page: InspectPage) -> None:
        super().__init__(page)
        self._page = page
        self.photos: tuple[QAction, ...] = (
            self._add(
                "open",
                self.tr("&Open photo…"),
                self._open,
                "photo",
                tip=self.tr("Choose a photo to look at, or two to compare"),
            ),
            self._add(
                "searched",
                self.tr("Photo of the &search"),
                self._take_searched,
                "search",
                tip=self.tr("Look at the photo that was searched with last"),
                is_enabled=lambda: page.session.searched is not None,
            ),
            self._add(
                "alone",
                self.tr("One photo a&lone"),
                lambda: page.compare(None),
                "hide",
                tip=self.tr("Hide the second photo"),
                is_enabled=lambda: page.beside.photo is not None,
            ),
        )
        self.bit: tuple[QAction, ...] = (
            self._add(
                "rename",
                self.tr("&Rename…"),
                self._rename,
                "rename",
                "F2",
                tip=self.tr("Say what the bit stands for"),
                is_enabled=lambda: page.bit >= 0 and page.session.model is not None,
            ),
            self._add(
                "on",
                self.tr("Similar with the bit o&n"),
                partial(self._search_with_bit, True),
                "search",
                tip=self.tr("Search with the photo for those that have the bit"),
                is_enabled=self._has_bit,
            ),
            self._add(
                "off",
                self.tr("Similar with the bit o&ff"),
                partial(self._search_with_bit, False),
                "search",
                tip=self.tr("Search with the photo for those that do not have the bit"),
                is_enabled=self._has_bit,
            ),
            self._add(
                "examples",
                self.tr("Look for &examples"),
                page.knowledge.look_for_examples,
                "photo",
                tip=self.tr("Encode some photos of the library again to see how sure they are"),
                is_enabled=lambda: page.knowledge.can_measure,
            ),
            self._add(
                "stability",
                self.tr("&Test steadiness"),
                page.knowledge.measure_stability,
                "rescan",
                tip=self.tr("See which bits stay when photos are cropped, blurred or lit anew"),
                is_enabled=lambda: page.knowledge.can_measure,
            ),
        )

    def _add(
        self,
        name: str,
        text: str,
        handler: Callable[[], object],
        icon_name: str,
        *keys: str,
        tip: str,
        is_enabled: Callable[[], bool] | None = None,
    ) -> QAction:
        return self._page.actions_registry.add(
            f"inspect.{name}",
            text,
            handler,
            shortcuts=keys,
            icon_name=icon_name,
            tip=tip,
            is_enabled=is_enabled,
            context=self._page,
        )

    def _open(self) -> None:
        if chosen := self._page.questions.photos(self._page):
            self._page.inspect_files(chosen)

    def _take_searched(self) -> None:
        if (photo := self._page.session.searched) is not None:
            self._page.inspect(photo)

    def _has_bit(self) -> bool:
        return self._page.bit >= 0 and self._page.photo.photo is not None

    def _search_with_bit(self, is_on: bool) -> None:
        page, photo = self._page, self._page.photo.photo
        if photo is not None:
            page.session.search_with_bit(photo, page.bit, is_on)

    def _rename(self) -> None:
        page, model = self._page, self._page.session.model
        if model is None or page.bit < 0:
            return
        names = model.manifest.bit_names
        before = (names[page.bit] if page.bit < len(names) else None) or ""
        name = page.questions.bit_name(page, page.bit, before)
        if name is not None:
            page.session.model_actions.name_bit(model, page.bit, name or None)
