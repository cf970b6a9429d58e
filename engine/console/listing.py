"""Commands that tell what there is: methods, backbones, libraries; and the sample photos."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from engine.console.invocation import Invocation
from engine.console.text import count, full_path, table
from engine.errors import InputError, LibraryError
from engine.library.libraries import LibraryInfo, list_libraries, open_library

if TYPE_CHECKING:
    from engine.method_info import MethodInfo


def methods(call: Invocation) -> None:
    """List the hashing methods."""
    from engine.methods import list_methods
    from engine.training.request import DEFAULT_METHOD

    found = list_methods()
    call.console.result(
        {"methods": [vars(method) for method in found]},
        [line for method in found for line in _told(method, method.name == DEFAULT_METHOD)],
    )


def _told(method: MethodInfo, is_default: bool) -> list[str]:
    default = " (the default)" if is_default else ""
    about = f"{method.name}  {method.title}{default}. {method.description}"
    return [about, f"    {method.source}"]


def backbones(call: Invocation) -> None:
    """List the backbones whose name contains a pattern."""
    from engine.networks.backbone import list_backbones

    wanted = call.options.pattern
    found = [
        info for info in list_backbones(wanted) if info.installed or not call.options.installed
    ]
    if wanted and not found:
        advice = "List all: foodsearch-cli backbones."
        raise InputError("FS-002", name=wanted, reason="no backbone has such a name", advice=advice)
    rows = [
        (info.name, info.input_size, "yes" if info.installed else "no", info.licence or "?")
        for info in found
    ]
    call.console.result(
        {"backbones": [vars(info) for info in found]},
        table(("backbone", "input", "weights here", "licence"), rows, right="input"),
    )


def libraries(call: Invocation) -> None:
    """List the libraries."""
    found = [(library, _photos(call, library)) for library in list_libraries(call.paths)]
    rows = [
        (library.name, "?" if photos is None else f"{photos:,}", library.folder)
        for library, photos in found
    ]
    none = [f"There is no library yet. Make one: {call.hint('index')} FOLDER"]
    call.console.result(
        {
            "libraries": [
                {"name": library.name, "folder": str(library.folder), "photos": photos}
                for library, photos in found
            ]
        },
        table(("library", "photos", "folder"), rows, right="photos") if rows else none,
    )


def demo_photos(call: Invocation) -> None:
    """Draw the sample library."""
    from engine.demo import draw_demo_photos

    folder = Path(call.options.folder)
    options = call.options
    try:
        folder.mkdir(parents=True, exist_ok=True)  # a place that cannot be is refused at once
        drawn = draw_demo_photos(folder, call.ctx, per_dish=options.per_dish, seed=options.seed)
    except OSError as error:
        reason, advice = error.strerror or str(error), "Choose another folder."
        raise InputError("FS-002", name=str(folder), reason=reason, advice=advice) from error
    call.console.result(
        {"folder": str(folder.absolute()), "photos": drawn},
        [
            f"{count(drawn, 'drawing')} of meals in {full_path(folder)}",
            f"Search in them: {call.hint('index')} {shlex.quote(full_path(folder))}",
        ],
    )


def _photos(call: Invocation, library: LibraryInfo) -> int | None:
    try:
        with open_library(call.paths, library.name, read_only=True) as catalogue:
            return catalogue.count()
    except LibraryError as error:
        call.console.warn(error.message)
        return None
