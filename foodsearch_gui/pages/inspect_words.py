"""What the Inspect page says while photos, maps and counts arrive; plain functions to words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from engine import PhotoError
from foodsearch_gui.core import inspect_texts
from foodsearch_gui.core.wording import readable
from foodsearch_gui.models.bit_cells import BitCell, state_of

if TYPE_CHECKING:
    from engine import BitMap
    from foodsearch_gui.core.bit_knowledge import BitKnowledge
    from foodsearch_gui.core.inspection import Inspection
    from foodsearch_gui.core.picture_reader import Picture
    from foodsearch_gui.core.session import Session
    from foodsearch_gui.core.theme import Colours
    from foodsearch_gui.pages.inspect_view import InspectView


def count(cells: Sequence[BitCell], shown: int, knowledge: BitKnowledge) -> str:
    """Return how many bits are shown, are on, and may flip, if that is known."""
    text = _tr("%1 of %2 bits, %3 on")
    if knowledge.near:
        text = _tr("%1 of %2 bits, %3 on, %4 may flip")
    may_flip = sum(cell.may_flip for cell in cells)
    values = shown, len(cells), sum(cell.is_on for cell in cells), may_flip
    for number, value in enumerate(values, 1):
        text = text.replace(f"%{number}", str(value))
    return text


def nothing(view: InspectView, photo: Inspection) -> str:
    """Return why no bit is shown; nothing while they are on their way."""
    if isinstance(photo.error, PhotoError):
        return _tr("There are no bits, as the photo cannot be read.")
    if photo.logits is None:
        return ""
    if view.filter.text():
        return _tr("No bit has this name or number.")
    return _tr("No bit has a name yet. “Rename…” gives one; so do folders, where bits follow them.")


def caption(
    session: Session, photo: Inspection, found: BitMap | None, knowledge: BitKnowledge
) -> str:
    """Return what a map means and how its kind fared, or why there is none."""
    if photo.error is not None:
        return str(photo.error.message)
    if found is not None:
        is_whole = found.bit is not None and not found.name  # parts are not tested
        tested = knowledge.map_tests.get(found.kind) if is_whole else None
        if tested is None:
            return found.caption
        verdict, better = inspect_texts.map_verdict(tested), inspect_texts.better_kind(tested)
        told = inspect_texts.map_test_words(tested)
        return " ".join(filter(None, (verdict, found.caption, told, better)))
    if session.device is None:
        return _tr("Starting the engine…")
    if session.model is None:
        return _tr("There is no model.")
    return _tr("Computing the map…") if photo.is_busy else ""


def below(side: Inspection, picture: Picture | None, bit: int) -> str:
    """Return what stands below a photo."""
    if side.photo is None:
        return ""
    if side.error is not None and not isinstance(side.error, PhotoError):
        return side.error.message.title
    parts = [side.photo.name]
    if side.logits is not None and bit >= 0:
        parts.insert(0, state_of(float(side.logits[bit])))
    if picture is not None and picture.readable < 1.0:
        parts.append(readable(picture.readable))
    return " · ".join(parts)


def told(
    session: Session,
    knowledge: BitKnowledge,
    bit: int,
    names: Sequence[str | None],
    colours: Colours,
) -> str:
    """Return what the library tells of a bit, as HTML."""
    # Of a model that has just been chosen the bit may be none.
    if session.catalogue is None or bit >= len(knowledge.attributes):
        return _tr("Counting…") if knowledge.is_counting else ""
    attribute = knowledge.attributes[bit]
    if not attribute.photos:
        return _tr("The library has no photos with a code of this model yet.")
    return inspect_texts.attribute_html(
        attribute, session.catalogue.name, knowledge.stability, names, colours
    )


def examples(session: Session, knowledge: BitKnowledge) -> str:
    """Return what is said of the photos that show a bit, or in place of them."""
    if session.running("margins") is not None:
        return _tr("Looking for examples…")
    if knowledge.margins is not None:
        text = _tr("The best of %1 photos of the library. The numbers tell how sure the bit is.")
        return text.replace("%1", str(len(knowledge.margins.ids)))
    if knowledge.attributes and knowledge.can_measure:
        return _tr("Photos that show the bit are found with “Look for examples”.")
    return ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("InspectPage", text)
