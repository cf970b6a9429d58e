"""What a bug report contains: versions and the failure, never the user's folders."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from pathlib import Path

import PySide6

import engine

_PACKAGES = ("torch", "timm", "faiss-cpu", "numpy", "pillow")


def describe_program() -> str:
    """Return the versions of the program and of what it stands on, one a line."""
    lines = [
        f"FoodSearch {engine.__version__}",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        f"PySide6 {PySide6.__version__}",
    ]
    # The installed versions are read from their metadata: nothing is imported for a report.
    for name in _PACKAGES:
        lines.append(f"{name} {_version(name)}")
    return "\n".join(lines)


def make_report(text: str) -> str:
    """Return a failure's text ready to be sent: with versions, the home folder replaced."""
    home = str(Path.home())
    return f"{describe_program()}\n\n{text.replace(home, '~') if len(home) > 1 else text}\n"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not found" if not getattr(sys, "frozen", False) else "bundled"
