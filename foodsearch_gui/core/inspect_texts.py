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
_ENOUGH = 12  # photos; with fewer, a kind that is better than chance can hardly show it
_FAITHFUL = 0.75  # of the cases; by chance it is half of them


def kind_title(kind: str) -> str:
    """Return what a kind of map is called."""
    return {
        "exact": _tr("What makes the bit (exact)"),
        "attention": _tr("Where the bit looked"),
        "gradient": _tr("Estimate (Grad-CAM)"),
        "occlusion": _tr("Test by blurring"),
    }[kind]


def why_missing() -> dict[str, str]:
    """Return the kinds of maps that a model may lack, each with the reason."""
    return {
        "exact": _tr("In this network the places are mixed before they make a bit."),
        "attention": _tr("Only networks with a question for each bit (QueryOpt) look bit by bit."),
        "gradient": _tr("This network keeps no map of places to estimate from."),
    }


def part_title(name: str) -> str:
    """Return what one of the maps that add up to a bit's map is called."""
    known = {
        "final": _tr("Of it: the final features"),
        "early": _tr("Of it: the early features"),
        "fine": _tr("Of it: the fine features"),
        "coarse": _tr("Of it: the coarse features"),
        "local": _tr("Of it: the details"),
        "windows": _tr("Of it: larger parts of the photo"),
        "conv3": _tr("Of it: the fine features"),
        "conv4": _tr("Of it: the middle features"),
        "conv5": _tr("Of it: the coarse features"),
    }
    return known.get(name, name)


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
    """Return e.g. ``soup or pie``, or ``not soup`` for what is off for it; empty without a name."""
    if found is None:
        return ""
    labels = _either(found.labels)
    return labels if found.on else _tr("not %1").replace("%1", labels)


def label_name_words(found: LabelName) -> str:
    """Return for which labels a bit is on and off, and how sure that is."""
    text = _tr(
        "Named after your folders: mostly on for %1, mostly off for the others. It is on for at "
        "least %2 of these photos, and at least %2 of the photos with it on are these."
    )
    if not found.on:
        text = _tr(
            "Named after your folders: mostly off for %1, mostly on for the others. It is off for "
            "at least %2 of these photos, and at least %2 of the photos with it off are these."
        )
    return text.replace("%1", _either(found.labels)).replace("%2", wording.share(found.agreement))


def may_flip_words() -> str:
    """Return what it means that a bit may flip."""
    return _tr(
        "May flip: some of your photos were cropped by a tenth, blurred a little, darkened and "
        "brightened, and of the bits as near zero as this one at least one in five turned."
    )


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
        parts.append(f"<p>{html.escape(label_name_words(told.label_name))}</p>")
    parts.append(_labels(told, colours.secondary))
    if told.correlated:
        parts.append(_correlated(told, names, colours))
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


def _either(labels: Sequence[str]) -> str:
    """Return ``soup``, ``soup or pie``, or ``soup, pie or bread``."""
    *others, last = map(wording.label, labels)
    if not others:
        return last
    return _tr("%1 or %2").replace("%1", ", ".join(others)).replace("%2", last)


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
        f"<th align='right'>{html.escape(_tr('Bit on for'))}</th>"
        f"<th align='left'>{html.escape(_tr('For certain'))}</th></tr>"
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
    return f"<table cellpadding='4' cellspacing='0' style='margin-top:8px'>{''.join(rows)}</table>"


def _of_photos(found: Enrichment) -> str:
    return (
        _tr("%1 of %2")
        .replace("%1", wording.count(found.on))
        .replace("%2", wording.photos(found.photos))
    )


def _correlated(told: BitAttribute, names: Sequence[str | None], colours: Colours) -> str:
    alike = [other for other in told.correlated if other.value > 0]
    opposite = [other for other in told.correlated if other.value < 0]
    sentences = []
    for text, others in (
        (_tr("Tends to be the same as bit %1."), alike),
        (_tr("Tends to be the opposite of bit %1."), opposite),
    ):
        if others:
            links = ", ".join(
                _linked(each.bit, each.value, names, colours.frame) for each in others
            )
            sentences.append(html.escape(text).replace("%1", links))
    hint = _tr("In brackets the correlation: +1 is always the same, −1 always the opposite.")
    hint = f"<span style='color:{colours.secondary}'>{html.escape(hint)}</span>"
    return f"<p>{'<br>'.join([*sentences, hint])}</p>"


def _linked(bit: int, value: float, names: Sequence[str | None], colour: str) -> str:
    name = (names[bit] if bit < len(names) else None) or ""
    title = html.escape(f"{bit} {name}".strip())
    return f"<a href='{BIT_LINK}{bit}' style='color:{colour}'>{title}</a> ({signed(value)})"


def map_verdict(tested: MapTest) -> str:
    """Return how far a kind of map can be relied on; empty if it was not tested, or fared well."""
    if not tested.cases or _is_faithful(tested):
        return ""
    if not tested.beats_chance and tested.photos < _ENOUGH and 2 * tested.won > tested.cases:
        return _tr("Too few photos here to tell whether it can be relied on.")
    if not tested.beats_chance:
        return _tr("No better than chance here: do not rely on it.")
    return _tr("Not much better than chance here.")


def map_test_words(tested: MapTest) -> str:
    """Return how a kind of map fared when what it calls important was blurred."""
    if not tested.cases:
        return ""
    text = _tr(
        "Tested on %1 of your photos: blurring the fifth it calls most important changed the bit "
        "more than blurring a fifth at random in %2 of %3 cases (%4 would be chance)."
    )
    numbers = tested.photos, tested.won, tested.cases, tested.cases // 2
    for number, value in enumerate(numbers, 1):
        text = text.replace(f"%{number}", wording.count(value))
    return text


def better_kind(tested: MapTest) -> str:
    """Return what to choose in place of a kind of map that did not fare well."""
    if not tested.cases or tested.kind == "occlusion" or _is_faithful(tested):
        return ""
    better = _tr("“%1” above takes longer and mostly fares better.")
    return better.replace("%1", kind_title("occlusion"))


def better_elsewhere(tested: MapTest) -> str:
    """Return the same for places where no other kind can be chosen."""
    if not better_kind(tested):
        return ""
    better = _tr("The page Inspect offers “%1”, which mostly fares better.")
    return better.replace("%1", kind_title("occlusion"))


def _is_faithful(tested: MapTest) -> bool:
    return tested.beats_chance and tested.won >= _FAITHFUL * tested.cases


def _steadiness(bit: int, stability: Stability) -> str:
    text = _tr(
        "Stays after a small crop in %1, a little blur in %2, other light in %3 "
        "(%4 tests together)."
    )
    if stability.kept[bit] < _STEADY:
        text += " " + _tr("That is not steady: do not rely on it.")
    for number, kind in enumerate(("crop", "blur", "brightness"), 1):
        text = text.replace(f"%{number}", wording.share(float(stability.by_kind[kind][bit])))
    return text.replace("%4", wording.count(stability.encodings))


def _tr(text: str) -> str:
    return QCoreApplication.translate("InspectTexts", text)
