"""What the Search page says about an answer; plain functions from values to words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import wording
from foodsearch_gui.core.picture_reader import Picture
from foodsearch_gui.core.settings import MOST_RESULTS

if TYPE_CHECKING:
    from engine import Answer, Coverage
    from foodsearch_gui.core.query import Query, SearchOptions

_VOTES = 3
_SMALLEST_VOTE = 0.05


def summary(answer: Answer, query: Query, coverage: Coverage | None = None) -> str:
    """Return ``24 of 48,213 photos · encode 41 ms, search 3 ms · 3 near-duplicates hidden``.

    Args:
        answer: What was found.
        query: What was searched for.
        coverage: How much can be searched; an answer that is not complete says so.
    """
    found = _tr("%1 of %2").replace("%1", wording.count(len(answer.hits)))
    parts = [found.replace("%2", wording.photos(answer.searched)), _times(answer, query)]
    if answer.hidden_duplicates == 1:
        parts.append(_tr("1 near-duplicate hidden"))
    elif answer.hidden_duplicates:
        text = _tr("%1 near-duplicates hidden")
        parts.append(text.replace("%1", wording.count(answer.hidden_duplicates)))
    if coverage is not None and coverage.indexed < coverage.total:
        text = _tr("%1 of %2 searchable so far").replace("%1", wording.count(coverage.indexed))
        parts.append(text.replace("%2", wording.photos(coverage.total)))
    return " · ".join(parts)


def suggestion(answer: Answer) -> str:
    """Return ``Looks like: soup 61 % · curry 22 %``, or nothing without labels."""
    votes = [vote for vote in answer.suggestion[:_VOTES] if vote.weight >= _SMALLEST_VOTE]
    shares = [f"{wording.label(vote.label)} {round(100 * vote.weight)} %" for vote in votes]
    return _tr("Looks like: %1").replace("%1", " · ".join(shares)) if shares else ""


def beyond(answer: Answer, options: SearchOptions, num_bits: int) -> tuple[str, str]:
    """Return what is not shown, and the caption of the button that shows it if one can."""
    if not answer.beyond or not answer.hits:
        return "", ""
    number = wording.count(answer.beyond)
    if len(answer.hits) < options.top and options.radius is not None:
        text = _tr("%1 more beyond %2 of %3.").replace("%2", str(options.radius))
        return text.replace("%3", str(num_bits)).replace("%1", number), _tr("Show")
    button = _tr("Show more") if options.top < MOST_RESULTS else ""
    return _tr("%1 more are farther away.").replace("%1", number), button


def nothing_found(answer: Answer, options: SearchOptions, num_bits: int) -> tuple[str, str]:
    """Return title and text of an answer without hits."""
    if answer.nearest is None:
        return _tr("Nothing to search here."), _tr("No photo of this folder has a code yet.")
    title = _tr("Nothing within %1 of %2 bits.").replace("%1", str(options.radius))
    nearest = _tr("The nearest photo is at %1.").replace("%1", str(answer.nearest))
    return title.replace("%2", str(num_bits)), nearest


def picture_details(picture: Picture) -> str:
    """Return ``1600 × 1200`` and the file's size, and how much of it is readable if not all."""
    lines = [f"{picture.width} × {picture.height}", wording.size(picture.bytes)]
    if picture.readable < 1.0:
        share = wording.percent(round(1000 * picture.readable), 1000)
        lines.append(_tr("%1 readable").replace("%1", share))
    return "\n".join(lines)


def _times(answer: Answer, query: Query) -> str:
    found = _tr("search %1 ms").replace("%1", _milliseconds(answer.ms))
    if query.encode_ms is None:
        return found
    return f"{_tr('encode %1 ms').replace('%1', _milliseconds(query.encode_ms))}, {found}"


def _milliseconds(value: float) -> str:
    return "<1" if value < 1 else wording.count(round(value))


def _tr(text: str) -> str:
    return QCoreApplication.translate("SearchPage", text)
