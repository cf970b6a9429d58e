"""The command ``train``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from engine.console.attached import attach
from engine.console.check import check
from engine.console.invocation import Invocation
from engine.console.text import count, duration
from engine.console.usage import WrongUsageError
from engine.errors import InputError, TrainingError
from engine.events import JobCancelled
from engine.library.judged_labels import keep_judged_labels
from engine.models.ids import model_id

if TYPE_CHECKING:
    from engine.models.store import ModelInfo
    from engine.training.run import Run, RunRequest
    from engine.training.train import TrainResult

_FLAGS = {"backbone": "backbone", "epochs": "epochs", "bits": "num_bits", "seed": "seed"}
_SETTINGS = (
    *("folder", "name", "split", "method", "backbone", "bits", "epochs", "parent", "preset"),
    *("seed", "set", "weights", "judgements", "check"),
)


def train(call: Invocation) -> None:
    """Train a model, or deal with a training that was interrupted."""
    from engine.training.run import Run
    from engine.training.train import finish

    options = call.options
    if options.resume or options.keep_best or options.discard:
        _refuse_settings(call)
    else:
        _refuse_lack(call)
    if options.discard:
        run = Run.open(call.paths, options.discard)
        run.discard()
        call.console.result({"discarded": run.name}, [f"{run.name} is deleted."])
    elif options.keep_best:
        run = Run.open(call.paths, options.keep_best)
        model = finish(call.paths, run)
        _tell_installed(call, model, {"model": model.id, "run": str(run.path)})
    elif options.check:
        if options.name:
            _refuse_taken(call, model_id(options.name))
        check(call, _request(call))
    else:
        _run(call)


def _run(call: Invocation) -> None:
    from engine.device import choose_device, use_cores
    from engine.distributed import is_primary, local_device, process_group
    from engine.training.run import Run
    from engine.training.train import train as run_training

    options = call.options
    begun = Run.open(call.paths, options.resume) if options.resume else None
    if begun and begun.is_finished:
        raise TrainingError("FS-509", name=begun.name)
    if is_primary():  # before the processes meet: what is refused should not wait for that
        request = begun.request() if begun else _checked(call, _request(call))
        _say_what_begins(call, request, begun.so_far().epochs if begun else 0)
        call.ctx.progress("Loading the model", 0)
    use_cores()
    device = choose_device(local_device(options.device))
    with process_group(device.name):
        run = begun or _create_run(call, request if is_primary() else None)
        if is_primary():
            call.console.note(f"{run.name}: {run.request().config.method} on {device.label}")
            if options.attached:
                attach(call.ctx)
        try:
            result = run_training(
                call.paths,
                run,
                call.ctx,
                device=device,
                download=options.download,
                workers=options.workers,
            )
        except JobCancelled as stopped:
            raise JobCancelled(_how_to_go_on(call, run)) from stopped
    if result is not None:
        _report(call, result)


def _checked(call: Invocation, request: RunRequest) -> RunRequest:
    """Refuse a name that is taken, and photos that are too few, before anything is loaded."""
    from engine.training.source import Source

    _refuse_taken(call, request.id)
    source = Source.of(request)
    source.check(source.labels)
    return request


def _refuse_taken(call: Invocation, id: str) -> None:
    from engine.training.run import is_taken

    if is_taken(call.paths, id):
        raise TrainingError("FS-504", name=id)


def _say_what_begins(call: Invocation, request: RunRequest, done: int) -> None:
    """Say what comes of the name, and what the training begins from."""
    name, config = request.id, request.config
    if request.name != name:
        call.console.note(f"“{request.name}” becomes the model {name}.")
    if done:
        call.console.note(f"Going on with {name} after {done} of {count(config.epochs, 'epoch')}.")
        return
    if request.parent:
        start = f"the model {request.parent}"
    elif request.weights == "none":
        start = f"random weights of {config.backbone}"
    else:
        start = f"the weights of {config.backbone}, which know general pictures only"
        start = f"{request.weights}, weights of {config.backbone}" if request.weights else start
    call.console.note(f"Training {name} from {start}.")


def _report(call: Invocation, result: TrainResult) -> None:
    for name, why in result.problems:
        call.console.note(f"left out: {name}: {why}")
    best = result.best
    values = {
        "model": result.model.id,
        "run": str(result.run.path),
        "epochs": result.epochs,
        "best_epoch": best["epoch"],
        "validation_map": best["map"],
        "train_s": result.seconds,
        "left_out": [
            {"name": name, "code": why.code, "message": str(why)} for name, why in result.problems
        ],
    }
    done = f"{count(result.epochs, 'epoch')} in {duration(result.seconds)}"
    _tell_installed(call, result.model, values, done)


def _tell_installed(
    call: Invocation, model: ModelInfo, values: dict[str, Any], done: str = ""
) -> None:
    """Say how good the model is, and what can be done with it now."""
    metrics = model.manifest.metrics
    told = [done] if done else []
    if "validation_map" in metrics:
        told.append(f"validation mAP {metrics['validation_map']:.3f} (epoch {metrics['epoch']})")
    lines = [
        f"{model.id} is installed{': ' if told else '.'}{', '.join(told)}",
        f"Use it: {call.hint('index', '--model', model.id)}",
        f"then:   {call.hint('search', 'PHOTO', '--model', model.id)}",
    ]
    if parent := model.manifest.parent:
        compare = ("--model", model.id, "--compare", parent)
        lines.append(f"Better?  {call.hint('evaluate', '--folder', 'OTHER-PHOTOS', *compare)}")
    call.console.result(values, lines)


def _how_to_go_on(call: Invocation, run: Run) -> str:
    done, epochs = run.so_far().epochs, run.request().config.epochs
    text = f"Stopped after {done} of {count(epochs, 'epoch')}. "
    text += f"Go on: {call.hint('train', '--resume', run.name)}."
    if run.best.exists():
        text += f" Use the best so far: {call.hint('train', '--keep-best', run.name)}."
    return text


def _refuse_settings(call: Invocation) -> None:
    """What an earlier training was asked to do cannot be changed any more."""
    given = [name for name in _SETTINGS if getattr(call.options, name) not in (None, "", [])]
    if given:
        flags = {"folder": "FOLDER", "parent": "--from"}
        names = ", ".join(flags.get(name, f"--{name}") for name in given)
        raise InputError(
            "FS-002",
            name=names,
            reason="a training that has begun keeps its settings",
            advice="Leave this out, or begin another training.",
        )


def _create_run(call: Invocation, request: RunRequest | None) -> Run:
    """Begin a run; of several processes the primary one does, which knows what is asked for."""
    from engine.distributed import broadcast
    from engine.training.run import Run

    if request is None:
        return Run(broadcast(None))
    run = Run.create(call.paths, request)
    broadcast(run.path)
    return run


def _request(call: Invocation) -> RunRequest:
    from engine.training.request import DEFAULT_PRESET, compose_config
    from engine.training.run import RunRequest

    options = call.options
    if options.parent and options.weights:
        raise InputError(
            "FS-002",
            name="--weights",
            reason="the training starts from a model, which has its own",
            advice="Leave out --weights or --from.",
        )
    parent = call.models.get(options.parent) if options.parent else None
    flags = {name: getattr(options, flag) for flag, name in _FLAGS.items()}
    return RunRequest(
        name=options.name or "check",
        config=compose_config(
            preset=options.preset or DEFAULT_PRESET,
            method=options.method,
            parent=parent,
            settings={name: value for name, value in flags.items() if value is not None},
            assignments=options.set,
        ),
        folder=os.path.abspath(options.folder) if options.folder else "",
        split=_table(call),
        parent=parent.id if parent else "",
        weights=_weights(options.weights),
    )


def _table(call: Invocation) -> str:
    """Return the file of labels, made of the judgements of a library if that was asked for."""
    options = call.options
    if not options.judgements:
        return os.path.abspath(options.split) if options.split else ""
    if options.folder or options.split:
        raise InputError(
            "FS-002",
            name="--judgements",
            reason="the photos come from there or from elsewhere",
            advice="Leave it out, or leave FOLDER and --split out.",
        )
    with call.library() as catalogue:
        return str(keep_judged_labels(catalogue, call.paths.labels))


def _refuse_lack(call: Invocation) -> None:
    """A new training needs photos, and a name unless it is only checked."""
    options = call.options
    has_photos = options.folder or options.split or options.judgements
    lacking = [] if has_photos else ["FOLDER, --split or --judgements"]
    if not (options.name or options.check):
        lacking.append("--name NAME")
    if lacking:
        example = call.hint("train", options.folder or "FOLDER", "--name", "my-meals")
        reason = f"a new training needs {', and '.join(lacking)}"
        raise WrongUsageError("foodsearch-cli train", reason, f"For example: {example}")


def _weights(value: str | None) -> str:
    if not value or value == "none":
        return value or ""
    return os.path.abspath(value)
