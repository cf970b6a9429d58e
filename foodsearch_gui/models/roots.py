"""The folders of the open library, with their photos and whether they can be read now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QIcon

from foodsearch_gui.core import wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.models.record_table import Column, RecordTable

if TYPE_CHECKING:
    from engine import Root


class RootsModel(RecordTable["Root"]):
    """One row a folder."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (
                Column(_tr("Folder"), _name, tool_tip=lambda root: wording.path(root.path)),
                Column(
                    _tr("Photos"),
                    lambda root: wording.count(root.photos),
                    sort_key=lambda root: root.photos,
                    is_number=True,
                ),
                Column(
                    _tr("State"),
                    state_text,
                    tool_tip=_state_hint,
                    icon=_state_icon,
                ),
            ),
            key=lambda root: root.id,
            parent=parent,
        )


def state_text(root: Root) -> str:
    """Return ``current``, or ``offline`` with the day it was last there."""
    if root.state != "offline":
        return _tr("current")
    if root.offline_since is None:
        return _tr("offline")
    return _tr("offline since %1").replace("%1", wording.day(root.offline_since, is_short=True))


def _state_icon(root: Root) -> QIcon:
    return icon("offline" if root.state == "offline" else "done")


def _state_hint(root: Root) -> str | None:
    if root.state != "offline":
        return None
    return _tr("The folder cannot be read now. Its photos stay in the library.")


def _name(root: Root) -> str:
    return wording.place(root.path)


def _tr(text: str) -> str:
    return QCoreApplication.translate("RootsModel", text)
