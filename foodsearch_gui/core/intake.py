"""What happens to something that was dropped or pasted: search, add, import, or say why not."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Slot

from engine import Message, describe
from foodsearch_gui.core import wording
from foodsearch_gui.core.incoming import Incoming

if TYPE_CHECKING:
    from foodsearch_gui.core.session import Session

MOST_TOGETHER = 8  # more photos at once are meant for the library


class Intake(QObject):
    """Passes content on to the part of the program that can use it.

    Args:
        session: What searches, adds and imports.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    @Slot(object)
    def take(self, incoming: Incoming) -> None:
        """Use everything of it that can be used; a photo among it is searched for."""
        session = self._session
        if incoming.bundles:
            session.model_actions.import_files(list(incoming.bundles))
        if incoming.folders:
            session.add_roots(list(incoming.folders))
        if len(incoming.photos) > 1:
            together = incoming.photos if len(incoming.photos) <= MOST_TOGETHER else ()
            session.search_photos(together or incoming.photos[:1])
            self._offer_folder(incoming.photos, len(together) or 1)
        elif incoming.photos:
            session.search_photo(incoming.photos[0], incoming.photos[0].name)
        elif incoming.picture:
            session.search_photo(incoming.picture, incoming.name)
        elif incoming.web:
            host = urlsplit(incoming.web).hostname or incoming.web
            session.notify(describe("FS-104", host=host), {})

    def _offer_folder(self, photos: tuple[Path, ...], used: int) -> None:
        """Several photos at once may be meant for the library: ask, do not guess."""
        folders = list(dict.fromkeys(photo.parent for photo in photos))
        if (catalogue := self._session.catalogue) is not None:
            folders = catalogue.uncovered(folders)
        if not folders:
            return
        add = self.tr("Add folder") if len(folders) == 1 else self.tr("Add folders")
        title = (
            self.tr("Searching with the first of %1 photos.")
            if used == 1
            else self.tr("Searching with %1 photos together.")
        )
        message = Message(
            "",
            title.replace("%1", wording.count(len(photos))),
            self.tr("To search in all of them, add “%1” to the library.").replace(
                "%1", "”, “".join(folder.name for folder in folders)
            ),
            actions=(add,),
        )
        self._session.notify(message, {add: partial(self._session.add_roots, folders)})
