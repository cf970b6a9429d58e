"""A query and its matches on one page: the photos, and below each the maps of the same bits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageOps

from engine.errors import PhotoError
from engine.events import JobContext
from engine.explain.bit_map import Explanation
from engine.explain.explainer import Explainer
from engine.explain.legend import Legend
from engine.explain.photo_reading import PhotoReading
from engine.explain.render import GREYED, dim_unseen, overlay, render_map
from engine.explain.report_rows import Row, row_of_bit, row_of_match, say_agreements
from engine.photos import Photo, load_photo
from engine.search.answer import Answer, Hit

MATCHES = 4
BITS = 4
_UNTESTED = (
    "with these photos it was not tested; the page Inspect of the window tests it. “explain --kind "
    "occlusion” and “Test by blurring” take longer and mostly tell better what a bit depends on."
)
_SIDE = 240  # of a picture, in pixels


@dataclass(frozen=True)
class ShownPhoto:
    """A column of the page.

    Attributes:
        title: What it is: the query, or which match.
        name: Of the file.
        pictures: The photo, then it below the map of each bit; None where one cannot be read.
        words: Below each picture.
    """

    title: str
    name: str
    pictures: tuple[Image.Image | None, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class ExplanationPage:
    """What is written, as a page to read or as one picture.

    Attributes:
        title: Of the page.
        facts: What was searched, and how.
        photos: Side by side: the query, then its matches.
        rows: What the pictures of a row are; the first row is the photos.
        legends: What the colours of a row mean; None for the photos.
        notes: How to read the maps, and how not to.
    """

    title: str
    facts: tuple[str, ...]
    photos: tuple[ShownPhoto, ...]
    rows: tuple[str, ...]
    legends: tuple[Legend | None, ...]
    notes: tuple[str, ...]


def explain_answer(
    explainer: Explainer,
    query: PhotoReading,
    name: str,
    answer: Answer,
    *,
    first: Sequence[int] = (),
    names: Sequence[str | None] = (),
    facts: Sequence[str] = (),
    flips: Collection[int] = (),
    ignore: Collection[int] = (),
    ctx: JobContext | None = None,
) -> ExplanationPage:
    """Return the page of a search; a match that cannot be decoded is left without pictures.

    Args:
        explainer: The model that was searched with.
        query: The photo, read by this model.
        name: What it is called.
        answer: What was found; its first matches are shown.
        first: Bits whose maps come before those of the bits the query is surest of; by default,
            as in the window, the surest of those in which the first match differs.
        names: Of the bits; empty if none has one.
        facts: What was searched, and how.
        flips: Bits that were searched for the other way round.
        ignore: Bits that did not count.
        ctx: Line to whoever runs the job.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    photos = 1 + len(answer.hits[:MATCHES])
    steps = explain_in_steps(
        explainer,
        query,
        name,
        answer,
        first=first,
        names=names,
        facts=facts,
        flips=flips,
        ignore=ignore,
    )
    ctx.progress("Explaining", 0, photos)
    page = None
    for done, page in enumerate(steps, start=1):
        if page is None:
            ctx.progress("Explaining", done, photos)
            ctx.checkpoint()
    assert page is not None
    return page


