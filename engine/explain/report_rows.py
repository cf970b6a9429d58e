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


def row_of_bit(
    found: Sequence[Explanation | None],
    bit: int,
    names: Sequence[str | None],
    *,
    turned: bool = False,
) -> Row:
    """Return the maps of a bit, whether it is on, and in which matches it differs.

    Args:
        found: What the model saw in the query and in each match; None where it cannot be read.
        bit: The bit.
        names: Of the bits; empty if none has one.
        turned: Whether the query was searched for with the bit the other way round.
    """
    maps = [
        next(each for each in explanation.maps if each.bit == bit) if explanation else None
        for explanation in found
    ]
    assert maps[0] is not None
    states = ["on" if each and each.logit > 0 else "off" for each in maps]
    wanted = (maps[0].logit > 0) != turned
    for place, each in enumerate(maps[1:], start=1):
        if each and (each.logit > 0) != wanted:
            states[place] = f"≠ {states[place]}"
    return _row(f"Bit {_title(bit, names)}", maps, states)


def say_agreements(
    found: Sequence[Explanation | None],
    hits: Sequence[Hit],
    names: Sequence[str | None],
    count: int,
    flips: Collection[int] = (),
    ignore: Collection[int] = (),
) -> tuple[str, ...]:
    """Return in which bits each match agrees most surely with the query.

    A bit is as sure as the less sure of the two photos is of it.

    Args:
        found: What the model saw in the query and in each match; None where it cannot be read.
        hits: The matches.
        names: Of the bits; empty if none has one.
        count: How many bits are named at most.
        flips: Bits that the query was searched for the other way round.
        ignore: Bits that did not count.
    """
    asked = found[0]
    assert asked is not None
    logits = np.where(np.isin(np.arange(len(asked.logits)), list(flips)), -1, 1) * asked.logits
    told = []
    for hit, match in zip(hits, found[1:], strict=True):
        if match is None:
            continue
        sure = np.minimum(np.abs(logits), np.abs(match.logits))
        agree = (logits > 0) == (match.logits > 0)
        surest = [int(bit) for bit in np.argsort(-sure, kind="stable") if agree[bit]]
        bits = [_title(bit, names) for bit in surest if bit not in ignore][:count]
        if bits:
            told.append(f"Match {hit.rank} agrees most surely in bits {', '.join(bits)}.")
    return tuple(told)


def _title(bit: int, names: Sequence[str | None]) -> str:
    name = names[bit] if bit < len(names) else None
    return f"{bit} “{name}”" if name else str(bit)


def _row(title: str, maps: Sequence[BitMap | None], words: Sequence[str]) -> Row:
    said = (
        f"{word} ({signed(each.logit)})" if each else ""
        for each, word in zip(maps, words, strict=True)
    )
    return Row(title, tuple(maps), tuple(said))
