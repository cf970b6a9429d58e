"""A query and its matches on one page: the photos, and below each the maps of the same bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from engine.errors import PhotoError
from engine.events import JobContext
from engine.explain.bit_map import EXPLAINED_SIDE, BitMap, Explanation
from engine.explain.explainer import Explainer
from engine.explain.render import overlay, render_map, value_range
from engine.photos import Photo, load_photo
from engine.search.answer import Answer, Hit
from engine.search.encode import EncodedQuery

MATCHES = 4
BITS = 4
_GREYED = 0.25  # what is left of a photo's colours below those of a map


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
        notes: How to read the maps, and how not to.
    """

    title: str
    facts: tuple[str, ...]
    photos: tuple[ShownPhoto, ...]
    rows: tuple[str, ...]
    notes: tuple[str, ...]


def explain_answer(
    explainer: Explainer,
    query: EncodedQuery,
    name: str,
    answer: Answer,
    *,
    first: Sequence[int] = (),
    names: Sequence[str | None] = (),
    facts: Sequence[str] = (),
    ctx: JobContext | None = None,
) -> ExplanationPage:
    """Return the page of a search; a match that cannot be decoded is left without pictures.

    Args:
        explainer: The model that was searched with.
        query: The photo, encoded by this model; its shorter side decoded with ``EXPLAINED_SIDE``
            pixels or more.
        name: What it is called.
        answer: What was found; its first matches are shown.
        first: Bits whose maps come before those of the bits the query is surest of.
        names: Of the bits; empty if none has one.
        facts: What was searched, and how.
        ctx: Line to whoever runs the job.

    Raises:
        JobCancelled: Somebody asked the job to stop.
    """
    ctx = ctx or JobContext()
    photos = 1 + len(answer.hits[:MATCHES])
    steps = explain_in_steps(explainer, query, name, answer, first=first, names=names, facts=facts)
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
    query: EncodedQuery,
    name: str,
    answer: Answer,
    *,
    first: Sequence[int] = (),
    names: Sequence[str | None] = (),
    facts: Sequence[str] = (),
) -> Iterator[ExplanationPage | None]:
    """Do what :func:`explain_answer` does a photo at a time: other work may come in between.

    Yields:
        None after each photo, at last the page.
    """
    hits = answer.hits[:MATCHES]
    surest = np.argsort(-np.abs(query.logits), kind="stable").tolist()
    bits = list(dict.fromkeys([*first, *surest]))[:BITS]
    asked = explainer.explain(query.photo, bits)
    found: list[tuple[Photo | None, Explanation | None]] = [(query.photo, asked)]
    yield None
    for hit in hits:
        found.append(_explain_hit(explainer, hit, bits))
        yield None
    maps = [_maps_of(explanation, bits) for _, explanation in found]
    scales = {bit: value_range(*(each[bit] for each in maps if bit in each)) for bit in bits}
    titles = ["Query", *(_hit_title(hit, answer.counting) for hit in hits)]
    files = [name, *(hit.photo.path.name for hit in hits)]
    yield ExplanationPage(
        f"Why these photos were found for {name}",
        tuple(facts),
        tuple(
            _shown(title, file, photo, of_photo, bits, scales)
            for title, file, (photo, _), of_photo in zip(titles, files, found, maps, strict=True)
        ),
        ("Photos", *(_bit_title(bit, names) for bit in bits)),
        _notes(maps[0], bits),
    )


def _explain_hit(
    explainer: Explainer, hit: Hit, bits: Sequence[int]
) -> tuple[Photo | None, Explanation | None]:
    try:
        side = max(EXPLAINED_SIDE, explainer.encoder.decode_side)
        photo = load_photo(hit.photo.path, min_side=side)
    except PhotoError:  # its drive may be away
        return None, None
    return photo, explainer.explain(photo, bits)


def _maps_of(explanation: Explanation | None, bits: Sequence[int]) -> dict[int, BitMap]:
    maps = explanation.maps if explanation is not None else ()
    return {each.bit: each for each in maps if each.bit is not None and each.bit in bits}


def _shown(
    title: str,
    name: str,
    photo: Photo | None,
    maps: Mapping[int, BitMap],
    bits: Sequence[int],
    scales: Mapping[int, tuple[float, float]],
) -> ShownPhoto:
    if photo is None:
        return ShownPhoto(title, name, (None,) * (1 + len(bits)), ("",) * (1 + len(bits)))
    picture = photo.image.copy()
    picture.thumbnail((EXPLAINED_SIDE, EXPLAINED_SIDE), Image.Resampling.LANCZOS)
    layers = (render_map(maps[bit], *picture.size, scale=scales[bit]) for bit in bits)
    drawn = (overlay(picture, layer, saturation=_GREYED) for layer in layers)
    said = (f"{'on' if maps[bit].logit > 0 else 'off'} ({maps[bit].logit:+.2f})" for bit in bits)
    return ShownPhoto(title, name, (picture, *drawn), (name, *said))


def _hit_title(hit: Hit, counting: int) -> str:
    return f"Match {hit.rank}: {hit.distance} of {counting} bits differ"


def _bit_title(bit: int, names: Sequence[str | None]) -> str:
    name = names[bit] if bit < len(names) else None
    return f"Bit {bit}" + (f" “{name}”" if name else "")


def _notes(maps: Mapping[int, BitMap], bits: Sequence[int]) -> tuple[str, ...]:
    """Return the meaning of the maps; in a row of photos all have the same colours."""
    signed = maps[bits[0]].signed
    colours = (
        "Red places push the bit on, blue ones off; white ones do neither."
        if signed
        else "Bright places were looked at more than dark ones."
    )
    return (
        f"{colours} The colours of a row mean the same in all its photos.",
        f"Of the first map: {maps[bits[0]].caption}",
    )
