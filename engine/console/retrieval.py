"""Commands that search, and that measure how well a model searches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from engine.codes import flip
from engine.console.invocation import Invocation
from engine.console.text import count, printable, table
from engine.errors import IndexStateError, InputError, describe
from engine.library.catalogue import Catalogue
from engine.models.store import ModelInfo
from engine.search.photo import read_query
from engine.search.query import Answer, Searcher


def search(call: Invocation) -> None:
    """Find the photos most similar to a photo."""
    model = call.models.get(call.options.model)
    flips = sorted({_checked_bit(bit, model) for bit in call.options.flip})
    require = _requirements(call.options.require, model)
    photo = Path(call.options.photo)
    # A bad one is refused before torch is loaded.
    side = model.manifest.preprocessing.resize_to
    picture = read_query(photo, min_side=side, allow_truncated=True)
    with call.library() as catalogue:
        _require_index(catalogue, model)
        folder = _folder(call, catalogue)
        query = call.encoder(model).encode_query(picture)
        if query.photo.readable < 1:
            percent = round(100 * query.photo.readable)
            call.console.warn(describe("FS-102", name=photo.name, percent=percent))
        code = flip(query.code, flips)
        searcher = Searcher(catalogue, model)
        try:
            searcher.refresh()
            answer = searcher.search(
                code,
                top=call.options.top,
                radius=call.options.radius,
                folder=folder,
                hide_duplicates=not call.options.duplicates,
                require=require,
                query_hash=query.content_hash,
            )
        finally:
            searcher.close()
        have = catalogue.coverage(model.key)
    if have.indexed < have.total:
        missing = have.total - have.indexed
        call.console.note(f"{count(missing, 'photo')} not indexed yet: {call.hint('index')}")
    ms = {**query.ms, "search": answer.ms}
    values = {
        "query": str(photo),
        "model": model.id,
        "bits": model.num_bits,
        "library": call.options.library,
        "code": code.tobytes().hex(),
        "flip": flips,
        "require": {str(bit): value for bit, value in require.items()},
        **_answer_values(answer),
        "ms": ms,
    }
    call.console.result(values, _answer_lines(answer, model, ms))


def evaluate(call: Invocation) -> None:
    """Measure a model's retrieval on a file of splits."""
    from engine.evaluation.learned import read_learned_codes
    from engine.evaluation.protocol import evaluate as measure
    from engine.evaluation.report import check_target, summarize, write_report
    from engine.evaluation.splits import read_splits

    options = call.options
    if options.out:
        check_target(Path(options.out))
    model = call.models.get(options.model)
    splits = read_splits(Path(options.split), Path(options.root) if options.root else None)
    call.console.note(
        f"{count(len(splits.queries), 'query', 'queries')} in a gallery of "
        f"{count(len(splits.gallery), 'photo')} below {splits.root}"
    )
    measured = measure(
        call.encoder(model),
        splits,
        call.ctx,
        map_at=options.map_at,
        normalizer=options.normalizer,
        learned=read_learned_codes(Path(options.learned)) if options.learned else None,
        batch_size=options.batch_size,
        workers=options.workers,
    )
    result = {"model": model.id, **measured}
    for problem in result["problems"]:
        call.console.note(f"left out: {problem['path']}: {problem['cause']}")
    call.console.result(result, table(("", ""), summarize(result))[1:])
    if options.out:  # at last: a disk that is full by now must not cost the numbers
        write_report(result, Path(options.out))


def _checked_bit(bit: int, model: ModelInfo) -> int:
    if bit >= model.num_bits:
        reason = f"the codes of {model.id} have the bits 0 to {model.num_bits - 1}"
        raise InputError("FS-002", name=f"bit {bit}", reason=reason, advice="Name one of these.")
    return bit


def _require_index(catalogue: Catalogue, model: ModelInfo) -> None:
    have = catalogue.coverage(model.key)
    if not have.indexed:
        raise IndexStateError("FS-301", model=model.id, photos=f"{have.total:,}")


def _requirements(wanted: list[tuple[int, int]], model: ModelInfo) -> dict[int, int]:
    require: dict[int, int] = {}
    for bit, value in wanted:
        if require.setdefault(_checked_bit(bit, model), value) != value:
            reason, advice = "a bit cannot be 0 and 1 at once", "Require one of both."
            raise InputError("FS-002", name=f"bit {bit}", reason=reason, advice=advice)
    return require


def _folder(call: Invocation, catalogue: Catalogue) -> Path | None:
    if not call.options.folder:
        return None
    folder = Path(os.path.abspath(call.options.folder))
    roots = catalogue.root_paths()
    if not any(folder.is_relative_to(root) or root.is_relative_to(folder) for root in roots):
        reason = "it lies in no folder of the library"
    elif not folder.is_dir() and not len(catalogue.ids(folder=folder, order="id")):
        reason = "there is no such folder"  # one on a drive that is away has photos, however
    else:
        return folder
    known = ", ".join(map(str, roots))
    raise InputError("FS-002", name=str(folder), reason=reason, advice=f"The library has {known}.")


def _answer_values(answer: Answer) -> dict[str, Any]:
    return {
        "hits": [
            {
                "rank": hit.rank,
                "path": str(hit.photo.path),
                "distance": hit.distance,
                "label": hit.photo.label,
                "disagree": list(hit.disagree),
                "duplicates": len(hit.duplicates),
                "state": hit.photo.state,
            }
            for hit in answer.hits
        ],
        "suggestion": [{"label": vote.label, "weight": vote.weight} for vote in answer.suggestion],
        "searched": answer.searched,
        "beyond": answer.beyond,
        "nearest": answer.nearest,
    }


def _answer_lines(answer: Answer, model: ModelInfo, ms: dict[str, float]) -> list[str]:
    times = ", ".join(f"{name} {value:.1f} ms" for name, value in ms.items())
    lines = [f"{count(answer.searched, 'photo')} searched with {model.id} ({times})"]
    if not answer.hits:
        nearest = f" The nearest is at {answer.nearest}." if answer.nearest is not None else ""
        return [*lines, f"No photo fits.{nearest}"]
    rows = [
        (
            hit.rank,
            f"{hit.distance}/{model.num_bits}",
            hit.photo.label or "",
            f"+{len(hit.duplicates)}" if hit.duplicates else "",
            hit.photo.path,
        )
        for hit in answer.hits
    ]
    header = ["rank", "distance", "label", "same", "photo"]
    if not any(row[3] for row in rows):
        header, rows = _without(header, 3), [_without(row, 3) for row in rows]
    lines += ["", *table(header, rows, right="rank distance")]
    if answer.suggestion:
        votes = ", ".join(
            f"{printable(vote.label)} {vote.weight:.0%}".replace("%", " %")
            for vote in answer.suggestion[:3]
        )
        lines += ["", f"Looks like: {votes}"]
    return lines


def _without(row: Any, column: int) -> Any:
    return [*row[:column], *row[column + 1 :]]
