"""An evaluation as a file or a table for people."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.storage import atomic_write, write_json


SUFFIXES = (".json", ".md")


def check_target(target: Path) -> None:
    """Refuse a file that :func:`write_report` could not write, before hours of measuring.

    Raises:
        InputError: FS-002, its ending is none of :data:`SUFFIXES`, or its folder is not there or
            closed to us.
    """
    known = ", ".join(SUFFIXES)
    if target.suffix.lower() not in SUFFIXES:
        raise _refused(target, "its ending names no format of a report", f"Use one of {known}.")
    if target.is_dir():
        raise _refused(target, "it is a folder")
    if not target.absolute().parent.is_dir():
        raise _refused(target, "there is no such folder")
    if not os.access(target.absolute().parent, os.W_OK | os.X_OK):
        raise _refused(target, "its folder cannot be written to")


def write_report(result: Mapping[str, Any], target: Path) -> None:
    """Write the result of :func:`engine.evaluation.protocol.evaluate`: JSON, or Markdown (.md).

    Raises:
        InputError: FS-002, the file cannot be written.
    """
    try:
        if target.suffix.lower() == ".md":
            with atomic_write(target) as file:
                file.write(("\n".join(_markdown(result)) + "\n").encode())
        else:
            write_json(target, dict(result))
    except OSError as error:
        raise _refused(target, error.strerror or str(error)) from error


def summarize(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the metrics as pairs of name and value, in reading order."""
    at = result["map_at"]
    name = f"mAP@{at}"
    return [
        (name, f"{result['map']:.4f}"),
        (f"{name}, mean over orders of ties", f"{result['map_expected_ties']:.4f}"),
        *((f"P@{at}", f"{value:.4f}") for at, value in result["p_at"].items()),
        ("P@H<=2", f"{result['p_at_h2']:.4f}"),
        ("empty balls", f"{result['empty_balls']:.1%}"),
    ]


def _refused(target: Path, reason: str, advice: str = "Choose another place.") -> InputError:
    return InputError("FS-002", name=str(target), reason=reason, advice=advice)


def _markdown(result: Mapping[str, Any]) -> list[str]:
    table = [f"| {name} | {value} |" for name, value in summarize(result)]
    return [
        f"# {result['model']} on {Path(result['split']).name}",
        "",
        f"{result['queries']} queries, {result['gallery']} photos in the gallery, "
        f"{result['labels']} labels, {result['bits']} bits, {result['unreadable']} unreadable. "
        f"AP is divided by the relevant items {_NORMALIZERS[result['map_normalizer']]}.",
        "",
        "| metric | value |",
        "|---|---|",
        *table,
    ]


_NORMALIZERS = {
    "retrieved": "among those retrieved",
    "total": "that the list could hold",
}
