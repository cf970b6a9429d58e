"""What the buttons of messages about trainings do; those that cannot help are left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import training_jobs

if TYPE_CHECKING:
    from engine import EngineError, Message, RunRequest
    from foodsearch_gui.core.training_jobs import RunState
    from foodsearch_gui.core.trainings import Trainings

Ways = dict[str, Callable[[], object]]
_NAME_IS_TAKEN = "FS-504"


def tell_refusal(
    trainings: Trainings, error: EngineError, request: RunRequest, device: str
) -> None:
    """Say why a training could not begin, and what can be done about a name that is taken."""
    session, message = trainings.session, error.message
    if error.code != _NAME_IS_TAKEN:
        session.notify(message, {})
        return

    def tell(found: tuple[str, RunState | None]) -> None:
        name, state = found
        both, other, resume, discard = message.actions
        again = partial(trainings.start, replace(request, name=name), device)
        ways: Ways = {both: again, other: _on_the_page(trainings, trainings.name_wanted.emit)}
        if state is not None:
            ways[resume] = _when_free(trainings, state, partial(trainings.resume, state.run))
            ways[discard] = _discard(trainings, state)
        session.notify(message, ways)
        _withdraw_after(trainings, message, lambda: trainings.stage.is_busy)

    session.library_worker.submit(
        QCoreApplication.translate("Trainings", "Looking for a free name"),
        lambda _context: training_jobs.look_at_name(session.paths, request),
        interactive=True,
    ).succeeded.connect(tell)


def tell_failure(trainings: Trainings, error: EngineError) -> None:
    """Say why the training in front failed, until it goes on or is put away."""
    message = error.message

    def is_over() -> bool:
        # A newer failure may say the same; its banner is taken back as this one would be.
        present = trainings.error
        return present is None or present.message.title != message.title

    trainings.session.notify(message, remedies(trainings))
    _withdraw_after(trainings, message, is_over)


def _withdraw_after(trainings: Trainings, message: Message, is_over: Callable[[], bool]) -> None:
    """Take a banner back as soon as its matter is over."""

    def look() -> None:
        if is_over():
            trainings.changed.disconnect(look)
            trainings.session.message_withdrawn.emit(message)

    trainings.changed.connect(look)


def ways_on(trainings: Trainings, state: RunState, message: Message) -> Ways:
    """Return what can be done with a run that came to no end."""
    resume, *others = message.actions
    ways: Ways = {resume: _when_free(trainings, state, partial(trainings.resume, state.run))}
    if state.has_best:
        ways[others[0]] = _when_free(trainings, state, partial(trainings.keep_best, state))
    ways[others[-1]] = _discard(trainings, state)
    return ways


def remedies(trainings: Trainings) -> Ways:
    """Return what can be done where the training in front failed, by the captions of buttons."""
    ways: Ways = {
        "How to prepare a folder": _on_the_page(trainings, trainings.guide_wanted.emit),
        "Choose model": _on_the_page(trainings, trainings.leave),
        "Resume": trainings.resume,
        "Try again": trainings.resume,
        "Restart with a lower rate": trainings.restart_lower,
        "Use processor": partial(trainings.resume_on, "cpu"),
        "Discard…": _discard(trainings, None),
    }
    if trainings.has_best:
        ways |= dict.fromkeys(("Keep the best", "Keep best"), trainings.keep_best)
    return ways


def _discard(trainings: Trainings, state: RunState | None) -> Callable[[], object]:
    return _on_the_page(trainings, partial(trainings.discard_wanted.emit, state))


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
