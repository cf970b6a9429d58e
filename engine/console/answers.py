"""What a search found, for programs and for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.console.text import count, printable, table
from engine.library.catalogue import Catalogue
from engine.models.store import ModelInfo
from engine.search.query import Answer
from engine.wording import percent

_VOTES = 3  # told to people


def answer_values(answer: Answer, catalogue: Catalogue) -> dict[str, Any]:
    """Return an answer as JSON can hold it; a suggestion with the photos that voted for it."""
    voters = [photo_id for vote in answer.suggestion for photo_id in vote.photos]
    paths = {photo.id: str(photo.path) for photo in catalogue.photos(voters)}
    return {
        "hits": [
            {
                "rank": hit.rank,
                "path": str(hit.photo.path),
                "distance": hit.distance,
                "label": hit.photo.label,
                "disagree": list(hit.disagree),
                "duplicates": len(hit.duplicates),
                "state": hit.photo.state,
                **({} if hit.weighted is None else {"weighted": hit.weighted}),
            }
            for hit in answer.hits
        ],
        "suggestion": [
            {
                "label": vote.label,
                "weight": vote.weight,
                "confidence": vote.confidence,
                "photos": [paths[photo_id] for photo_id in vote.photos if photo_id in paths],
            }
            for vote in answer.suggestion
        ],
        "similar_enough": answer.similar_enough,
        "searched": answer.searched,
        "beyond": answer.beyond,
        "nearest": answer.nearest,
    }


def answer_lines(
    answer: Answer, model: ModelInfo, ms: dict[str, float], wishes: Sequence[str] = ()
) -> list[str]:
    """Return an answer as lines of text, with what was asked beyond the photo."""
    times = ", ".join(f"{name} {value:.1f} ms" for name, value in ms.items())
    lines = [f"{count(answer.searched, 'photo')} searched with {model.id} ({times})", *wishes]
    if not answer.hits:
        nearest = f" The nearest is at {answer.nearest}." if answer.nearest is not None else ""
        return [*lines, f"No photo fits.{nearest}"]
    rows = [
        (
            hit.rank,
            f"{hit.distance}/{answer.counting}",
            hit.photo.label or "",
            f"+{len(hit.duplicates)}" if hit.duplicates else "",
            hit.photo.path,
        )
        for hit in answer.hits
    ]
    captions = ("rank", "distance", "label", "same", "photo")
    columns = zip(captions, zip(*rows, strict=True), strict=True)
    told = {caption: column for caption, column in columns if any(column)}
    cells = list(zip(*told.values(), strict=True))
    lines += ["", *table(tuple(told), cells, right="rank distance")]
    suggestion = _suggestion_lines(answer)
    if suggestion and wishes:
        suggestion.append("For this all bits and all photos count.")
    return [*lines, *suggestion]


def _suggestion_lines(answer: Answer) -> list[str]:
    """Return what the photo may show, and by whose word."""
    if not answer.suggestion:
        return []
    if answer.similar_enough is None:
        votes = [f"{printable(vote.label)} {percent(vote.weight)}" for vote in answer.suggestion]
        votes[0] += " of the votes"  # which must not look like a chance to be right
        return ["", f"Looks like: {', '.join(votes[:_VOTES])}"]
    voters = sum(vote.count for vote in answer.suggestion)
    if not answer.similar_enough:
        # How sure a vote is holds for photos that are similar enough.
        best = answer.suggestion[0]
        guess = f"{printable(best.label)} ({best.count} of the {voters} nearest)"
        return ["", f"Nothing similar enough to say what it is. Best guess: {guess}"]
    told = [
        f"{printable(vote.label)}, {percent(vote.confidence or 0)} sure"
        f" ({vote.count} of the {voters} nearest)"
        for vote in answer.suggestion[:_VOTES]
    ]
    return ["", f"Of your dishes most like: {'; '.join(told)}"]
