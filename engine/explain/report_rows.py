"""The rows of a page of explanations: the same map of a query and of its matches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from engine.explain.bit_map import BitMap, Explanation
from engine.explain.legend import Legend, legend_of
from engine.explain.match_map import match_map
from engine.explain.render import value_range
from engine.search.answer import Hit
from engine.wording import signed


@dataclass(frozen=True)
class Row:
    """A map of each photo, in the colours of one scale.

    Attributes:
        title: What is mapped.
        maps: One a photo, the query's first; None where it cannot be read.
        words: Below each of them.
    """

    title: str
    maps: tuple[BitMap | None, ...]
    words: tuple[str, ...]

    @property
    def there(self) -> list[BitMap]:
        """The maps of the photos that can be read."""
        return [each for each in self.maps if each is not None]

    @property
    def scale(self) -> tuple[float, float]:
        """Values of the first and the last colour."""
        return value_range(*self.there)

    @property
    def legend(self) -> Legend:
        """What the colours mean."""
        return legend_of(self.there[0], self.scale)


def row_of_match(
    found: Sequence[Explanation | None],
    hits: Sequence[Hit],
    flips: Collection[int] = (),
    ignore: Collection[int] = (),
) -> Row | None:
    """Return what speaks for each match and, in the query, for the first of them.

    Args:
        found: What the model saw in the query and in each match; None where it cannot be read.
        hits: The matches.
        flips: Bits that the query was searched for the other way round.
        ignore: Bits that did not count.

    Returns:
        None where the maps do not add up, no match can be read, or no bit counts.
    """
    asked, matches = found[0], found[1:]
    assert asked is not None
    nearest = next((place for place, each in enumerate(matches) if each is not None), None)
    if nearest is None or asked.maps[0].kind != "exact":
        return None
    others = [matches[nearest], *(asked if each is not None else None for each in matches)]
    turned = np.isin(np.arange(len(asked.logits)), list(flips))
    maps = [
        match_map(each.maps, ((other.logits > 0) ^ turned).astype(np.uint8), ignore)
        if each and other
        else None
        for each, other in zip(found, others, strict=True)
    ]
    if maps[0] is None:
        return None
    whom = [f"for match {hits[nearest].rank}", *["for the query"] * len(matches)]
    return _row("All bits together", maps, whom)


def row_of_bit(found: Sequence[Explanation | None], bit: int, names: Sequence[str | None]) -> Row:
    """Return the maps of a bit, and whether it is on."""
    maps = [
        next(each for each in explanation.maps if each.bit == bit) if explanation else None
        for explanation in found
    ]
    name = names[bit] if bit < len(names) else None
    states = ["on" if each and each.logit > 0 else "off" for each in maps]
    return _row(f"Bit {bit}" + (f" “{name}”" if name else ""), maps, states)


def _row(title: str, maps: Sequence[BitMap | None], words: Sequence[str]) -> Row:
    said = (
        f"{word} ({signed(each.logit)})" if each else ""
        for each, word in zip(maps, words, strict=True)
    )
    return Row(title, tuple(maps), tuple(said))
