"""Classes from judgements: photos that are good matches of one query show the same dish."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.errors import InputError
from engine.library.catalogue import Catalogue
from engine.library.records import PhotoRecord
from engine.storage import atomic_write, content_hash, disk_failure

_DRAFT = ".draft.csv"
_COLUMNS = ("path", "label", "split")
_Node = int | Path  # a photo of the library, or a file that was only searched with


def labels_from_judgements(catalogue: Catalogue, target: Path) -> int:
    """Write the photos that judgements connect as a CSV file: path, label, split.

    Good matches of a query belong together, and so do the groups of two queries with a match in
    common. A group is named after the folder its photos lie in, where that is one and says
    something; otherwise it has a number.

    Args:
        catalogue: The library.
        target: The file; it is replaced.

    Returns:
        How many photos were written; without any, the file has but its header.

    Raises:
        EngineError: FS-002 or FS-205, the disk does not let it.
    """
    groups = [sorted(group, key=str) for group in _connect(_matches(catalogue))]
    ids = {node for group in groups for node in group if isinstance(node, int)}
    photos = {photo.id: photo for photo in catalogue.photos(sorted(ids)) if photo.state == "ok"}
    rows = list(_rows(groups, photos))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(rows)
    try:
        with atomic_write(target) as file:
            file.write(text.getvalue().encode())
    except OSError as error:
        raise disk_failure(target, error) from error
    return len(rows)


def keep_judged_labels(catalogue: Catalogue, folder: Path) -> Path:
    """Write the labels that judgements give into a folder and return the file.

    Its name follows from its content, so that an interrupted training finds what it began with
    though people go on judging.

    Raises:
        InputError: FS-520, no match was called good.
        EngineError: FS-002 or FS-205, the disk does not let it.
    """
    draft = folder / _DRAFT
    try:
        if not labels_from_judgements(catalogue, draft):
            raise InputError("FS-520", name=catalogue.name)
        target = folder / f"judgements-{content_hash(draft)[:12]}.csv"
        draft.replace(target)
    except OSError as error:
        raise disk_failure(folder, error) from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def _matches(catalogue: Catalogue) -> Iterator[list[_Node]]:
    """Yield the good matches of each query, together with the query itself if it is known."""
    recent = {query.content_hash: query.path for query in catalogue.recent_queries(limit=-1)}
    for key, verdicts in catalogue.all_judgements().items():
        nodes: list[_Node] = [photo for photo, is_good in verdicts.items() if is_good]
        if not nodes:
            continue
        asked = catalogue.id_of_hash(key)
        path = recent.get(key)
        if asked is not None:
            nodes.append(asked)
        elif path is not None and _holds(path, key):
            nodes.append(path)
        yield nodes


def _holds(path: Path, key: str) -> bool:
    try:
        return content_hash(path) == key
    except OSError:
        return False


def _connect(matches: Iterable[list[_Node]]) -> list[set[_Node]]:
    groups: list[set[_Node]] = []
    for nodes in matches:
        joined = set(nodes)
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined]
    return groups


def _rows(
    groups: Iterable[list[_Node]], photos: dict[int, PhotoRecord]
) -> Iterator[tuple[str, str, str]]:
    number = 0
    for group in groups:
        known = [photos[node] for node in group if isinstance(node, int) and node in photos]
        paths = [photo.path for photo in known]
        paths += [node for node in group if isinstance(node, Path)]
        texts = [str(path) for path in paths if _is_text(path)]
        if len(texts) < 2:
            continue
        labels = {photo.label for photo in known if photo.label}
        if len(labels) == 1:
            label = labels.pop()
        else:
            number += 1
            label = f"group {number}"
        yield from ((text, label, "train") for text in texts)


def _is_text(path: Path) -> bool:
    """Whether a name can be written to a file; Linux allows others."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
