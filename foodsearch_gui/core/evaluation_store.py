"""Results of evaluations as files: kept, listed, read, taken away and brought back.

Everything here reads or writes files, so it runs in the library worker.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import engine
from engine import Difference, EngineError, Message, ModelInfo

Result = Mapping[str, Any]
_FORMAT = 1
_REMOVED = ".removed"  # an undo may bring it back; the next start of the program clears it away


@dataclass(frozen=True)
class KeptResult:
    """What a list says of a kept result.

    Attributes:
        path: Its file.
        model_id: The model's id.
        model_name: Its name when it was measured.
        task: Kind and source of the task: ``splits``, ``folder`` or ``judgements``.
        source: File, folder or library it was measured on.
        task_id: Results with the same one can be compared.
        map_at: List length for mAP.
        map: The mAP.
        made: When, UTC, ISO 8601.
    """

    path: Path
    model_id: str
    model_name: str
    task: str
    source: str
    task_id: str
    map_at: int | str
    map: float
    made: str


@dataclass(frozen=True)
class Evaluation:
    """A kept result with everything in it.

    Attributes:
        kept: What lists say of it.
        result: Of :func:`engine.evaluate`.
    """

    kept: KeptResult
    result: Result = field(repr=False)

    def path(self, name: str) -> Path:
        """Return the file of a photo that the result names."""
        return Path(self.result["root"]) / name


@dataclass(frozen=True)
class Shown:
    """One result or two side by side.

    Attributes:
        evaluations: One or two.
        difference: Of the second to the first; None for one, or if they cannot be compared.
        obstacle: Why they cannot be compared.
    """

    evaluations: tuple[Evaluation, ...]
    difference: Difference | None = None
    obstacle: Message | None = None


def keep(folder: Path, model: ModelInfo, result: Result) -> KeptResult:
    """Write a result to a new file."""
    made = datetime.now(UTC)
    name = re.sub(r"[^\w-]", "_", model.id)
    path = folder / f"{made:%Y%m%d-%H%M%S-%f}-{name}.json"
    content = {
        "format": _FORMAT,
        "made": made.isoformat(timespec="seconds"),
        "model": model.id,
        "model_name": model.name,
        **result,
    }
    engine.write_json(path, content)
    return _summary(path, content)


def list_kept(folder: Path, known: Sequence[KeptResult] = ()) -> list[KeptResult]:
    """Return what was kept, the newest first; files that are no results are passed over.

    Args:
        folder: Where they are.
        known: What was listed before: files are never changed, and reading all takes long.
    """
    return sorted(
        _summaries(folder, {one.path: one for one in known}),
        key=lambda kept: kept.path.name,
        reverse=True,
    )


def clear_removed(folder: Path) -> None:
    """Delete for good what was taken away before the program was started."""
    for path in folder.glob(f"*{_REMOVED}"):
        path.unlink(missing_ok=True)


def read(kept: tuple[KeptResult, ...]) -> Shown:
    """Read one result or two, and compare two."""
    evaluations = tuple(_read(one) for one in kept)
    if len(evaluations) < 2:
        return Shown(evaluations)
    try:
        first, second = (one.result for one in evaluations)
        return Shown(evaluations, engine.compare_results(first, second))
    except EngineError as error:
        return Shown(evaluations, obstacle=error.message)


def take_away(kept: tuple[KeptResult, ...]) -> None:
    """Remove results, so that :func:`bring_back` can undo it."""
    for one in kept:
        one.path.rename(one.path.with_name(one.path.name + _REMOVED))


def bring_back(kept: tuple[KeptResult, ...]) -> None:
    """Undo :func:`take_away`."""
    for one in kept:
        one.path.with_name(one.path.name + _REMOVED).rename(one.path)


def _read(kept: KeptResult) -> Evaluation:
    return Evaluation(kept, json.loads(kept.path.read_text(encoding="utf-8")))


def _summaries(folder: Path, known: Mapping[Path, KeptResult]) -> Iterator[KeptResult]:
    for path in folder.glob("*.json"):
        if path in known:
            yield known[path]
            continue
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] == _FORMAT:
                yield _summary(path, content)
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _summary(path: Path, content: Result) -> KeptResult:
    return KeptResult(
        path=path,
        model_id=str(content["model"]),
        model_name=str(content["model_name"]),
        task=str(content["task"]["kind"]),
        source=str(content["split"]),
        task_id=str(content["task_id"]),
        map_at=content["map_at"],
        map=float(content["map"]),
        made=str(content["made"]),
    )
