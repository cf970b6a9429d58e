"""The command ``runs``: the trainings on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.console.invocation import Invocation
from engine.console.text import table
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.training.run import Run


def list_trainings(call: Invocation) -> None:
    """List the trainings, the newest last."""
    from engine.training.run import list_runs

    found = [_describe(run) for run in list_runs(call.paths)]
    rows = [
        (run["name"], f"{run['epochs']}/{run['of']}", _best(run), run["state"]) for run in found
    ]
    lines = table(("training", "epochs", "best mAP", "state"), rows, right="epochs")
    none = [f"There is no training yet. Begin one: {call.hint('train')} FOLDER --name NAME"]
    if any(run["state"] == "unfinished" for run in found):
        lines.append(f"Go on with an unfinished one: {call.hint('train', '--resume', 'NAME')}")
    call.console.result({"runs": found}, lines if rows else none)


def _describe(run: Run) -> dict[str, Any]:
    values: dict[str, Any] = {"name": run.name, "path": str(run.path)}
    try:
        history, config = run.read_log(), run.request().config
        state = _state(run)
    except EngineError:
        return values | {"epochs": 0, "of": 0, "best": None, "state": "damaged"}
    scores = [entry["val_map"] for entry in history if entry.get("val_map") is not None]
    return values | {
        "epochs": len(history),
        "of": config.epochs,
        "best": max(scores, default=None),
        "state": state,
    }


def _state(run: Run) -> str:
    if run.is_finished:
        return "finished"
    return "running" if run.is_held else "unfinished"


def _best(run: dict[str, Any]) -> str:
    return "" if run["best"] is None else f"{run['best']:.3f}"
