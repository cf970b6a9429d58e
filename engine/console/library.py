"""Commands about a library: index, status, problems, forget."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from engine.console.invocation import Invocation
from engine.console.text import count, duration, printable, table
from engine.errors import InputError, describe
from engine.events import JobCancelled
from engine.library.catalogue import Catalogue
from engine.library.index_build import IndexReport, build_index
from engine.library.scan import ScanReport, scan
from engine.models.store import ModelInfo
from engine.search.query import Searcher


def index(call: Invocation) -> None:
    """Bring a library up to date: add folders, look for changes, encode what has no code."""
    options = call.options
    if options.model:  # a misspelt name is told before anything is made
        call.models.get(options.model)
    folders = [_existing_folder(name) for name in options.folders]
    # Without a folder to put into it, a new library can only be a misspelt name.
    with call.library(read_only=False, create=bool(folders)) as catalogue:
        _add_roots(call, catalogue, folders)
        if not catalogue.root_paths():
            advice = f"Name one: {call.hint('index')} FOLDER."
            reason = "it has no folder of photos yet"
            raise InputError("FS-002", name=catalogue.name, reason=reason, advice=advice)
        model = call.model(catalogue)
        try:
            scanned = scan(catalogue, call.ctx, remove_missing=options.remove_missing)
            built = _build(call, catalogue, model)
            _check_suggestions(call, catalogue, model)
        except JobCancelled as request:
            have = catalogue.coverage(model.key)
            raise JobCancelled(
                f"Stopped: {have.indexed:,} of {count(have.total, 'photo')} found so far are "
                "indexed. Run the same command again for the rest."
            ) from request
        _warn_of_missing(call, scanned)
        _note_empty(call, catalogue)
        _report(call, catalogue, model, scanned, built)


def _check_suggestions(call: Invocation, catalogue: Catalogue, model: ModelInfo) -> None:
    """Measure what suggestions are worth, where photos have come or gone or nobody has measured."""
    with contextlib.closing(Searcher(catalogue, model)) as searcher:
        if searcher.refresh() or searcher.calibration is None:
            searcher.calibrate(call.ctx)


def status(call: Invocation) -> None:
    """Tell what a library holds and how far it is indexed."""
    with call.library() as catalogue:
        roots, photos = catalogue.roots(), catalogue.count()
        coverage = [(model, catalogue.coverage(model.key)) for model in call.models.list()]
        problems = len(catalogue.problems())
        values: dict[str, Any] = {
            "library": catalogue.name,
            "folder": str(catalogue.folder),
            "photos": photos,
            "problems": problems,
            "roots": [
                {"path": str(root.path), "state": root.state, "photos": root.photos}
                for root in roots
            ],
            "models": [
                {
                    "id": model.id,
                    "default": model.is_default,
                    "indexed": have.indexed,
                    "total": have.total,
                }
                for model, have in coverage
            ],
        }
        lines = [f"Library {catalogue.name}: {count(photos, 'photo')}", ""]
        lines += table(
            ("folder", "photos", ""),
            [
                (root.path, f"{root.photos:,}", "" if root.state == "online" else "not available")
                for root in roots
            ],
            right="photos",
        )
        lines += ["", *_coverage_table(coverage)]
        if problems:
            lines += ["", f"{count(problems, 'problem')}; list: {call.hint('problems')}"]
    call.console.result(values, lines)


def problems(call: Invocation) -> None:
    """List the files and folders that could not be used."""
    with call.library() as catalogue:
        found = catalogue.problems(include_ignored=call.options.all)
    rows = [(problem.code, problem.path, problem.cause) for problem in found]
    call.console.result(
        {
            "count": len(found),
            "problems": [{**vars(problem), "path": str(problem.path)} for problem in found],
        },
        table(("code", "file", "reason"), rows) if rows else ["No problems."],
    )


def forget(call: Invocation) -> None:
    """Take folders out of a library; the photos stay where they are."""
    with call.library(read_only=False) as catalogue:
        roots = {root.path: root for root in catalogue.roots()}
        wanted = [Path(os.path.abspath(name)) for name in call.options.folders]
        for path in wanted:
            if path not in roots:
                known = ", ".join(map(str, roots)) or "none"
                raise InputError("FS-001", kind="folder", name=str(path), known=known)
        for path in wanted:
            catalogue.remove_root(roots[path].id)
        photos = catalogue.count()
    call.console.result(
        {"forgotten": [str(path) for path in wanted], "photos": photos},
        [f"{count(photos, 'photo')} left in the library; no file was touched."],
    )


def _existing_folder(name: str) -> Path:
    path = Path(os.path.abspath(name))
    if not path.is_dir():
        reason = "it is not a folder" if path.exists() else "there is no such folder"
        raise InputError("FS-002", name=name, reason=reason, advice="Name a folder of photos.")
    return path


def _add_roots(call: Invocation, catalogue: Catalogue, folders: Iterable[Path]) -> None:
    result = catalogue.add_roots(folders)
    if result.refused and not (result.added or result.covered):
        raise _with_command(call, result.refused[0])
    roots = catalogue.root_paths()
    for refusal in result.covered:
        if Path(str(refusal.details["name"])) not in roots:  # of one inside of another
            call.console.note(str(refusal))
    for refusal in result.refused:
        call.console.warn(_with_command(call, refusal).message)


def _with_command(call: Invocation, refusal: InputError) -> InputError:
    """Name the commands that put a folder in the place of those it contains."""
    if refusal.code != "FS-212":
        return refusal
    inner = [str(root) for root in cast(list[Path], refusal.details["roots"])]
    outer = shlex.quote(str(refusal.details["name"]))
    refusal.message = replace(
        refusal.message,
        advice=f"Take out what it contains, then add it; the photos keep their codes: "
        f"{call.hint('forget', *inner)} && {call.hint('index')} {outer}",
    )
    refusal.args = (str(refusal.message),)
    return refusal


def _build(call: Invocation, catalogue: Catalogue, model: ModelInfo) -> IndexReport:
    if not len(catalogue.pending(model.key)):  # nothing to load a network for
        return IndexReport(encoded=0, failed=0, seconds=0.0)
    return build_index(
        catalogue,
        call.encoder(model),
        call.ctx,
        batch_size=call.options.batch_size,
        workers=call.options.workers,
    )


def _warn_of_missing(call: Invocation, scanned: ScanReport) -> None:
    for path in scanned.offline:
        call.console.warn(describe("FS-201", path=path))
    for held in scanned.held_back:
        facts = describe("FS-202", missing=held.missing, total=held.total, path=held.path)
        call.console.warn(facts)
    if scanned.held_back:
        call.console.note("They stay in the library; --remove-missing takes them out.")


def _note_empty(call: Invocation, catalogue: Catalogue) -> None:
    for root in catalogue.roots():
        if not root.photos and root.state == "online":
            call.console.note(f"No photos found in {root.path}")


def _report(
    call: Invocation,
    catalogue: Catalogue,
    model: ModelInfo,
    scanned: ScanReport,
    built: IndexReport,
) -> None:
    have = catalogue.coverage(model.key)
    unusable = len(catalogue.problems())
    found = {
        name: getattr(scanned, name)
        for name in ("new", "changed", "moved", "gone", "unchanged", "opened")
    }
    values = {
        "library": catalogue.name,
        "model": model.id,
        "bits": model.num_bits,
        "photos": have.total,
        "indexed": have.indexed,
        **found,
        "encoded": built.encoded,
        "failed": built.failed,
        "skipped": built.skipped,
        "seconds": built.seconds,
        "problems": unusable,
        "offline": [str(path) for path in scanned.offline],
        "held_back": [
            {"path": str(held.path), "missing": held.missing, "total": held.total}
            for held in scanned.held_back
        ],
    }
    files = ", ".join(f"{value:,} {name}" for name, value in found.items() if name != "opened")
    lines = [f"Files: {files}"]
    if built.encoded:
        rate = built.encoded / max(built.seconds, 1e-9)
        lines.append(
            f"Encoded {count(built.encoded, 'photo')} in {duration(built.seconds)}, "
            f"{rate:,.{0 if rate >= 10 else 1}f} a second"
        )
    lines.append(
        f"Library {printable(catalogue.name)}: {have.indexed:,} of {count(have.total, 'photo')} "
        f"indexed with {model.id}"
    )
    if unusable:
        lines.append(f"{count(unusable, 'problem')}; list: {call.hint('problems')}")
    call.console.result(values, lines)


def _coverage_table(coverage: list[tuple[ModelInfo, Any]]) -> list[str]:
    rows = [
        (model.id, f"{have.indexed:,}", "default" if model.is_default else "")
        for model, have in coverage
    ]
    return table(("model", "indexed", ""), rows, right="indexed")
