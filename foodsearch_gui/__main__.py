"""The entry point of the window: command line and display first, Qt only when both are in order."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from foodsearch_gui.options import parse_options

NO_DISPLAY = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window; return the exit code."""
    options = parse_options(arguments)
    from foodsearch_gui.display import find_obstacle

    obstacle = find_obstacle(may_be_offscreen=options.screenshot is not None)
    if obstacle is not None:
        sys.stderr.write(f"{obstacle.code}: {obstacle}\n")
        return NO_DISPLAY
    from foodsearch_gui.app import run

    return run(options)


if __name__ == "__main__":
    sys.exit(main())
