"""From what the user brings and wishes to what is searched for; plain functions, no torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import engine
from foodsearch_gui.core.query import Query

if TYPE_CHECKING:
    from engine import Searcher, Steered
    from foodsearch_gui.core.session import Session


def outside(source: Path | bytes, name: str = "", allow_truncated: bool = False) -> Query:
    """Return a query with a file or a file's bytes."""
    if isinstance(source, Path):
        name = name or source.name
    return Query(source, name, allow_truncated)


def of_library(session: Session, photo_id: int) -> Query | None:
    """Return a query with a photo of the library and its stored code; None if it is gone."""
    catalogue = session.catalogue
    records = catalogue.photos([photo_id]) if catalogue is not None else []
    if not records:
        return None
    path, content_hash = records[0].path, records[0].content_hash
    return in_library(session, Query(path, path.name, content_hash=content_hash))


def in_library(session: Session, query: Query) -> Query:
    """Return a query with the places of its photos in the open library, and their stored codes.

    The code of a photo is known there even while its file is away.
    """
    photos = [_in_library(session, photo) for photo in query.photos]
    return replace(photos[0], added=tuple(photos[1:]))


def _in_library(session: Session, photo: Query) -> Query:
    catalogue, searcher, model = session.catalogue, session.searcher, session.model
    if catalogue is None or not photo.content_hash:
        return photo
    photo_id = catalogue.id_of_hash(photo.content_hash)
    photo = replace(photo, photo_id=photo_id)
    if model is None or searcher is None or photo_id is None or photo.has_code(model.key):
        return photo
    code = searcher.code_of(photo_id)
    if code is None:
        return photo
    return replace(photo, code=code.reshape(-1), logits=None, encode_ms=None, model_key=model.key)


def logits_of(query: Query, num_bits: int) -> NDArray[np.float32] | None:
    """Return how sure each bit of an encoded query is, of all its photos together.

    None while only the stored code of a single photo is known. Among several, a photo known by its
    code alone has the same say as the others, and every bit of it is as sure.
    """
    if not query.added:
        return query.logits
    return engine.join_queries([_logits(photo, num_bits) for photo in query.photos])


def bend(query: Query, searcher: Searcher, num_bits: int) -> Steered:
    """Return what is searched for after all wishes; judged photos that are gone teach nothing.

    Args:
        query: Encoded, with all its photos.
        searcher: Knows the codes of judged photos.
        num_bits: Length of a code.
    """
    logits = logits_of(query, num_bits)
    if logits is None:
        assert query.code is not None
        logits = engine.as_logits(query.code, num_bits)
    good, bad = (_codes(query, verdict, searcher) for verdict in (True, False))
    return engine.steer(
        logits,
        flips=query.steering.flipped,
        margins=query.steering.margins,
        good=good,
        bad=bad,
    )


def _codes(query: Query, verdict: bool, searcher: Searcher) -> NDArray[np.uint8] | None:
    judged = [photo_id for photo_id, said in query.steering.judged if said is verdict]
    found = [code for code in map(searcher.code_of, judged) if code is not None]
    return np.stack(found) if found else None


def without_judgements(query: Query) -> Query:
    """Judged photos are known by their ids, which mean something in one library only."""
    return replace(query, steering=query.steering.with_judgements({}))


def _logits(photo: Query, num_bits: int) -> NDArray[np.float32]:
    assert photo.code is not None
    if photo.logits is not None:
        return photo.logits
    return engine.as_logits(photo.code, num_bits)
