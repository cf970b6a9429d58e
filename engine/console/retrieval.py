"""The command that searches."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.console.answers import answer_lines, answer_values
from engine.console.invocation import Invocation
from engine.console.text import count, full_path, printable
from engine.errors import IndexStateError, InputError, PhotoError, describe
from engine.library.catalogue import Catalogue
from engine.models.store import ModelInfo
from engine.search.photo import DecodedQuery, read_query
from engine.search.query import Answer, Searcher
from engine.search.steering import join_queries, steer
from engine.storage import check_target

if TYPE_CHECKING:
    from engine.search.encode import EncodedQuery, Encoder


def search(call: Invocation) -> None:
    """Find the photos most similar to a photo, to each of several, or to several together."""
    names = call.options.photos
    _check_report(call)
    side = call.models.get(call.options.model).manifest.preprocessing.decode_side
    pictures = _pictures(call, names, side)
    first = next(pictures)  # a bad one is refused before a library is looked for
    with call.library() as catalogue:
        model = call.model(catalogue)
        needed = model.manifest.preprocessing.decode_side
        if needed != side:
            pictures = _pictures(call, names, needed)
            first = next(pictures)
        query = _query(call, catalogue, model)
        _require_index(call, catalogue, model)
        encoder = call.encoder(model)
        asked = itertools.chain([first], pictures)
        several = len(names) > 1 and not call.options.join
        results: list[dict[str, Any]] = []
        with contextlib.closing(Searcher(catalogue, model)) as searcher:
            searcher.refresh()
            for together in [asked] if call.options.join else ([one] for one in asked):
                photos = [(name, _encode(call, encoder, picture)) for name, picture in together]
                values, lines = _answer(call, searcher, encoder, query, photos)
                if several:
                    call.console.part("hits", values, [printable(values["query"]), *lines, ""])
                results.append(values)
        have = catalogue.coverage(model.key)
    if have.indexed < have.total:
        missing = have.total - have.indexed
        call.console.note(f"{count(missing, 'photo')} not indexed yet: {call.hint('index')}")
    if several:
        told = f"{len(results):,} of {count(len(names), 'photo')} answered"
        call.console.result({"queries": len(names), "results": results}, [told])
    else:
        call.console.result(values, lines)


@dataclass(frozen=True)
class _Query:
    """What is asked of every answer."""

    catalogue: Catalogue
    model: ModelInfo
    flips: list[int]
    require: dict[int, int]
    ignore: list[int]
    folder: Path | None


def _query(call: Invocation, catalogue: Catalogue, model: ModelInfo) -> _Query:
    options = call.options
    flips = sorted({_checked_bit(bit, model) for bit in options.flip})
    ignore = sorted({_checked_bit(bit, model) for bit in options.ignore})
    for bit in flips:
        if bit in ignore:
            reason, advice = "it cannot be turned round and not count at once", "Choose one."
            raise InputError("FS-002", name=f"bit {bit}", reason=reason, advice=advice)
    require = _requirements(options.require, model)
    return _Query(catalogue, model, flips, require, ignore, _folder(call, catalogue))


def _encode(call: Invocation, encoder: Encoder, picture: DecodedQuery) -> EncodedQuery:
    call.ctx.checkpoint()
    return encoder.encode_query(picture)


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
            call.console.skip(error.message)
            continue
        if picture.photo.readable < 1:
            percent = round(100 * picture.photo.readable)
            call.console.warn(describe("FS-102", name=Path(name).name, percent=percent))
        yield name, picture


def _answer(
    call: Invocation,
    searcher: Searcher,
    encoder: Encoder,
    query: _Query,
    photos: Sequence[tuple[str, EncodedQuery]],
) -> tuple[dict[str, Any], list[str]]:
    """Return the answer to a photo, or to several together, for programs and for people."""
    options, model = call.options, query.model
    names, encoded = [name for name, _ in photos], [photo for _, photo in photos]
    logits = (
        join_queries([photo.logits for photo in encoded]) if options.join else encoded[0].logits
    )
    steered = steer(logits, flips=query.flips, margins=options.rerank == "margins")
    answer = searcher.search(
        steered.code,
        top=options.top,
        radius=options.radius,
        folder=query.folder,
        hide_duplicates=not options.duplicates,
        require=query.require,
        ignore=query.ignore,
        weights=steered.weights,
        query_hash={photo.content_hash for photo in encoded},
    )
    ms = {step: sum(photo.ms[step] for photo in encoded) for step in ("decode", "encode")}
    ms["search"] = answer.ms
    if options.report:
        _write_report(call, encoder, query, photos[0], answer)
    values = {
        "query": names[0],
        **({"joined": names} if options.join else {}),
        "model": model.id,
        "bits": model.num_bits,
        "library": options.library,
        "code": steered.code.tobytes().hex(),
        "flip": query.flips,
        "require": {str(bit): value for bit, value in query.require.items()},
        "ignore": query.ignore,
        "rerank": options.rerank,
        **answer_values(answer, query.catalogue),
        "ms": ms,
    }
    wishes = _wishes(query, by_margins=options.rerank == "margins")
    lines = answer_lines(answer, model, ms, wishes)
    joined = [f"Searched with {count(len(names), 'photo')} as one"] if options.join else []
    return values, [*joined, *lines]


def _check_report(call: Invocation) -> None:
    """Refuse what could not be written before anything is computed."""
    options = call.options
    if not options.report:
        return
    target = Path(options.report)
    if len(options.photos) > 1:
        reason, advice = "it is about a single photo", "Search with one, or without --report."
    elif target.suffix.lower() not in (".html", ".htm"):
        reason, advice = "its ending is not .html", "Use a name such as why.html."
    else:
        check_target(target)
        return
    raise InputError("FS-002", name=str(target), reason=reason, advice=advice)


def _write_report(
    call: Invocation,
    encoder: Encoder,
    query: _Query,
    asked: tuple[str, EncodedQuery],
    answer: Answer,
) -> None:
    from engine.explain.explainer import Explainer
    from engine.explain.html_explanation import write_explanation
    from engine.explain.report import explain_answer

    name, photo = asked
    wishes = _wishes(query, by_margins=call.options.rerank == "margins")
    explainer = Explainer(encoder)
    page = explain_answer(
        explainer,
        explainer.read(photo.photo),
        Path(name).name,
        answer,
        names=query.model.manifest.bit_names,
        facts=(f"{count(answer.searched, 'photo')} searched with {query.model.name}.", *wishes),
        flips=query.flips,
        ignore=query.ignore,
        ctx=call.ctx,
    )
    write_explanation(page, Path(call.options.report))
    call.console.note(f"Wrote {full_path(call.options.report)}")


def _wishes(query: _Query, *, by_margins: bool) -> list[str]:
    """Return what was asked of the matches, beyond the photo."""
    states = {1: "on", 0: "off"}
    wishes = [f"bit {bit} must be {states[value]}" for bit, value in query.require.items()]
    wishes += [f"bit {bit} turned round" for bit in query.flips]
    wishes += [f"bit {bit} does not count" for bit in query.ignore]
    wishes += ["sure bits count more, so that nearer ones may come later"] if by_margins else []
    return [f"Asked for: {', '.join(wishes)}."] if wishes else []


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