def explain_in_steps(
    explainer: Explainer,
    query: PhotoReading,
    name: str,
    answer: Answer,
    *,
    first: Sequence[int] = (),
    names: Sequence[str | None] = (),
    facts: Sequence[str] = (),
    flips: Collection[int] = (),
    ignore: Collection[int] = (),
    judged: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[ExplanationPage | None]:
    """Do what :func:`explain_answer` does a photo at a time: other work may come in between.

    ``judged`` says in words how kinds of maps fared when they were tested, by kind.

    Yields:
        None after each photo, at last the page.
    """
    hits = answer.hits[:MATCHES]
    bits = _choose_bits(query, hits, first, ignore)
    asked = explainer.explain(query, bits)
    if asked.kinds[0] == "exact":  # all bits cost as much as one, and add up
        asked = explainer.explain(query)
    photos: list[Photo | None] = [query.photo]
    found: list[Explanation | None] = [asked]
    yield None
    for hit in hits:
        photo = _load(explainer, hit)
        wanted = [each.bit for each in asked.maps if each.bit is not None]
        photos.append(photo)
        found.append(None if photo is None else explainer.explain(photo, wanted))
        yield None
    together = row_of_match(found, hits, flips, ignore)
    rows = [] if together is None else [together]
    rows += [row_of_bit(found, bit, names, turned=bit in flips) for bit in bits]
    titles = ["Query", *(_hit_title(hit, answer.counting) for hit in hits)]
    files = [name, *(hit.photo.path.name for hit in hits)]
    yield ExplanationPage(
        f"Why these photos were found for {name}",
        (*facts, *say_agreements(found, hits, names, BITS, flips, ignore)),
        tuple(
            _shown(title, file, photo, rows, column)
            for column, (title, file, photo) in enumerate(zip(titles, files, photos, strict=True))
        ),
        ("Photos", *(row.title for row in rows)),
        (None, *(row.legend for row in rows)),
        _notes(rows, judged),
    )


def _choose_bits(
    query: PhotoReading, hits: Sequence[Hit], first: Sequence[int], ignore: Collection[int]
) -> list[int]:
    surest = np.argsort(-np.abs(query.logits), kind="stable").tolist()
    surest = [bit for bit in surest if bit not in ignore] or surest
    if hits and not first:
        first = [bit for bit in surest if bit in hits[0].disagree][:1]
    return list(dict.fromkeys([*first, *surest]))[:BITS]


def _load(explainer: Explainer, hit: Hit) -> Photo | None:
    try:
        return load_photo(hit.photo.path, min_side=explainer.encoder.decode_side)
    except PhotoError:  # its drive may be away
        return None


def _shown(
    title: str, name: str, photo: Photo | None, rows: Sequence[Row], column: int
) -> ShownPhoto:
    if photo is None:
        return ShownPhoto(title, name, (None,) * (1 + len(rows)), ("",) * (1 + len(rows)))
    picture = ImageOps.contain(photo.image, (_SIDE, _SIDE), Image.Resampling.LANCZOS)
    drawn = []
    for row in rows:
        bit_map = row.maps[column]
        assert bit_map is not None
        layer = render_map(bit_map, *picture.size, scale=row.scale)
        drawn.append(dim_unseen(overlay(picture, layer, saturation=GREYED), bit_map))
    words = (row.words[column] for row in rows)
    return ShownPhoto(title, name, (picture, *drawn), (name, *words))


def _hit_title(hit: Hit, counting: int) -> str:
    return f"Match {hit.rank}: {hit.distance} of {counting} bits differ"


def _notes(rows: Sequence[Row], judged: Mapping[str, str]) -> tuple[str, ...]:
    """Return the meaning of the maps; in a row of photos all have the same colours."""
    of_bit = next(each for row in rows for each in row.there if each.bit is not None)
    colours = (
        "Red places push the bit on, blue ones off; white ones do neither."
        if of_bit.signed
        else "Bright places were looked at more than dark ones."
    )
    together = [
        "All bits together: red places speak for the match, blue ones against it. The query's map "
        "is about the match named below it."
        for row in rows
        if row.there[0].bit is None
    ]
    differing = ["≠ marks a match whose bit differs: it speaks against the match."]
    if not any("≠" in words for row in rows for words in row.words):
        differing = []
    return (
        f"{colours} The colours of a row mean the same in all its photos; the bar says how strong "
        "its ends are.",
        *together,
        *differing,
        f"For example: {of_bit.caption}",
        f"How far such maps can be relied on: {judged.get(of_bit.kind, _UNTESTED)}",
    )
