"""What was measured, in words: how a task came about and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from engine.wording import percent

Rows = list[tuple[str, ...]]


def dish_name(label: str) -> str:
    """Return a label that is the name of a folder as words, e.g. ``fried eggs``."""
    return label.replace("_", " ").strip()


def task_name(result: Mapping[str, Any]) -> str:
    """Return a short name of the task."""
    if result["task"]["kind"] == "judgements":
        return f"judgements of {result['split']}"
    return PurePath(result["split"]).name or str(result["split"])


def task_sentence(result: Mapping[str, Any]) -> str:
    """Return when a photo is right, and what was left out."""
    task = result["task"]
    if task["kind"] == "judgements":
        return (
            "A photo that is found is right if it was judged a good match, and wrong if it was "
            "judged not to be one. Photos nobody judged are left out of the ranking (a condensed "
            f"list): {task['right'] + task['wrong']:,} judgements count. "
            f"{task['only_right']:,} of the queries have good matches only, and score 1 with any "
            f"model; {task['only_wrong']:,} have none, and score 0."
        )
    sentence = (
        f"A photo that is found is right if it shows the same of {result['labels']:,} dishes."
    )
    if task["kind"] == "folder":
        sentence += (
            f" The queries are a draw of {percent(task['share'])} of each dish's photos (seed "
            f"{task['seed']}); the rest is searched. A model that was trained on this folder has "
            "seen some of the queries, so its figures are too good."
        )
    return sentence


def task_rows(result: Mapping[str, Any]) -> Rows:
    """Return where the photos come from."""
    task = result["task"]
    if task["kind"] == "judgements":
        return [
            ("judgements of the library", str(result["split"])),
            ("good matches", f"{task['right']:,}"),
            ("not a match", f"{task['wrong']:,}"),
            ("judged queries whose photo is gone", f"{task['lost']:,}"),
            ("photos nobody judged", "left out of the ranking (condensed list)"),
        ]
    if task["kind"] == "folder":
        return [
            ("labelled folder", str(result["split"])),
            ("drawn as queries, of each dish", percent(task["share"])),
            ("seed of the draw", str(task["seed"])),
            ("copies of queries, left out", f"{task['copies']:,}"),
        ]
    return [("file of splits", str(result["split"])), ("photos below", str(result["root"]))]
