"""The options of ``foodsearch-cli explain``."""

from __future__ import annotations

import argparse
from typing import Any

from engine.console.options import add_command, add_computing_options, not_negative, photo

KINDS = ("best", "exact", "attention", "gradient", "occlusion")


def add_explain(commands: Any) -> None:
    """Add the command that draws where a bit comes from."""
    explain = add_command(
        commands,
        "explain",
        "explaining:explain",
        "draw where in a photo a bit of its code comes from",
        "  foodsearch-cli explain lunch.jpg --bit 7 --out bit-7.png\n"
        "  foodsearch-cli explain lunch.jpg --bit 7 --contours --out bit-7.png\n"
        "  foodsearch-cli explain lunch.jpg --attention --model my-meals --out seen.png --json\n\n"
        "Red places push the bit on, blue ones off; attention is dark where little was looked\n"
        "at, bright where much was. What the map does and does not mean is told beside it.",
    )
    explain.add_argument("photo", type=photo, metavar="PHOTO", help="the photo to explain")
    explain.add_argument("--model", metavar="ID", help="model (the default one)")
    what = explain.add_mutually_exclusive_group(required=True)
    what.add_argument("--bit", type=not_negative, metavar="N", help="which bit, from 0 on")
    what.add_argument(
        "--attention", action="store_true", help="what the model looked at, for all bits alike"
    )
    what.add_argument(
        "--match",
        type=photo,
        metavar="PHOTO",
        help="another photo: what speaks for the likeness of the two, all bits together",
    )
    explain.add_argument("--out", metavar="PNG", required=True, help="picture to write")
    explain.add_argument(
        "--kind",
        choices=KINDS,
        default="best",
        help="of the bit's map: the model's own account where it has one (best), or an estimate "
        "from outside; occlusion blurs places and looks what changes: slower, mostly more telling",
    )
    explain.add_argument(
        "--opacity", type=_share, default=0.7, metavar="0..1", help="of the colours (0.7)"
    )
    explain.add_argument("--contours", action="store_true", help="lines instead of colours")
    add_computing_options(explain, batch=False)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return share
