"""What an evaluation says, in words: names and meaning of its figures, tasks, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale, QTime

from engine import Difference
from foodsearch_gui.core import wording
from foodsearch_gui.core.evaluation_store import KeptResult, Result


@dataclass(frozen=True)
class Figure:
    """A headline figure.

    Attributes:
        name: As the literature writes it.
        words: What it means to somebody who searches.
        definition: Exactly, as in docs/protocol.md.
        value: The number, for comparisons.
        text: The number as it is shown.
        more_is_better: None for what is neither good nor bad.
    """

    name: str
    words: str
    definition: str
    value: float
    text: str
    more_is_better: bool | None = True


def figures(result: Result) -> list[Figure]:
    """Return the headline figures in reading order."""
    right = _tr("good matches") if is_judged(result) else _tr("photos of the same dish")
    photo_ms = result["times"]["photo_ms"]
    found = [_map(result, right)]
    found += [_precision(int(at), value) for at, value in result["p_at"].items()]
    found += [
        Figure(
            "P@H≤2",
            _tr("of the photos that differ in at most 2 bits, the share that is right"),
            _tr(
                "Precision within distance 2: the share of relevant photos among those whose code "
                "differs in at most 2 bits, 0 if there are none; the mean over all queries."
            ),
            result["p_at_h2"],
            decimal(result["p_at_h2"]),
        ),
        Figure(
            _tr("Nothing near"),
            _tr("of the searches, the share that finds no photo at all within 2 bits"),
            _tr(
                "“Empty balls” in the literature: the share of queries for which a lookup within "
                "distance 2 finds nothing. It explains a low P@H≤2, and grows with the length of "
                "the codes. The usual search takes the nearest, however far, and is not touched by "
                "it."
            ),
            result["empty_balls"],
            share(result["empty_balls"]),
            None,
        ),
        Figure(
            _tr("Time for a photo"),
            _tr("to read one photo and compute its code on this computer"),
            _tr("Decoding and encoding of one photo that comes alone, the median of ten."),
            photo_ms or 0.0,
            _tr("%1 ms").replace("%1", wording.count(round(photo_ms))) if photo_ms else "–",
            None,
        ),
    ]
    return found


def task_line(result: Result) -> str:
    """Return how many photos were searched for in how many, and where they come from."""
    queries, gallery = wording.count(result["queries"]), wording.count(result["gallery"])
    text = _tr("%1 searches among %2 photos").replace("%1", queries).replace("%2", gallery)
    if result["unreadable"]:
        lost = wording.photos(result["unreadable"])
        text += " · " + _tr("%1 could not be read").replace("%1", lost)
    return text


def task_notes(result: Result) -> list[str]:
    """Return what must be known to read the figures rightly."""
    task = result["task"]
    if task["kind"] == "folder":
        drawn = share(task["share"])
        notes = [
            _tr(
                "%1 of each dish's photos were drawn as queries; the rest is searched. The draw is "
                "always the same."
            ).replace("%1", drawn),
            _tr(
                "A model that was trained on this folder knows some of the queries: its figures "
                "are too good."
            ),
        ]
        if task["copies"]:
            text = _tr("%1 left out, as they are copies of queries.")
            notes.append(text.replace("%1", wording.photos(task["copies"])))
        return notes
    if task["kind"] == "judgements":
        return _judgement_notes(task)
    return []


def task_title(kept: KeptResult) -> str:
    """Return a short name of what was measured on."""
    if kept.task == "judgements":
        return _tr("Judgements of %1").replace("%1", kept.source)
    return wording.path(PurePath(kept.source).name or kept.source)


def splits_title(kept: KeptResult) -> str:
    """Return the task with the folder that tells ``splits.csv`` from others of this name."""
    path = PurePath(kept.source)
    if kept.task == "splits" and path.parent.name:
        return wording.path(PurePath(path.parent.name, path.name))
    return task_title(kept)


def names(kept: Sequence[KeptResult]) -> list[str]:
    """Return short names of results that tell them apart: the model, if need be with more."""
    models = [one.model_name for one in kept]
    if len({one.task_id for one in kept}) > 1:
        return [f"{one.model_name} · {splits_title(one)}" for one in kept]
    if len(set(models)) < len(models):
        return [f"{one.model_name} · {when(one)}" for one in kept]
    return models


def when(kept: KeptResult) -> str:
    """Return day and time of a measuring."""
    local = datetime.fromisoformat(kept.made).astimezone()
    clock = QLocale().toString(QTime(local.hour, local.minute), "HH:mm")
    return f"{wording.day(kept.made, is_short=True)}, {clock}"


def list_length(map_at: int | str) -> str:
    """Return ``the first 1,000 photos`` or ``all photos``."""
    if isinstance(map_at, str):
        return _tr("all photos")
    return _tr("the first %1 photos").replace("%1", wording.count(map_at))


def difference_line(difference: Difference, first: str, second: str) -> str:
    """Return ``B is better than A by 0.021 (95 % interval 0.010 to 0.032)``."""
    interval = (
        _tr("95 % interval %1 to %2")
        .replace("%1", signed(difference.low))
        .replace("%2", signed(difference.high))
    )
    if not difference.is_clear:
        text = _tr("No clear difference: %1 in mAP (%2). More queries may tell.")
        return text.replace("%1", signed(difference.value)).replace("%2", interval)
    better = _tr("“%1” is better than “%2” by %3 in mAP (%4).")
    names = (second, first) if difference.value > 0 else (first, second)
    if difference.value < 0:
        interval = (
            _tr("95 % interval %1 to %2")
            .replace("%1", signed(-difference.high))
            .replace("%2", signed(-difference.low))
        )
    values = (*names, decimal(abs(difference.value)), interval)
    for number, value in enumerate(values, 1):
        better = better.replace(f"%{number}", value)
    return better


def difference_sign(first: str, second: str) -> str:
    """Return which of two models a difference above or below zero speaks for."""
    text = _tr("Difference: above zero “%2” is better, below zero “%1” is.")
    return text.replace("%1", first).replace("%2", second)


def dishes_hint(names: Sequence[str], can_tell: bool) -> str:
    """Return what the columns of the table of dishes mean.

    Args:
        names: Of one model or two.
        can_tell: Whether two were measured in the same way.
    """
    text = _tr("AP: how early the right photos come in the results; 1 is perfect.")
    if len(names) == 1:
        return f"{text} {_tr('P@10: of the first 10 results, the share that is right.')}"
    return f"{text} {difference_sign(*names)}" if can_tell else text


def difference_hint(difference: Difference) -> str:
    """Return how the interval was computed."""
    text = _tr(
        "Both models answered the same %1 queries. The interval comes from 10,000 draws of them "
        "(paired bootstrap). If the two were equally good, a difference of this size would occur "
        "with a chance of %2 (randomisation test)."
    )
    chance = f"{difference.p_value:.4f}".rstrip("0")
    return text.replace("%1", wording.count(difference.queries)).replace("%2", chance)


def is_judged(result: Result) -> bool:
    """Whether judgements say what is right, not labels."""
    return bool(result["task"]["kind"] == "judgements")


def decimal(value: float) -> str:
    """Return a figure with three digits."""
    return wording.decimal(value, 3)


def signed(value: float) -> str:
    """Return a difference with its sign."""
    text = decimal(abs(value))
    if text == decimal(0.0):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def share(value: float) -> str:
    """Return a share in per cent, one digit for small ones."""
    precision = 0 if value in (0, 1) or value >= 0.1 else 1
    return _tr("%1 %").replace("%1", wording.decimal(100 * value, precision))


def _map(result: Result, right: str) -> Figure:
    at = result["map_at"]
    return Figure(
        f"mAP@{at}",
        _tr("how early %1 come in the results; 1 is perfect").replace("%1", right),
        _tr(
            "Mean average precision. For one query: the mean of P@i over the ranks i at which a "
            "relevant photo stands, up to the chosen list length; then the mean over all queries."
        ),
        result["map"],
        decimal(result["map"]),
    )


def _precision(at: int, value: float) -> Figure:
    if at == 1:
        words = _tr("how often the very first result is right")
    else:
        words = _tr("of the first %1 results, the share that is right")
    return Figure(
        f"P@{at}",
        words.replace("%1", str(at)),
        _tr(
            "Precision: the share of relevant photos among the first %1; the mean over all queries."
        ).replace("%1", str(at)),
        value,
        decimal(value),
    )


def _judgement_notes(task: Mapping[str, Any]) -> list[str]:
    text = _tr(
        "A photo is right if you marked it as a good match and wrong if you marked it as none. "
        "Photos you did not judge are left out (a condensed list). %1 good matches and %2 others "
        "count."
    )
    counts = (wording.count(task["right"]), wording.count(task["wrong"]))
    notes = [text.replace("%1", counts[0]).replace("%2", counts[1])]
    if task["only_right"]:
        text = _tr("In %1 of the searches everything was judged good: they score 1 with any model.")
        notes.append(text.replace("%1", wording.count(task["only_right"])))
    if task["lost"]:
        text = _tr("In %1 of the judged searches no photo is left to compare.")
        notes.append(text.replace("%1", wording.count(task["lost"])))
    return notes


def _tr(text: str) -> str:
    return QCoreApplication.translate("evaluation", text)
