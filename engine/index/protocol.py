"""What every index of codes can do, whatever engine is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.codes import CodeArray, IdArray, num_bytes

DistanceArray: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True)
class SearchResult:
    """What was found for a batch of queries; the fields run parallel, one entry a query.

    Attributes:
        ids: Photo ids, nearest first, equal distances by ascending id; one array a query.
        distances: Their Hamming distances.
        truncated: Whether more photos lie within the radius than the limit let through.
    """

    ids: tuple[IdArray, ...]
    distances: tuple[DistanceArray, ...]
    truncated: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.ids)


class CodeIndex(Protocol):
    """Exact ids and Hamming distances; nearest first, equal distances by ascending id.

    ``allow`` restricts a search to these ids; ids that the index does not hold are ignored.
    """

    num_bits: int

    def __len__(self) -> int: ...

    def add(self, ids: IdArray, codes: CodeArray) -> None:
        """Store codes; an id that is present gets the new code, of equal ids the last one counts.

        Args:
            ids: Shape (n,).
            codes: Packed codes, shape (n, ceil(num_bits / 8)).
        """

    def remove(self, ids: IdArray) -> int:
        """Forget ids and return how many of them were present."""

    def search(self, codes: CodeArray, k: int, *, allow: IdArray | None = None) -> SearchResult:
        """Return the ``k`` nearest of each query, or all where there are fewer.

        Args:
            codes: Queries, shape (n, ceil(num_bits / 8)).
            k: At least 1.
            allow: The only ids that may be found.
        """

    def search_radius(
        self, codes: CodeArray, radius: int, *, limit: int, allow: IdArray | None = None
    ) -> SearchResult:
        """Return what lies at most ``radius`` bits away, the nearest ``limit`` of it.

        Args:
            codes: Queries, shape (n, ceil(num_bits / 8)).
            radius: Inclusive; 0 finds equal codes.
            limit: At least 1; ``truncated`` tells where it cut.
            allow: The only ids that may be found.
        """

    def close(self) -> None:
        """Give back threads, files and connections."""


def check_codes(codes: CodeArray, num_bits: int) -> CodeArray:
    """Return ``codes`` as a contiguous array after checking that they are codes of ``num_bits``.

    Raises:
        ValueError: Wrong shape or type, or a set bit behind the last one, which would count
            as a disagreement.
    """
    width = num_bytes(num_bits)
    if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != width:
        raise ValueError(
            f"codes of {num_bits} bits must be uint8 of shape (n, {width}), "
            f"not {codes.dtype} of shape {codes.shape}"
        )
    padding = (1 << (8 * width - num_bits)) - 1
    if padding and bool((codes[:, -1] & padding).any()):
        raise ValueError(f"codes of {num_bits} bits must end in {8 * width - num_bits} zero bits")
    return np.ascontiguousarray(codes)
