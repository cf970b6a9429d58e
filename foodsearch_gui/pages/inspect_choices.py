"""Fills the boxes that choose what a map shows, and in which colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox

from foodsearch_gui.core import inspect_texts

if TYPE_CHECKING:
    from engine import BitMap
    from foodsearch_gui.core.inspection import Inspection

# What an entry of the box "Show" stands for.
KIND, PART, VIEW, MISSING = "kind", "part", "view", "missing"


def chosen_entry(data: object) -> tuple[str, str]:
    """Return what an entry stands for; the bit's own map where there is none yet."""
    return (data[0], data[1]) if isinstance(data, tuple | list) else (KIND, "best")


def offer_maps(box: QComboBox, photo: Inspection) -> None:
    """Offer what the model has, and say why it lacks the rest; the choice stays if it can."""
    offered = [(inspect_texts.kind_title(kind), (KIND, kind)) for kind in photo.kinds]
    offered[1:1] = [(inspect_texts.part_title(name), (PART, name)) for name in photo.parts]
    offered += [(inspect_texts.view_title(v.name), (VIEW, v.name)) for v in photo.views]
    data = [data for _, data in offered]
    entries = [box.itemData(place) for place in range(box.count())]
    if data and [each for each in entries if chosen_entry(each)[0] != MISSING] == data:
        return
    if not photo.views and photo.is_busy and box.count():
        return  # they come again with the answer
    before = chosen_entry(box.currentData())
    box.clear()
    for text, entry in offered:
        box.addItem(text, entry)
    box.setMinimumContentsLength(max(len(text) for text, _ in offered) if offered else 0)
    for kind, why in inspect_texts.why_missing().items():
        if photo.kinds and kind not in photo.kinds:
            _add_missing(box, kind, why, photo.kinds[0])
    box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 2 * box.view().frameWidth())
    box.setCurrentIndex(data.index(before) if before in data else 0)
    box.setEnabled(box.count() > 1)


def _add_missing(box: QComboBox, kind: str, why: str, instead: str) -> None:
    """Add a kind that cannot be chosen, with the reason and what is shown instead."""
    title = inspect_texts.kind_title(kind)
    box.addItem(_tr("%1 – not with this model").replace("%1", title), (MISSING, kind))
    words = f"{why} {_tr('Shown instead: %1.')}"
    words = words.replace("%1", inspect_texts.kind_title(instead))
    place = box.count() - 1
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
        box.setItemData(place, words, role)
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    model.item(place).setEnabled(False)


def offer_colours(box: QComboBox, found: BitMap) -> bool:
    """Offer the palettes of a map; return whether they are others than before."""
    if found.signed == box.property("signed"):
        return False
    before = box.currentData()
    # The usual colours of a map stay the choice also while another kind of map has other ones.
    usual = "auto" if before == "auto" else "viridis"
    entries = [("Viridis", "viridis" if found.signed else usual), ("Cividis", "cividis")]
    if found.signed:
        entries.insert(0, (_tr("Blue to red"), "auto"))
    box.setProperty("signed", found.signed)
    box.clear()
    for text, name in entries:
        box.addItem(text, name)
    box.setCurrentIndex(max(0, box.findData(before)))
    return True


def _tr(text: str) -> str:
    return QCoreApplication.translate("InspectChoices", text)
