"""Which message follows from what happened to the library; buttons are added by the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import EngineError, Message, describe

if TYPE_CHECKING:
    from engine import Coverage, ScanReport

Action = tuple[str, Callable[[], object] | None]  # caption, what to do; None only closes


def read_only(error: EngineError) -> Message:
    """Return the FS-207 text of a library that was opened read-only."""
    return replace(
        error.message,
        advice="You can search here, but not change the library.",
        actions=("Try again",),
    )


def not_added(refusals: Sequence[EngineError]) -> Message:
    """Return why folders were not added to the library; banners of one code are shown once."""
    messages = [refusal.message for refusal in refusals]
    if len(messages) == 1:
        return messages[0]
    reasons = " ".join(f"{message.title} {message.cause}" for message in messages)
    return replace(messages[0], title=f"{len(messages)} folders were not added.", cause=reasons)


def coverage(coverage: Coverage, model_name: str) -> Message | None:
    """Return what to say about photos without a code, None if there are none."""
    missing = coverage.total - coverage.indexed
    if missing <= 0:
        return None
    if not coverage.indexed:
        return describe("FS-301", model=model_name, photos=missing)
    percent = max(1, 100 * coverage.indexed // coverage.total)
    return describe("FS-303", percent=percent, missing=missing, model=model_name)


def changes(report: ScanReport) -> Message | None:
    """Return what a scan changed, None if nothing."""
    if not (report.new or report.changed or report.gone):
        return None
    return describe("FS-302", new=report.new, changed=report.changed, gone=report.gone)
