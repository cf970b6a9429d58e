"""What the page Inspect says of a bit, as sentences and as a small page of HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import wording
from foodsearch_gui.core.wording import signed

if TYPE_CHECKING:
    from engine import BitAttribute, Enrichment, LabelName, MapTest, Stability
    from foodsearch_gui.core.theme import Colours

BIT_LINK = "bit:"
_STEADY = 0.9


def kind_title(kind: str) -> str:
    """Return what a kind of map is called."""
    return {
        "exact": _tr("What makes the bit (exact)"),
        "attention": _tr("Where the bit looked"),
        "gradient": _tr("Estimate (Grad-CAM)"),
        "occlusion": _tr("Test by covering"),
    }[kind]


def view_title(name: str) -> str:
    """Return what an attention view of the whole photo is called."""
    known = {
        "class token": _tr("Attention of the last layer"),
        "rollout": _tr("Attention through all layers"),
        "last layer": _tr("Attention of the last layer"),
        "fusion": _tr("What went into the code"),
        "fusion final": _tr("Final features that were mixed in"),
        "fusion early": _tr("Early features that were mixed in"),
        "proxies": _tr("Neighbourhoods that listened"),
        "queries": _tr("Where the bits looked, on average"),
        "score": _tr("How much places count"),
        "removed": _tr("What was taken out"),
        "kept": _tr("What was kept"),
        "windows": _tr("Parts that count"),
    }
    return known.get(name, name)


def label_name_text(found: LabelName | None) -> str:
    """Return e.g. ``soup 0.87`` or ``not soup 0.87``; empty without a name."""
    if found is None:
        return ""
    labels = " / ".join(wording.label(label) for label in found.labels)
    said = labels if found.on else _tr("not %1").replace("%1", labels)
    return f"{said} {wording.decimal(found.agreement, 2)}"


def attribute_html(
    told: BitAttribute,
    library: str,
    stability: Stability | None,
    names: Sequence[str | None],
    colours: Colours,
) -> str:
    """Return what a library tells of a bit.

    Args:
        told: The bit.
        library: Its name.
        stability: If it was measured.
        names: Of all bits.
        colours: Of the theme.
    """
    parts = [f"<p>{html.escape(_share(told, library))}</p>"]
    if told.label_name is not None:
        parts.append(f"<p>{html.escape(_name(told.label_name))}</p>")
    parts.append(_labels(told, colours.secondary))
    if told.correlated:
        parts.append(_correlated(told, names, colours.frame))
    if stability is not None:
        parts.append(f"<p>{html.escape(_steadiness(told.bit, stability))}</p>")
    return "".join(parts)


def _share(told: BitAttribute, library: str) -> str:
    text = _tr("On for %1 of the %2 of “%3”.")
    if told.on in (0, told.photos):
        text = _tr("The same for all %2 of “%3”: here it tells nothing.")
    return (
        text.replace("%1", wording.percent(told.on, told.photos))
        .replace("%2", wording.photos(told.photos))
        .replace("%3", library)
    )


def _name(found: LabelName) -> str:
    labels = " / ".join(wording.label(label) for label in found.labels)
    text = _tr(
        "The folders would call it “%1”: it is on for at least %2 of these photos, and at least %2 "
        "of the photos with it are these."
    )
    if not found.on:
        text = _tr(
            "The folders would call it “not %1”: it is off for at least %2 of these photos, and at "
            "least %2 of the photos without it are these."
        )
    percent = _percent(found.agreement)
    return text.replace("%1", labels).replace("%2", percent)


def _labels(told: BitAttribute, secondary: str) -> str:
    if not told.with_labels and not told.against_labels:
        return (
            f"<p style='color:{secondary}'>"
            + html.escape(
                _tr("No label goes with it for certain. Most bits stand for nothing with a name.")
            )
            + "</p>"
        )
    rows = [
        f"<tr><th align='left'>{html.escape(_tr('Label'))}</th>"
        f"<th align='right'>{html.escape(_tr('bit on for'))}</th>"
        f"<th align='left'>{html.escape(_tr('for certain'))}</th></tr>"
    ]
    for found, word in (
        *((one, _tr("more often on")) for one in told.with_labels),
        *((one, _tr("more often off")) for one in told.against_labels),
    ):
        rows.append(
            f"<tr><td>{html.escape(wording.label(found.label))}</td>"
            f"<td align='right'>{html.escape(_of_photos(found))}</td>"
            f"<td>{html.escape(word)}</td></tr>"
        )
    return f"<table cellpadding='3' cellspacing='0'>{''.join(rows)}</table>"


def _of_photos(found: Enrichment) -> str:
    return (
        _tr("%1 of %2")
        .replace("%1", wording.count(found.on))
        .replace("%2", wording.photos(found.photos))
    )


def _correlated(told: BitAttribute, names: Sequence[str | None], colour: str) -> str:
    links = []
    for other in told.correlated:
        name = (names[other.bit] if other.bit < len(names) else None) or ""
        title = html.escape(f"{other.bit} {name}".strip())
        link = f"<a href='{BIT_LINK}{other.bit}' style='color:{colour}'>{title}</a>"
        links.append(f"{link} ({signed(other.value)})")
    text = html.escape(_tr("Goes together most with bit %1. Above zero: on for the same photos."))
    return f"<p>{text.replace('%1', ', '.join(links))}</p>"


def map_test_words(tested: MapTest) -> str:
    """Return how a kind of map fared when what it calls important was blurred."""
    if not tested.cases:
        return ""
    text = _tr(
        "Tested on %1 of your photos: blurring the fifth it calls most important changed the bit "
        "more than blurring a fifth at random in %2 of %3 cases (%4 would be chance)."
    )
    if not tested.beats_chance:
        text = _tr("No better than chance here: do not rely on it.") + " " + text
    numbers = tested.photos, tested.won, tested.cases, tested.cases // 2
    for number, value in enumerate(numbers, 1):
        text = text.replace(f"%{number}", wording.count(value))
    return text


def _steadiness(bit: int, stability: Stability) -> str:
    text = _tr(
        "Stays after a small crop in %1, a little blur in %2, other light in %3 of %4 tests."
    )
    if stability.kept[bit] < _STEADY:
        text += " " + _tr("That is not steady: do not rely on it.")
    for number, kind in enumerate(("crop", "blur", "brightness"), 1):
        text = text.replace(f"%{number}", _percent(float(stability.by_kind[kind][bit])))
    return text.replace("%4", wording.count(stability.encodings))


def _percent(share: float) -> str:
    return wording.percent(round(1000 * share), 1000)


def _tr(text: str) -> str:
    return QCoreApplication.translate("InspectTexts", text)
