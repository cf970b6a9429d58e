"""A match beside its query, bit by bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core.steering import Wish
from foodsearch_gui.core.wording import signed
from foodsearch_gui.models.record_table import Column
from foodsearch_gui.widgets.bit_strip import on_or_off

if TYPE_CHECKING:
    from engine import Hit


@dataclass(frozen=True)
class BitRow:
    """A bit in which query and match disagree.

    Attributes:
        bit: Its place in the code, from 0.
        name: What it stands for, if known.
        query: Its value in the query, 0 or 1.
        match: Its value in the match.
        logit: The query's output before it was cut to a bit, or None if unknown.
        is_turned: Whether the other value is searched for than the output says.
    """

    bit: int
    name: str
    query: int
    match: int
    logit: float | None
    is_turned: bool = False

    @property
    def title(self) -> str:
        """Number and name, e.g. ``17 fried``."""
        return f"{self.bit} {self.name}".strip()

    @property
    def query_text(self) -> str:
        """The query's value with its margin, e.g. ``on (+0.08)``."""
        value = on_or_off(self.query)
        if self.is_turned:
            return f"{value} ({_tr('turned round')})"
        return f"{value} ({signed(self.logit)})" if self.logit is not None else value


@dataclass(frozen=True)
class Comparison:
    """A match beside its query.

    Attributes:
        hit: The match.
        query: The bits that were searched for, shape (num_bits,).
        logits: The query's outputs, or None if only the stored code is known.
        bit_names: What the bits stand for; may be shorter than the code.
        copies: All files with the match's content.
        match: The match's bits, shape (num_bits,).
        wishes: What is asked of bits.
        photos: How many photos are searched for together; the first of them is the one shown.
    """

    hit: Hit
    query: NDArray[np.uint8]
    logits: NDArray[np.float32] | None
    bit_names: Sequence[str | None]
    copies: Sequence[Path]
    match: NDArray[np.uint8]
    wishes: Mapping[int, Wish] = field(default_factory=dict)
    photos: int = 1

    @property
    def counting(self) -> int:
        """How many bits count."""
        ignored = sum(wish is Wish.IGNORE for wish in self.wishes.values())
        return len(self.query) - ignored

    def surest(self) -> int:
        """Return the bit that the query is surest of; 0 where that is unknown."""
        return 0 if self.logits is None else int(np.abs(self.logits).argmax())

    def rows(self) -> list[BitRow]:
        """Return the bits that disagree, the query's most certain ones first."""
        rows = [
            BitRow(
                bit,
                (self.bit_names[bit] if bit < len(self.bit_names) else None) or "",
                int(self.query[bit]),
                int(self.match[bit]),
                None if self.logits is None else float(self.logits[bit]),
                is_turned=self.wishes.get(bit) is Wish.FLIP,
            )
            for bit in self.hit.disagree
        ]
        return sorted(rows, key=lambda row: -abs(row.logit or 0.0))


def bit_columns() -> tuple[Column[BitRow], ...]:
    """Return the columns of the table of bits that disagree."""
    return (
        Column(
            _tr("Bit"),
            lambda row: row.title,
            sort_key=lambda row: row.bit,
            tool_tip=lambda row: row.title,
        ),
        Column(
            _tr("Query ≠ match"),
            lambda row: f"{row.query_text} ≠ {on_or_off(row.match)}",
            sort_key=lambda row: row.logit if row.logit is not None else float(row.query),
            tool_tip=lambda row: _tr(
                "In brackets how sure the bit is: near zero it could as well be the other way "
                "round."
            ),
            is_number=True,
        ),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("MatchDetails", text)
