"""What the buttons of messages about trainings do; those that cannot help are left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import engine

if TYPE_CHECKING:
    from engine import EngineError, Message, RunRequest
    from foodsearch_gui.core.training_jobs import RunState
    from foodsearch_gui.core.trainings import Trainings

Ways = dict[str, Callable[[], object]]
_NAME_IS_TAKEN = "FS-504"


def ways_to_begin(
    trainings: Trainings, error: EngineError, request: RunRequest, device: str
) -> Ways:
    """Return what can be done where a training could not begin: a name can be varied."""
    if error.code != _NAME_IS_TAKEN:
        return {}
    both, other = error.message.actions
    name = engine.free_name(trainings.session.paths, request.name)
    return {
        both: partial(trainings.start, replace(request, name=name), device),
        other: _on_the_page(trainings, trainings.name_wanted.emit),
    }


def ways_on(trainings: Trainings, state: RunState, message: Message) -> Ways:
    """Return what can be done with a run that came to no end."""
    resume, *others = message.actions
    ways: Ways = {resume: _when_free(trainings, state, partial(trainings.resume, state.run))}
    if state.has_best:
        ways[others[0]] = _when_free(trainings, state, partial(trainings.keep_best, state))
    ways[others[-1]] = _on_the_page(trainings, partial(trainings.discard_wanted.emit, state))
    return ways


def remedies(trainings: Trainings) -> Ways:
    """Return what can be done where the training in front failed, by the captions of buttons."""
    discard = partial(trainings.discard_wanted.emit, None)
    ways: Ways = {
        "How to prepare a folder": _on_the_page(trainings, trainings.guide_wanted.emit),
        "Choose model": _on_the_page(trainings, trainings.leave),
        "Resume": trainings.resume,
        "Try again": trainings.resume,
        "Restart with a lower rate": trainings.restart_lower,
        "Use processor": partial(trainings.resume_on, "cpu"),
        "Discard…": _on_the_page(trainings, discard),
    }
    if trainings.has_best:
        ways |= dict.fromkeys(("Keep the best", "Keep best"), trainings.keep_best)
    return ways


def _on_the_page(trainings: Trainings, do: Callable[[], object]) -> Callable[[], object]:
    """Return what shows the page first: before it is built, nobody listens to what follows."""

    def show_and_do() -> None:
        trainings.session.page_requested.emit("train")
        do()

    return show_and_do


def _when_free(
    trainings: Trainings, state: RunState, do: Callable[[], object]
) -> Callable[[], object]:
    """Return what does nothing but show the training that is in the way, and asks again."""

    def do_or_ask_again() -> None:
        if trainings.stage.is_busy:
            trainings.session.page_requested.emit("train")
            trainings.offer(state)
        else:
            do()

    return do_or_ask_again
