"""What the Search page says about an answer; plain functions from values to words."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from engine import Message
from foodsearch_gui.core import wording
from foodsearch_gui.core.picture_reader import Picture
from foodsearch_gui.core.settings import MOST_RESULTS
from foodsearch_gui.core.steering import Steering

if TYPE_CHECKING:
    from engine import Answer, Coverage, Vote
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
    """Return what the photo probably shows, as rich text; nothing without labels.

    Each label is a link to its evidence; the address is its place among the suggestions. It is
    followed by how often such a suggestion was right, or where nobody measured that by its share of
    the votes.
    """
    if answer.similar_enough is None:
        votes = [vote for vote in answer.suggestion[:_VOTES] if vote.weight >= _SMALLEST_VOTE]
        shares = [
            _linked(vote, place, wording.share(vote.weight)) for place, vote in enumerate(votes)
        ]
        if not shares:
            return ""
        # The share of the votes is no chance to be right, and must not look like one.
        shares[0] += " " + _tr("of the votes")
        return _tr("Looks like: %1").replace("%1", " · ".join(shares))
    told = [
        _linked(vote, place, _evidence(vote, answer))
        for place, vote in enumerate(answer.suggestion[:_VOTES])
        if place == 0 or (vote.confidence or 0) >= _SMALLEST_VOTE
    ]
    if not told:
        return ""
    if answer.similar_enough:
        # Of a dish that the library lacks nobody knows how often a suggestion is right.
        return _tr("Of your dishes most like: %1").replace("%1", " · ".join(told))
    text = _tr("Nothing similar enough to say what it is. Best guess: %1")
    return text.replace("%1", told[0])


def plain(rich: str) -> str:
    """Return a line without its links."""
    return html.unescape(re.sub(r"<[^>]*>", "", rich))


def evidence(vote: Vote) -> Message:
    """Return what the photos that voted for a label have in common."""
    title = _tr("The nearest photos that are called “%1”")
    cause = _tr("They lie in a folder of this name; the nearest one differs in %1 bits.")
    if vote.distance == 1:
        cause = _tr("They lie in a folder of this name; the nearest one differs in 1 bit.")
    name = wording.label(vote.label)
    return Message("", title.replace("%1", name), cause.replace("%1", str(vote.distance)))


def _linked(vote: Vote, place: int, rest: str) -> str:
    name = html.escape(wording.label(vote.label))
    return f'<a href="{place}">{name}</a> {html.escape(rest)}'


def _evidence(vote: Vote, answer: Answer) -> str:
    """Return ``87 % sure (7 of the 10 nearest)``; how sure holds for similar photos only."""
    voters = sum(each.count for each in answer.suggestion)
    text = _tr("%1 sure (%2 of the %3 nearest)").replace("%1", wording.share(vote.confidence or 0))
    if not answer.similar_enough:
        text = _tr("(%2 of the %3 nearest)")
    return text.replace("%2", str(vote.count)).replace("%3", str(voters))


def beyond(answer: Answer, options: SearchOptions) -> tuple[str, str]:
    """Return what is not shown, and the caption of the button that shows it if one can."""
    if not answer.beyond or not answer.hits:
        return "", ""
    number = wording.count(answer.beyond)
    if len(answer.hits) < options.top and options.radius is not None:
        text = _tr("%1 more beyond %2 of %3.").replace("%2", str(options.radius))
        return text.replace("%3", str(answer.counting)).replace("%1", number), _tr("Show")
    button = _tr("Show more") if options.top < MOST_RESULTS else ""
    return _tr("%1 more come after these.").replace("%1", number), button


def nothing_found(answer: Answer, options: SearchOptions, steering: Steering) -> tuple[str, str]:
    """Return title and text of an answer without hits."""
    if answer.nearest is None and steering.require:
        title = _tr("No photo has the bits you asked for.")
        return title, _tr("Take one of the wishes above back.")
    if answer.nearest is None:
        return _tr("Nothing to search here."), _tr("No photo of this folder has a code yet.")
    title = _tr("Nothing within %1 of %2 bits.").replace("%1", str(options.radius))
    nearest = _tr("The nearest photo is at %1.").replace("%1", str(answer.nearest))
    return title.replace("%2", str(answer.counting)), nearest


def picture_details(picture: Picture) -> str:
    """Return ``1600 × 1200`` and the file's size, and how much of it is readable if not all."""
    lines = [f"{picture.width} × {picture.height}", wording.size(picture.bytes)]
    if picture.readable < 1.0:
        lines.append(wording.readable(picture.readable))
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
