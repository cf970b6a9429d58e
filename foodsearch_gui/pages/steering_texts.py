"""What the Search page says of wishes for bits; plain functions from values to words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from foodsearch_gui.core import wording
from foodsearch_gui.core.query import Query
from foodsearch_gui.core.steering import Steering, Wish
from foodsearch_gui.widgets.chip_row import Chip

MARGINS, JUDGED = "margins", "judged"
_BIT, _PHOTO = "bit:", "photo:"
_CHIPS = {
    Wish.ON: QT_TRANSLATE_NOOP("SearchPage", "Only with %1"),
    Wish.OFF: QT_TRANSLATE_NOOP("SearchPage", "Only without %1"),
    Wish.IGNORE: QT_TRANSLATE_NOOP("SearchPage", "%1 does not count"),
    Wish.FLIP: QT_TRANSLATE_NOOP("SearchPage", "%1 turned round"),
}
_TIPS = {
    Wish.ON: QT_TRANSLATE_NOOP("SearchPage", "Photos without this bit are not found."),
    Wish.OFF: QT_TRANSLATE_NOOP("SearchPage", "Photos with this bit are not found."),
    Wish.IGNORE: QT_TRANSLATE_NOOP("SearchPage", "It makes no photo nearer or farther."),
    Wish.FLIP: QT_TRANSLATE_NOOP(
        "SearchPage", "Searched as if your photo had the other value in this bit."
    ),
}


def chips(query: Query, names: Sequence[str | None]) -> list[Chip]:
    """Return everything that bends a search, further photos first.

    Args:
        query: What is searched for.
        names: Of the model's bits; empty if none has one.
    """
    steering = query.steering
    found = [
        Chip(
            f"{_PHOTO}{place}",
            _tr("and %1").replace("%1", photo.name),
            _tr("All these photos are searched for together."),
        )
        for place, photo in enumerate(query.added, start=1)
    ]
    found += [
        Chip(f"{_BIT}{bit}", wish_text(bit, wish, names), _tr(str(_TIPS[wish])))
        for bit, wish in steering.bits
    ]
    if steering.margins:
        found.append(Chip(MARGINS, _tr("Sure bits count more"), margins_tip()))
    if steering.judged:
        text = _tr("Taught by %1").replace("%1", judgements(dict(steering.judged)))
        found.append(Chip(JUDGED, text, judged_tip()))
    return found


def after_removal(query: Query, key: str) -> tuple[Steering, int | None]:
    """Return the wishes without the one of a chip, or the place of the photo that is to go."""
    steering = query.steering
    if key.startswith(_PHOTO):
        return steering, int(key.removeprefix(_PHOTO))
    if key == MARGINS:
        return Steering(steering.model_key, steering.bits, False, steering.judged), None
    if key == JUDGED:
        return steering.with_judgements({}), None
    return steering.with_wish(int(key.removeprefix(_BIT)), None), None


def wish_text(bit: int, wish: Wish, names: Sequence[str | None]) -> str:
    """Return e.g. ``Only with bit 17 “fried”``."""
    text = _tr(str(_CHIPS[wish])).replace("%1", bit_title(bit, names))
    return text[:1].upper() + text[1:]


def bit_title(bit: int, names: Sequence[str | None]) -> str:
    """Return e.g. ``bit 17 “fried”``."""
    title = _tr("bit %1").replace("%1", str(bit))
    name = names[bit] if bit < len(names) else None
    return f"{title} “{name}”" if name else title


def judgements(verdicts: Mapping[int, bool]) -> str:
    """Return e.g. ``3 good, 1 not``."""
    good = sum(verdicts.values())
    text = _tr("%1 good, %2 not").replace("%1", wording.count(good))
    return text.replace("%2", wording.count(len(verdicts) - good))


def teach(verdicts: Mapping[int, bool]) -> str:
    """Return the caption of the button that lets judgements change the order."""
    text = _tr("Search again with your &judgements (%1)")
    return text.replace("%1", judgements(verdicts))


def taken_back(count: int) -> str:
    """Return what became of the wishes for the photo before; empty if there were none."""
    if not count:
        return ""
    wishes = _tr("1 wish") if count == 1 else _tr("%1 wishes").replace("%1", str(count))
    text = _tr("New photo: %1 for the one before taken back. Alt+Left goes back to it.")
    return text.replace("%1", wishes)


def margins_tip() -> str:
    """Return what it does to let sure bits count more."""
    return _tr(
        "A bit far from zero counts more than one that could as well be the other way round. The "
        "nearest 1,000 photos are put in this order; the distances stay as they are."
    )


def judged_tip() -> str:
    """Return what it does to let judgements count."""
    return _tr(
        "Bits in which good matches agree with your photo count more, those in which the others "
        "agree as well count less."
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("SearchPage", text)
