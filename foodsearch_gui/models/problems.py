"""The files that could not be used: which, why, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from foodsearch_gui.core import wording
from foodsearch_gui.models.record_table import Column, RecordTable

if TYPE_CHECKING:
    from engine import Problem


class ProblemsModel(RecordTable["Problem"]):
    """One row a file."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (
                Column(_tr("File"), _name, tool_tip=lambda problem: wording.path(problem.path)),
                Column(_tr("Reason"), reason, tool_tip=_whole_reason),
                Column(_tr("Folder"), _folder, tool_tip=lambda problem: wording.path(problem.path)),
                Column(
                    _tr("Since"),
                    lambda problem: wording.day(problem.first_seen, is_short=True),
                    sort_key=lambda problem: problem.first_seen,
                ),
            ),
            key=lambda problem: problem.id,
            parent=parent,
        )


def reason(problem: Problem) -> str:
    """Return why the file cannot be used, marked when the user chose to ignore it."""
    if problem.ignored:
        return _tr("Ignored: %1").replace("%1", problem.cause)
    return problem.cause


def _name(problem: Problem) -> str:
    return wording.path(problem.path.name)


def _folder(problem: Problem) -> str:
    return wording.place(problem.path.parent)


def _whole_reason(problem: Problem) -> str:
    return "\n".join(part for part in (problem.cause, problem.advice, problem.code) if part)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProblemsModel", text)
