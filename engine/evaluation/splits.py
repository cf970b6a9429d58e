"""Which photos are queries and which the gallery: a task, and the file SPLITS.csv.

The file has a header with the columns ``path``, ``label`` and ``split``; a split is ``query``,
``train`` or ``database``. Photos to train on belong to the gallery too.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.evaluation.condensed import Verdicts

COLUMNS = ("path", "label", "split")
SPLITS = ("query", "train", "database")


class PhotosNotFoundError(InputError):
    """No photo of a table is where it should be; ``details["place"]`` is a folder of them."""


@dataclass(frozen=True)
class Sample:
    """A photo with its label; ``name`` is its path as the file of splits has it."""

    name: str
    path: Path
    label: str


@dataclass(frozen=True)
class Splits:
    """A retrieval task.

    Attributes:
        source: The file or folder it was read from, or the name of a library.
        root: The folder its paths are relative to.
        queries: What is asked.
        gallery: What is searched: the splits train and database.
        train: The part of the gallery that may be trained on.
        facts: How the task was made, by name, as JSON can hold it; ``kind`` says from what.
        verdicts: What is right for which query; None if that is what has the query's label.
    """

    source: Path
    root: Path
    queries: tuple[Sample, ...]
    gallery: tuple[Sample, ...]
    train: tuple[Sample, ...]
    facts: Mapping[str, Any] = field(default_factory=lambda: {"kind": "splits"})
    verdicts: Verdicts | None = None


@dataclass(frozen=True)
class _Purpose:
    """What a table must have, and what is advised if it is wrong or its photos are not found."""

    columns: Sequence[str]
    form: str
    place: str


_MEASURE = _Purpose(
    COLUMNS,
    "It must be a CSV file with the columns path, label and split, a split being query, train or "
    "database.",
    "Name the folder that its paths are relative to with --root.",
)
_LEARN = _Purpose(
    COLUMNS[:2],
    "It must be a CSV file with the columns path and label; a column split, if it has one, says "
    "query, train or database.",
    "Name the folder that its paths are relative to beside it, as FOLDER.",
)


@dataclass(frozen=True)
class _Row:
    line: int
    path: str
    label: str
    split: str


def read_splits(source: Path, root: Path | None = None) -> Splits:
    """Read a file of splits and find its photos.

    Args:
        source: The CSV file.
        root: What its paths are relative to; by default the folder of the file or the one above
            it, whichever has more of the photos: many collections write their own name into the
            paths.

    Raises:
        InputError: FS-002, naming the line or the folders that were tried.
    """
    splits = _read(source, root, _MEASURE)
    if not splits.queries or not splits.gallery:
        reason = "it needs at least one query and one photo to search in"
        raise _refusal(source, reason, _MEASURE.form)
    return splits


def read_labels(source: Path, root: Path | None = None) -> Splits:
    """Read labels to train on: like :func:`read_splits`, but queries need not be.

    A file without the column ``split`` has only photos to train on.

    Raises:
        InputError: FS-002, naming the line or the folders that were tried.
    """
    return _read(source, root, _LEARN)


def _read(source: Path, root: Path | None, purpose: _Purpose) -> Splits:
    rows = _read_rows(source, purpose)
    _refuse_repeated_paths(source, rows, purpose)
    found = _find_root(source, rows, root, purpose)
    samples = [(Sample(row.path, found / row.path, row.label), row.split) for row in rows]
    queries = tuple(sample for sample, split in samples if split == "query")
    gallery = tuple(sample for sample, split in samples if split != "query")
    train = tuple(sample for sample, split in samples if split == "train")
    return Splits(source, found, queries, gallery, train)


def _read_rows(source: Path, purpose: _Purpose) -> list[_Row]:
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            return list(_parse(source, csv.DictReader(file), purpose))
    except OSError as error:
        raise _refusal(source, error.strerror or str(error), purpose.form) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refusal(source, "it is not a text file in CSV format", purpose.form) from error


def _parse(source: Path, reader: csv.DictReader[str], purpose: _Purpose) -> Iterator[_Row]:
    columns = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in purpose.columns if name not in columns]
    if missing:
        given = f" (its columns: {', '.join(columns)[:80]})" if columns else ""
        raise _refusal(source, f"it lacks the column {missing[0]}{given}", purpose.form)
    reader.fieldnames = columns
    for record in reader:
        record.setdefault("split", "train")
        path, label, split = ((record[name] or "").strip() for name in COLUMNS)
        wrong = ""
        if split not in SPLITS:
            wrong = f"has the split “{split[:40]}”"
        elif not path or "\0" in path:
            wrong = "names no photo"
        elif not label:
            wrong = "has no label"
        if wrong:
            raise _refusal(source, f"line {reader.line_num} {wrong}", purpose.form)
        yield _Row(reader.line_num, path, label, split)


def _refuse_repeated_paths(source: Path, rows: list[_Row], purpose: _Purpose) -> None:
    # A query that is also in the gallery finds itself, which makes every number too good.
    seen: dict[str, int] = {}
    for row in rows:
        path = os.path.normpath(row.path)  # ./a/b.png is a/b.png
        if path in seen:
            reason = f"lines {seen[path]} and {row.line} name the same photo"
            raise _refusal(source, reason, purpose.form)
        seen[path] = row.line


def _find_root(source: Path, rows: list[_Row], root: Path | None, purpose: _Purpose) -> Path:
    if root and not root.is_dir():
        raise _refusal(root, "it is not a folder", purpose.place)
    folder = source.absolute().parent
    candidates = [root.absolute()] if root else [folder, folder.parent]
    found = {place: sum((place / row.path).is_file() for row in rows) for place in candidates}
    best = max(found, key=found.__getitem__)  # the first of equals
    if rows and not found[best]:
        raise PhotosNotFoundError(
            "FS-002",
            name=str(source),
            reason=f"none of its photos are below {' or '.join(map(str, candidates))}",
            advice=purpose.place,
            place=str((best / rows[0].path).parent),
        )
    return best


def _refusal(path: Path, reason: str, advice: str) -> InputError:
    return InputError("FS-002", name=str(path), reason=reason, advice=advice)
