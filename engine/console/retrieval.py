"""Commands that search, and that measure how well a model searches."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.codes import flip
from engine.console.invocation import Invocation
from engine.console.text import count, printable, table
from engine.errors import IndexStateError, InputError, PhotoError, describe
from engine.library.catalogue import Catalogue
from engine.models.store import ModelInfo
from engine.search.photo import DecodedQuery, read_query
from engine.search.query import Answer, Searcher

if TYPE_CHECKING:
    from engine.evaluation.splits import Splits
    from engine.search.encode import EncodedQuery


def search(call: Invocation) -> None:
    """Find the photos most similar to a photo, or to each of several."""
    names = call.options.photos
    side = call.models.get(call.options.model).manifest.preprocessing.resize_to
    pictures = _pictures(call, names, side)
    first = next(pictures)  # a bad one is refused before a library is looked for
    with call.library() as catalogue:
        model = call.model(catalogue)
        if model.manifest.preprocessing.resize_to != side:
            pictures = _pictures(call, names, model.manifest.preprocessing.resize_to)
            first = next(pictures)
        query = _Query(
            model,
            flips=sorted({_checked_bit(bit, model) for bit in call.options.flip}),
            require=_requirements(call.options.require, model),
            folder=_folder(call, catalogue),
        )
        _require_index(call, catalogue, model)
        encoder = call.encoder(model)
        results: list[dict[str, Any]] = []
        with contextlib.closing(Searcher(catalogue, model)) as searcher:
            searcher.refresh()
            for name, picture in itertools.chain([first], pictures):
                call.ctx.checkpoint()
                values, lines = _answer(call, searcher, encoder.encode_query(picture), query, name)
                if len(names) > 1:
                    call.console.part("hits", values, [printable(name), *lines, ""])
                results.append(values)
        have = catalogue.coverage(model.key)
    if have.indexed < have.total:
        missing = have.total - have.indexed
        call.console.note(f"{count(missing, 'photo')} not indexed yet: {call.hint('index')}")
    if len(names) == 1:
        call.console.result(values, lines)
    else:
        told = f"{len(results):,} of {count(len(names), 'photo')} answered"
        call.console.result({"queries": len(names), "results": results}, [told])


def evaluate(call: Invocation) -> None:
    """Measure a model's retrieval on photos whose dishes or matches are known."""
    from engine.evaluation.learned import read_learned_codes
    from engine.evaluation.protocol import evaluate as measure
    from engine.evaluation.report import check_target, summarize, write_report

    options = call.options
    if options.out:
        check_target(Path(options.out))
    model = call.models.get(options.model)
    splits = _task(call)
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
        with_map=bool(options.out),
        batch_size=options.batch_size,
        workers=options.workers,
    )
    result = {"model": model.id, **measured}
    for problem in result["problems"]:
        call.console.note(f"left out: {problem['path']}: {problem['cause']}")
    call.console.result(result, table(("", ""), summarize(result))[1:])
    if options.out:  # at last: a disk that is full by now must not cost the numbers
        write_report(result, Path(options.out))
        call.console.note(f"Wrote {options.out}")


def _task(call: Invocation) -> Splits:
    """Return what is to be measured."""
    from engine.evaluation.splits import read_splits
    from engine.evaluation.tasks import folder_task, judgement_task

    options = call.options
    if options.folder:
        return folder_task(Path(options.folder), seed=options.seed)
    if options.judgements:
        with call.library() as catalogue:
            return judgement_task(catalogue)
    return read_splits(Path(options.split), Path(options.root) if options.root else None)


@dataclass(frozen=True)
class _Query:
    """What is asked of every answer."""

    model: ModelInfo
    flips: list[int]
    require: dict[int, int]
    folder: Path | None


def _pictures(
    call: Invocation, names: Sequence[str], side: int
) -> Iterator[tuple[str, DecodedQuery]]:
    """Decode the photos; of several, those that cannot be read are told of and passed over."""
    failures = 0
    for name in names:
        try:
            picture = read_query(Path(name), min_side=side, allow_truncated=True)
        except PhotoError as error:
            failures += 1
            if failures == len(names):
                raise
            call.console.warn(error.message)
            continue
        if picture.photo.readable < 1:
            percent = round(100 * picture.photo.readable)
            call.console.warn(describe("FS-102", name=Path(name).name, percent=percent))
        yield name, picture


def _answer(
    call: Invocation, searcher: Searcher, encoded: EncodedQuery, query: _Query, name: str
) -> tuple[dict[str, Any], list[str]]:
    """Return one photo's answer for programs and for people."""
    model, code = query.model, flip(encoded.code, query.flips)
    answer = searcher.search(
        code,
        top=call.options.top,
        radius=call.options.radius,
        folder=query.folder,
        hide_duplicates=not call.options.duplicates,
        require=query.require,
        query_hash=encoded.content_hash,
    )
    ms = {**encoded.ms, "search": answer.ms}
    values = {
        "query": name,
        "model": model.id,
        "bits": model.num_bits,
        "library": call.options.library,
        "code": code.tobytes().hex(),
        "flip": query.flips,
        "require": {str(bit): value for bit, value in query.require.items()},
        **_answer_values(answer),
        "ms": ms,
    }
    return values, _answer_lines(answer, model, ms)


def _checked_bit(bit: int, model: ModelInfo) -> int:
    if bit >= model.num_bits:
        reason = f"the codes of {model.id} have the bits 0 to {model.num_bits - 1}"
        raise InputError("FS-002", name=f"bit {bit}", reason=reason, advice="Name one of these.")
    return bit


def _require_index(call: Invocation, catalogue: Catalogue, model: ModelInfo) -> None:
    have, command = catalogue.coverage(model.key), call.hint("index")
    if not have.total:
        reason, advice = "it has no photos yet", f"Add some: {command} FOLDER."
        raise InputError("FS-002", name=catalogue.name, reason=reason, advice=advice)
    if not have.indexed:
        raise IndexStateError("FS-304", model=model.id, photos=have.total, command=command)


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
