"""The command that measures how well a model searches, or which of two does better."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.console.invocation import Invocation
from engine.console.text import count, full_path, table
from engine.errors import InputError, describe
from engine.models.store import ModelInfo

if TYPE_CHECKING:
    from engine.evaluation.splits import Splits

Result = dict[str, Any]


def evaluate(call: Invocation) -> None:
    """Measure a model's retrieval on photos whose dishes or matches are known."""
    from engine.evaluation.report import check_report, summarize, write_report

    options = call.options
    if options.out:
        check_report(Path(options.out))
    model = call.models.get(options.model)
    other = _other(call, model) if options.compare else None
    task = _task(call)
    _describe(call, [model, other] if other else [model], task)
    result = _measure(call, model, task)
    if other is not None:
        _compare(call, result, _measure(call, other, task))
        return
    call.console.result(result, table(("", ""), summarize(result))[1:])
    if options.out:  # at last: a disk that is full by now must not cost the numbers
        write_report(result, Path(options.out))
        call.console.note(f"Wrote {full_path(options.out)}")


def _compare(call: Invocation, first: Result, second: Result) -> None:
    from engine.evaluation.difference import compare_results
    from engine.evaluation.html_comparison import difference_sentence, write_comparison
    from engine.evaluation.report import write_report
    from engine.evaluation.tables import metric_rows

    names = (first["model"], second["model"])
    difference = compare_results(first, second)
    rows = [
        (name, value, other)
        for (name, value), (_, other) in zip(metric_rows(first), metric_rows(second), strict=True)
    ]
    values = {
        **first,
        "compared": second,
        "difference": {"model": names[1], **asdict(difference), "clear": difference.is_clear},
    }
    lines = table(("", *names), rows, right=" ".join(names))
    call.console.result(values, [*lines, "", difference_sentence(difference, names)])
    if call.options.out:
        target = Path(call.options.out)
        if target.suffix.lower() == ".json":
            write_report(values, target)
        else:
            write_comparison(first, second, target)
        call.console.note(f"Wrote {full_path(target)}")


def _other(call: Invocation, model: ModelInfo) -> ModelInfo:
    """Return the model to compare with."""
    options = call.options
    other = call.models.get(options.compare)
    if other.id == model.id:
        reason, advice = "it would be compared with itself", "Name another model."
        raise InputError("FS-002", name=other.id, reason=reason, advice=advice)
    if options.out and Path(options.out).suffix.lower() == ".md":
        reason, advice = "two models are compared on a page or as JSON", "Use .html or .json."
        raise InputError("FS-002", name=options.out, reason=reason, advice=advice)
    return other


def _describe(call: Invocation, models: list[ModelInfo], task: Splits) -> None:
    """Say what is measured on, and whether it was learned from."""
    from engine.training.seen import has_seen

    names = " and ".join(model.id for model in models)
    call.console.note(
        f"{names}: {count(len(task.queries), 'query', 'queries')} in a gallery of "
        f"{count(len(task.gallery), 'photo')} below {full_path(task.root)}"
    )
    for model in models:
        if has_seen(call.paths, model, task):
            call.console.warn(describe("FS-523", name=model.id))


def _measure(call: Invocation, model: ModelInfo, task: Splits) -> Result:
    from engine.evaluation.learned import read_learned_codes
    from engine.evaluation.protocol import evaluate as measure

    options = call.options
    is_learned = options.learned and model.id != options.compare
    measured = measure(
        call.encoder(model),
        task,
        call.ctx,
        map_at=options.map_at,
        normalizer=options.normalizer,
        learned=read_learned_codes(Path(options.learned)) if is_learned else None,
        with_map=bool(options.out),
        batch_size=options.batch_size,
        workers=options.workers,
    )
    result = {"model": model.id, **measured}
    for problem in result["problems"]:
        call.console.note(f"left out: {problem['path']}: {problem['cause']}")
    return result


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
