"""What the user asks of the bits of a search, beyond the photo itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Wish(StrEnum):
    """What is asked of a single bit."""

    ON = "on"  # only photos that have it
    OFF = "off"  # only photos that do not have it
    IGNORE = "ignore"  # it counts in no distance
    FLIP = "flip"  # as if the query had the other value


@dataclass(frozen=True)
class Steering:
    """All wishes that are in force for a query.

    Attributes:
        model_key: Whose bits are meant; those of another model stand for other things.
        bits: Bits with a wish, ascending.
        margins: Whether the bits the model is sure of count more.
        judged: Photos that the order was taught with, ascending, and whether they are matches.
    """

    model_key: str = ""
    bits: tuple[tuple[int, Wish], ...] = ()
    margins: bool = False
    judged: tuple[tuple[int, bool], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.bits or self.margins or self.judged)

    def __len__(self) -> int:
        return len(self.bits) + self.margins + bool(self.judged)

    def wish(self, bit: int) -> Wish | None:
        """Return what is asked of a bit, None for nothing."""
        return dict(self.bits).get(bit)

    def with_wish(self, bit: int, wish: Wish | None) -> Steering:
        """Return the same with another wish for a bit, or without one."""
        wishes = dict(self.bits)
        wishes.pop(bit, None)
        if wish is not None:
            wishes[bit] = wish
        return replace(self, bits=tuple(sorted(wishes.items())))

    def with_judgements(self, judgements: Mapping[int, bool]) -> Steering:
        """Return the same with an order that is taught by these judgements; none for no order."""
        return replace(self, judged=tuple(sorted(judgements.items())))

    @property
    def require(self) -> dict[int, int]:
        """The values that bits of the found photos must have."""
        values = {Wish.ON: 1, Wish.OFF: 0}
        return {bit: values[wish] for bit, wish in self.bits if wish in values}

    @property
    def ignored(self) -> frozenset[int]:
        """The bits that do not count."""
        return frozenset(bit for bit, wish in self.bits if wish is Wish.IGNORE)

    @property
    def flipped(self) -> frozenset[int]:
        """The bits that are searched for the other way round."""
        return frozenset(bit for bit, wish in self.bits if wish is Wish.FLIP)

    def for_any_photo(self) -> Steering:
        """Return what is not about one photo: to turn a bit round, or a judgement, is."""
        kept = tuple((bit, wish) for bit, wish in self.bits if wish is not Wish.FLIP)
        return replace(self, bits=kept, judged=())

    def for_model(self, model_key: str) -> Steering:
        """Return what still means something with a model."""
        return replace(
            self, model_key=model_key, bits=self.bits if self.model_key == model_key else ()
        )
