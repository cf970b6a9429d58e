"""On which pages a banner is shown: where its matter is, and where the user was when it came."""

from __future__ import annotations

# What concerns everything is shown everywhere; of the rest the longest beginning decides.
_EVERYWHERE = ("FS-205", "FS-206", "FS-207", "FS-208", "FS-209", "FS-210", "FS-211", "FS-4", "FS-9")
_PAGES = {
    "FS-1": ("search",),
    "FS-2": ("library",),
    "FS-201": ("library", "search"),
    "FS-202": ("library", "search"),
    "FS-214": ("library", "search"),
    "FS-3": ("library", "search"),
    "FS-5": ("train",),
    "FS-6": ("models",),
}


def concerns_all(code: str) -> bool:
    """Whether a message of this code is for the whole window."""
    return code.startswith(_EVERYWHERE)


def pages_of(code: str) -> tuple[str, ...]:
    """Return the pages whose matter a message is; none for what only tells of a deed."""
    known = [start for start in _PAGES if code.startswith(start)]
    return _PAGES[max(known, key=len)] if known else ()
