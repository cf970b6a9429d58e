"""Retrieval tasks from what people have: folders named after dishes, and judgements of matches."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.errors import InputError
from engine.evaluation.condensed import Verdicts
from engine.evaluation.folders import samples_of_folder
from engine.evaluation.splits import Sample, Splits
from engine.library.catalogue import Catalogue
from engine.storage import content_hash

QUERY_SHARE = 0.2


def folder_task(folder: Path, *, share: float = QUERY_SHARE, seed: int = 0) -> Splits:
    """Return a task from a folder whose sub-folders are named after dishes.

    Of each dish a share of the photos is drawn as queries, at least one and never all; the rest is
    the gallery. The only photo of a dish is no query, as there is nothing to find. A photo of the
    gallery with the very content of a query is left out: it would be found by being the same.

    Args:
        folder: With the labelled photos.
        share: Of each dish's photos that become queries.
        seed: Of the draw.

    Raises:
        InputError: FS-002, there is no such folder, or fewer than two dishes with two photos.
    """
    samples = sorted(samples_of_folder(folder), key=lambda sample: sample.name)
    drawn = _draw([sample.label for sample in samples], share, seed)
    queries = tuple(sample for sample, is_query in zip(samples, drawn, strict=True) if is_query)
    rest = [sample for sample, is_query in zip(samples, drawn, strict=True) if not is_query]
    if len({query.label for query in queries}) < 2:
        raise InputError(
            "FS-002",
            name=str(folder),
            reason="it does not have two dishes with two photos each",
            advice="Put the photos of each dish into a folder that is named after it.",
        )
    copies = _copies(rest, queries)
    gallery = tuple(sample for sample in rest if sample not in copies)
    facts = {"kind": "folder", "seed": seed, "share": share, "copies": len(copies)}
    return Splits(folder, folder.absolute(), queries, gallery, (), facts)


def judgement_task(catalogue: Catalogue) -> Splits:
    """Return a task from what a person judged while searching.

    Each judged photo that was searched for and whose file is still there is a query; a good match
    is relevant, "not a match" is not, and unjudged photos are left out of its ranking. The label
    of a query is its own name, since nobody said what it shows.

    Raises:
        InputError: FS-002, nothing was judged, or nothing of it is left.
    """
    judged = catalogue.all_judgements()
    files = _query_files(catalogue, judged)
    ids = sorted({photo for judgement in judged.values() for photo in judgement})
    photos = {photo.id: photo for photo in catalogue.photos(ids) if photo.state == "ok"}
    number = {photo: place for place, photo in enumerate(photos)}
    verdicts, queries = [], []
    for key, path in files.items():
        mine = {
            number[photo]: is_right
            for photo, is_right in judged[key].items()
            if photo in photos and photos[photo].content_hash != key
        }
        if mine:
            verdicts.append(mine)
            queries.append(Sample(str(path), path, path.name))
    if not queries:
        raise InputError(
            "FS-002",
            name=catalogue.name,
            reason="it has no judged match whose two photos are still there",
            advice="Search, and mark results with “Good match” and “Not a match” first.",
        )
    gallery = tuple(
        Sample(str(photo.path), photo.path, photo.label or "") for photo in photos.values()
    )
    found = Verdicts(tuple(verdicts))
    facts = {"kind": "judgements", **_tally(found), "lost": len(judged) - len(queries)}
    root = Path(os.path.abspath(os.sep))
    return Splits(Path(catalogue.name), root, tuple(queries), gallery, (), facts, found)


def _draw(
    labels: Sequence[str], share: float, seed: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which photos become queries."""
    rng = np.random.default_rng(seed)
    members: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        members[label].append(row)
    drawn = np.zeros(len(labels), bool)
    for label in sorted(members):
        rows = members[label]
        count = min(max(1, round(share * len(rows))), len(rows) - 1)
        drawn[rng.choice(rows, count, replace=False)] = True
    return drawn


def _copies(photos: Iterable[Sample], queries: Iterable[Sample]) -> set[Sample]:
    """Return the photos whose file has the content of a query; only equal sizes are read."""
    by_size: dict[int, list[Sample]] = defaultdict(list)
    for query in queries:
        by_size[_size(query.path)].append(query)
    copies = set()
    for photo in photos:
        twins = by_size.get(_size(photo.path), ())
        if twins and _content(photo.path) in {_content(twin.path) for twin in twins}:
            copies.add(photo)
    return copies


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _content(path: Path) -> str:
    try:
        return content_hash(path)
    except OSError:  # told of when the photo is to be decoded
        return str(path)


def _query_files(catalogue: Catalogue, keys: Iterable[str]) -> dict[str, Path]:
    """Return where the photos that were searched for are now, by their content."""
    recent = {query.content_hash: query.path for query in catalogue.recent_queries(limit=-1)}
    found = {}
    for key in keys:
        known = catalogue.id_of_hash(key)
        places = list(catalogue.paths(known)) if known is not None else []
        places += [path for path in (recent.get(key),) if path is not None]
        place = next((path for path in places if path.is_file() and _content(path) == key), None)
        if place is not None:
            found[key] = place
    return found


def _tally(verdicts: Verdicts) -> Mapping[str, int]:
    counts = verdicts.counts()
    return {
        "right": sum(right for right, _ in counts),
        "wrong": sum(wrong for _, wrong in counts),
        "only_right": sum(not wrong for _, wrong in counts),
        "only_wrong": sum(not right for right, _ in counts),
    }
