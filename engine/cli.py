"""``foodsearch-cli``: the engine without a window.

This module knows what happens at the end of a command, good or bad; the commands themselves are in
``engine.console`` and are imported when one is run, so that ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import engine
from engine.console.parser import build_parser
from engine.console.signals import INTERRUPTED
from engine.console.usage import WrongUsageError

if TYPE_CHECKING:
    from engine.console.invocation import Invocation
    from engine.console.output import Console

DONE, USER_ERROR, WRONG_USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = build_parser()
    if not words:
        parser.print_help(sys.stderr)
        raise SystemExit(WRONG_USAGE)
    try:
        return _run(parser.parse_args(words))
    except WrongUsageError as error:
        _explain_usage(error, as_json="--json" in words)
        raise SystemExit(WRONG_USAGE) from None
    except BrokenPipeError:
        # Whoever read the output has gone; what Python still holds for it must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USER_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    from engine.console.output import Console

    console = Console(options.json)
    try:
        return _guarded(options, console)
    except (BrokenPipeError, KeyboardInterrupt, WrongUsageError):
        raise
    except Exception as error:
        _report_bug(error, options, console)
        return USER_ERROR


def _guarded(options: argparse.Namespace, console: Console) -> int:
    from engine.console.invocation import Invocation
    from engine.console.output import logs_shown
    from engine.console.signals import interruptible
    from engine.errors import EngineError
    from engine.events import JobCancelled

    module, _, name = options.command.partition(":")
    with logs_shown(console, debug=options.debug):
        try:
            call = Invocation(options, console)
            with interruptible(call.ctx):
                command: Callable[[Invocation], None] = getattr(
                    importlib.import_module(f"engine.console.{module}"), name
                )
                command(call)
        except EngineError as error:
            console.error(error.code, str(error), error.message)
            return USER_ERROR
        except JobCancelled as request:
            console.stopped(str(request) or "Stopped.")
            return INTERRUPTED
    return USER_ERROR if console.has_skipped else DONE


def _explain_usage(error: WrongUsageError, *, as_json: bool) -> None:
    from engine.console.output import Console
    from engine.errors import describe

    text = describe("FS-003", command=error.command, reason=error, advice=error.advice)
    Console(as_json).error(text.code, str(text))


def _report_bug(error: Exception, options: argparse.Namespace, console: Console) -> None:
    from engine.paths import Paths

    text = "".join(traceback.format_exception(error))
    log = Paths.resolve(options.home).log / "foodsearch-cli.log"
    where = f"The details are in {log}."
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"foodsearch {engine.__version__}, {' '.join(sys.argv[1:])}\n{text}\n")
    except OSError:
        where = "Run it again with --debug for the details."
    if options.debug:
        sys.stderr.write(text)
    console.error("FS-901", f"FoodSearch has a bug ({type(error).__name__}: {error}). {where}")


if __name__ == "__main__":
    sys.exit(main())
