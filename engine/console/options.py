"""What the commands of ``foodsearch-cli`` have in common: options and value types."""

from __future__ import annotations

import argparse
import re
from typing import Any

import engine

DEFAULT_LIBRARY = "Home"


def add_common(parser: argparse.ArgumentParser, **defaults: Any) -> None:
    """Add the options that may stand before and behind the command.

    Without defaults they leave no trace where they are not given, so that a command does not
    take back what was said before it.
    """
    group = parser.add_argument_group("common options")
    for flag, metavar, text in (
        ("--home", "DIR", "folder for everything FoodSearch keeps (portable use)"),
        ("--json", None, "write JSON lines"),
        ("--debug", None, "show the engine's log, and where a bug is"),
    ):
        default = defaults.get(flag.lstrip("-"), argparse.SUPPRESS)
        how: dict[str, Any] = {"metavar": metavar} if metavar else {"action": "store_true"}
        group.add_argument(flag, help=text, default=default, **how)
    version = f"FoodSearch {engine.__version__}"
    group.add_argument("--version", action="version", version=version, help="show the version")


def add_command(
    commands: Any, name: str, run: str, text: str, examples: str = ""
) -> argparse.ArgumentParser:
    """Add a command; ``run`` is the module of ``engine.console`` and the function that do it."""
    epilog = f"examples:\n{examples}" if examples else None
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=epilog
    )
    parser.set_defaults(command=run)
    add_common(parser)
    return parser


def add_library_option(parser: argparse.ArgumentParser) -> None:
    """Add the name of the library."""
    parser.add_argument(
        "--library", metavar="NAME", default=DEFAULT_LIBRARY, help=f"library ({DEFAULT_LIBRARY})"
    )


def add_computing_options(parser: argparse.ArgumentParser, batch: bool = True) -> None:
    """Add what computes, and, with ``batch``, how much at once."""
    parser.add_argument(
        "--device",
        type=device,
        default="auto",
        metavar="NAME",
        help="auto (default), cpu, cuda or cuda:N",
    )
    if batch:
        parser.add_argument(
            "--batch-size", type=positive, default=32, metavar="N", help="photos at once (32)"
        )
        parser.add_argument(
            "--workers", type=positive, metavar="N", help="decoding threads (one a core)"
        )


def not_negative(text: str) -> int:
    """Return a whole number from 0 on."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def positive(text: str) -> int:
    """Return a whole number from 1 on."""
    if text.removeprefix("-").isdecimal() and int(text) < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return not_negative(text)


def photo(text: str) -> str:
    """Return the name of a photo."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of the photo is empty")
    return text


def device(text: str) -> str:
    """Return the name of a device."""
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not auto, cpu, cuda or cuda:N")
    return text


def limit(text: str) -> int | None:
    """Return a whole number from 1 on, or None for ``all``."""
    return None if text == "all" else positive(text)


def requirement(text: str) -> tuple[int, int]:
    """Return a bit and the value it must have."""
    bit, _, value = text.partition("=")
    if value not in ("0", "1"):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 12=1")
    return not_negative(bit), int(value)
