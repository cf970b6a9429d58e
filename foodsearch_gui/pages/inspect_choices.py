"""Fills the boxes that choose what a map shows, and in which colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox

from foodsearch_gui.core import inspect_texts

if TYPE_CHECKING:
    from engine import BitMap
    from foodsearch_gui.core.inspection import Inspection

KIND, VIEW = "kind", "view"  # what an entry of the box "Show" stands for


def chosen_entry(data: object) -> tuple[str, str]:
    """Return what an entry stands for; the bit's own map where there is none yet."""
    return (data[0], data[1]) if isinstance(data, tuple | list) else (KIND, "best")


def offer_maps(box: QComboBox, photo: Inspection) -> None:
    """Offer what the model has; the choice stays if it is among it."""
    entries = [(inspect_texts.kind_title(kind), (KIND, kind)) for kind in photo.kinds]
    entries += [(inspect_texts.view_title(v.name), (VIEW, v.name)) for v in photo.views]
    if [box.itemData(place) for place in range(box.count())] == [data for _, data in entries]:
        return
    if not photo.views and photo.is_busy and box.count():
        return  # they come again with the answer
    before = chosen_entry(box.currentData())
    box.clear()
    for text, data in entries:
        box.addItem(text, data)
    found = [place for place, (_, data) in enumerate(entries) if data == before]
    box.setCurrentIndex(found[0] if found else 0)
    box.setEnabled(box.count() > 1)


def offer_colours(box: QComboBox, found: BitMap) -> bool:
    """Offer the palettes of a map; return whether they are others than before."""
    if found.signed == box.property("signed"):
        return False
    before, entries = box.currentData(), [("Viridis", "viridis"), ("Cividis", "cividis")]
    if found.signed:
        text = QCoreApplication.translate("InspectChoices", "Blue to red")
        entries.insert(0, (text, "auto"))
    box.setProperty("signed", found.signed)
    box.clear()
    for text, name in entries:
        box.addItem(text, name)
    box.setCurrentIndex(max(0, box.findData(before)))
    return True
