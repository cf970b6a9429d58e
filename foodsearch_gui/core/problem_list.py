"""The list of problems as a table for a spreadsheet or an email."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine import InputError, atomic_write
from foodsearch_gui.core import wording

if TYPE_CHECKING:
    from engine import Problem

_HEADER = ("file", "code", "reason", "advice", "first seen (UTC)", "ignored")


def write_problem_list(target: Path, problems: Sequence[Problem]) -> None:
    """Write problems to a CSV file.

    Raises:
        InputError: FS-002, the file cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for problem in problems:
        row = (problem.code, problem.cause, problem.advice, problem.first_seen)
        writer.writerow((wording.path(problem.path), *row, "yes" if problem.ignored else "no"))
    try:
        with atomic_write(target) as file:
            # Spreadsheets take a file without this mark for the system's old code page.
            file.write(text.getvalue().encode("utf-8-sig"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            "FS-002", name=target, reason=reason, advice="Choose another place."
        ) from error
