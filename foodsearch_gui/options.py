"""The command line of the window."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line.

    Attributes:
        photo: Search with this photo, or add this folder.
        home: Keep everything in this folder.
        demo: Open with a library of drawn dishes.
        screenshot: Write a picture of the window to this file and exit.
        page: The page to open.
        theme: Overrides the user's setting.
    """

    photo: Path | None = None
    home: Path | None = None
    demo: bool = False
    screenshot: Path | None = None
    page: str = ""
    theme: str = ""

    @property
    def is_fleeting(self) -> bool:
        """Whether everything is deleted when the window closes."""
        return self.demo and self.home is None


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; exits by itself for ``--help``, ``--version`` and wrong usage."""
    import engine

    parser = argparse.ArgumentParser(
        prog="foodsearch",
        description="Find the meal photos that look like this one, in your own library.",
    )
    parser.add_argument(
        "photo",
        nargs="?",
        type=Path,
        help="search with this photo; a folder is added to the library",
    )
    parser.add_argument("--home", type=Path, metavar="DIR", help="keep everything in this folder")
    parser.add_argument(
        "--demo",
        action="store_true",
        help="open with a library of drawn dishes; nothing is kept unless --home is given",
    )
    parser.add_argument(
        "--screenshot", type=Path, metavar="PNG", help="write a picture of the window and exit"
    )
    parser.add_argument(
        "--page",
        default="",
        metavar="NAME",
        help="open this page, e.g. library; inspect shows the bits of the photo",
    )
    parser.add_argument("--theme", default="", choices=("light", "dark", "system"))
    parser.add_argument("--version", action="version", version=f"FoodSearch {engine.__version__}")
    return Options(**vars(parser.parse_args(arguments)))
