"""Numbers as people write them."""

from __future__ import annotations


def signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign, e.g. ``+0.92``, ``−0.11`` or ``−0.003``."""
    half = 0.5 * 10**-digits  # below, which side of zero it is on is all it tells
    digits += half / 10 <= abs(value) < half
    return f"{value:+.{digits}f}".replace("-", "−")


def percent(share: float, digits: int = 0) -> str:
    """Return a share, e.g. ``37 %``; what is less than all of it is never 100 %."""
    most = 100.0 if share >= 1 else 100 - 10.0**-digits
    return f"{min(100 * share, most):.{digits}f} %"
