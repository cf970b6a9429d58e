"""A parser of the command line that tells what was meant where a word was misspelt."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn


class WrongUsageError(Exception):
    """The command line cannot be understood.

    Args:
        command: That was meant, as it is called.
        reason: What cannot be understood, to follow a colon.
        advice: What to do.
    """

    def __init__(self, command: str, reason: str, advice: str = "") -> None:
        super().__init__(reason)
        self.command = command
        self.advice = advice or f"See {command} --help."


class Parser(argparse.ArgumentParser):
    """A parser whose help keeps its line breaks and whose options are never guessed."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_format, **settings)
        self._words: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what is left over here, where it is known which command it was written for."""
        self._words = list(args)
        found, left = super().parse_known_args(args, namespace)
        if left:
            self._refuse_unknown_option()
            self.error(f"“{left[0]}” is too much")
        return found, left

    def error(self, message: str) -> NoReturn:
        """Leave it to the caller how wrong usage is told."""
        if "required" in message:  # perhaps it is there, but misspelt
            self._refuse_unknown_option()
        message = message.replace("the following arguments are required:", "it needs")
        raise WrongUsageError(self.prog, message.removeprefix("argument "))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        advice = _guess(value, action.choices)
        if action.option_strings:
            known = ", ".join(map(str, action.choices))
            reason = f"{action.option_strings[0]} is one of {known}, not “{value}”"
        else:
            reason = f"there is no {str(action.metavar).lower()} “{value}”"
        raise WrongUsageError(self.prog, reason, advice)

    def _refuse_unknown_option(self) -> None:
        known = [flag for action in self._actions for flag in action.option_strings]
        ends = self._words.index("--") if "--" in self._words else len(self._words)
        for word in self._words[:ends]:
            flag = word.partition("=")[0]
            if flag.startswith("-") and not flag[1:2].isdigit() and flag not in (*known, "-"):
                raise WrongUsageError(
                    self.prog, f"there is no option “{flag}”", _guess(flag, known)
                )


def _guess(word: str, known: Iterable[str]) -> str:
    """Return which of the known words was meant, if one is near; hyphens make none nearer."""
    bare = {name.lstrip("-"): name for name in known}
    near = difflib.get_close_matches(word.lstrip("-"), bare, 1)
    return f"Did you mean “{bare[near[0]]}”?" if near else ""


def _format(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=26)
