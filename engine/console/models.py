"""Commands about models: list, show, import, export, duplicate, name-bit, remove, restore, tidy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.console.card import describe_model
from engine.console.invocation import Invocation
from engine.console.text import count, full_path, printable, size, table
from engine.errors import InputError
from engine.library.overview import list_codes
from engine.library.tidy import spare_bytes, tidy_codes
from engine.models.bundle import BUNDLE_SUFFIX
from engine.models.places import id_of
from engine.models.store import ModelInfo
from engine.storage import check_target


def list_models(call: Invocation) -> None:
    """List the models, and say which files among them cannot be used."""
    for _, message in call.models.broken():
        call.console.warn(message)
    found = call.models.list()
    rows = [
        (
            model.id,
            model.num_bits,
            model.manifest.method,
            model.manifest.backbone,
            size(model.size),
            "default" if model.is_default else "",
        )
        for model in found
    ]
    call.console.result(
        {"models": [_summary(model) for model in found]},
        table(("model", "bits", "method", "backbone", "size", ""), rows, right="bits size"),
    )


def show(call: Invocation) -> None:
    """Show all that is known of a model."""
    model = call.models.get(call.options.id)
    manifest = json.loads(model.manifest.to_json())
    values = {**manifest, **_summary(model), "path": str(model.path)}
    call.console.result(values, describe_model(values))


def import_model(call: Invocation) -> None:
    """Install a model file."""
    file = Path(call.options.file)
    if not file.exists():
        reason, advice = "there is no such file", f"Name a {BUNDLE_SUFFIX} file."
        raise InputError("FS-002", name=str(file), reason=reason, advice=advice)
    _report(call, "Installed", call.models.import_file(file, call.options.id))


def export(call: Invocation) -> None:
    """Write a model to a file."""
    target = Path(call.options.file)
    if target.is_dir():
        target /= call.models.get(call.options.id).id + BUNDLE_SUFFIX
    if target.suffix != BUNDLE_SUFFIX:
        target = target.with_name(target.name + BUNDLE_SUFFIX)
    if target.exists() and not call.options.force:
        reason, advice = "it exists already", "Use --force to replace it."
        raise InputError("FS-002", name=str(target), reason=reason, advice=advice)
    check_target(target)
    call.models.export(call.options.id, target)
    written = target.stat().st_size
    call.console.result(
        {"id": call.options.id, "file": str(target.absolute()), "size": written},
        [f"Wrote {full_path(target)} ({size(written)})"],
    )


def duplicate(call: Invocation) -> None:
    """Install a model a second time."""
    _report(call, "Made", call.models.duplicate(call.options.id, call.options.name))


def remove(call: Invocation) -> None:
    """Take a model away."""
    models, id, default = call.models, call.options.id, call.models.default_id
    models.remove(id)
    undo = call.hint("models", "restore", id)
    lines = [f"Removed {id}. For 30 days this undoes it: {undo}"]
    if models.default_id != default:
        lines.append(f"The default is now {models.default_id}.")
    values = {"id": id, "undo": undo, "default": models.default_id}
    call.console.result(values, lines)


def restore(call: Invocation) -> None:
    """Bring a removed model back."""
    id, before = call.options.id, call.models.default_id
    call.models.restore(id)
    if id in [id_of(path) for path, _ in call.models.broken()]:
        call.console.result({"id": id}, [f"Restored {id}, which is damaged as before"])
        return
    model = call.models.get(id)
    is_new = model.is_default and model.id != before
    _report(call, "Restored", model, "It is the default again." if is_new else "")


def set_default(call: Invocation) -> None:
    """Choose the model that is used where none is named."""
    call.models.set_default(call.options.id)
    _report(call, "The default is now", call.models.get(call.options.id))


def name_bit(call: Invocation) -> None:
    """Give a bit a name, or take it away."""
    options = call.options
    call.models.name_bit(options.id, options.bit, options.name)
    name = dict(enumerate(call.models.get(options.id).manifest.bit_names)).get(options.bit)
    told = f"is called {printable(name)} now" if name else "has no name now"
    values = {"id": options.id, "bit": options.bit, "name": name}
    call.console.result(values, [f"Bit {options.bit} of {options.id} {told}."])


def tidy(call: Invocation) -> None:
    """Free what the codes of models take that are not installed."""
    spare = spare_bytes(call.models, list_codes(call.paths))
    if call.options.dry_run:
        told = f"About {size(spare)} could be freed" if spare else "There is nothing to free."
        call.console.result({"spare": spare}, [told])
        return
    report = tidy_codes(call.paths, call.models, call.ctx)
    for message in report.refused:
        call.console.warn(message)
    told = f"Freed {size(report.bytes)}: {count(report.codes, 'code')} of models that are gone"
    values = {"codes": report.codes, "freed": report.bytes, "refused": len(report.refused)}
    call.console.result(values, [told if report.codes else "There was nothing to free."])


def _report(call: Invocation, done: str, model: ModelInfo, more: str = "") -> None:
    lines = [f"{done} {model.id} ({model.num_bits} bits)", more]
    call.console.result(_summary(model), [line for line in lines if line])


def _summary(model: ModelInfo) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "bits": model.num_bits,
        "method": model.manifest.method,
        "backbone": model.manifest.backbone,
        "default": model.is_default,
        "bundled": model.bundled,
        "size": model.size,
        "metrics": model.manifest.metrics,
    }
