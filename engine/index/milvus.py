"""The same protocol over a Milvus server, for libraries that one computer does not hold.

Needs the extra ``milvus``. The search is exact (``BIN_FLAT``); of several photos at the last
distance of a list the server picks as it likes. Tested with Milvus's own C++ core in one process
(milvus-lite 2.5.1); how a cluster behaves under failures has not been tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.codes import CodeArray, IdArray, num_bytes
from engine.errors import InputError
from engine.index.protocol import DistanceArray, SearchResult, check_codes

LONGEST_LIST = 16_384  # the server's limit of one answer
_BATCH = 4096  # rows or ids a request


class MilvusIndex:
    """Codes of one model in one collection, which is made if it does not exist.

    Args:
        uri: Address of the server, or the path of a milvus-lite file.
        collection: Letters, digits and underscores, one name a model.
        num_bits: Length of a code.
        token: ``user:password`` or an API key, if the server wants one.

    Raises:
        InputError: FS-002, the client is not installed.
    """

    def __init__(self, uri: str, collection: str, num_bits: int, *, token: str = "") -> None:
        try:
            import pymilvus
        except ImportError as error:
            raise InputError(
                "FS-002",
                name="milvus",
                reason=f"its client cannot be loaded ({error})",
                advice="Install it with “pip install 'foodsearch[milvus]'”.",
            ) from error
        self.num_bits = num_bits
        self._name = collection
        self._client = pymilvus.MilvusClient(uri, token=token)
        if not self._client.has_collection(collection):
            self._create(pymilvus.DataType)

    def __len__(self) -> int:
        rows = self._client.query(self._name, filter="", output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def add(self, ids: IdArray, codes: CodeArray) -> None:
        """Store codes; see :class:`engine.index.protocol.CodeIndex`."""
        codes = check_codes(codes, self.num_bits)
        if np.shape(ids) != codes.shape[:1]:
            raise ValueError(f"{np.shape(ids)} ids do not belong to {len(codes)} codes")
        # A dictionary keeps the last of equal ids, which one request must not hold twice.
        rows = {int(key): code.tobytes() for key, code in zip(ids, codes, strict=True)}
        for batch in _batches(list(rows)):
            self._client.upsert(self._name, [{"id": key, "code": rows[key]} for key in batch])

    def remove(self, ids: IdArray) -> int:
        """Forget ids and return how many of them were present."""
        removed = 0
        for batch in _batches(np.unique(ids).tolist()):
            present = [row["id"] for row in self._client.get(self._name, batch, ["id"])]
            if present:
                self._client.delete(self._name, ids=present)
            removed += len(present)
        return removed

    def search(self, codes: CodeArray, k: int, *, allow: IdArray | None = None) -> SearchResult:
        """Return the ``k`` nearest; see :class:`engine.index.protocol.CodeIndex`.

        Raises:
            ValueError: ``k`` is larger than the server's limit of 16,384 and than the index.
        """
        queries = check_codes(codes, self.num_bits)
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        if k > LONGEST_LIST:
            k = min(k, len(self))
        if k > LONGEST_LIST:
            raise ValueError(f"Milvus returns at most {LONGEST_LIST} photos, not {k}")
        found = self._search(queries, k, {}, allow)
        return SearchResult(
            ids=tuple(ids for _, ids in found),
            distances=tuple(distances for distances, _ in found),
            truncated=(False,) * len(found),
        )

    def search_radius(
        self, codes: CodeArray, radius: int, *, limit: int, allow: IdArray | None = None
    ) -> SearchResult:
        """Return what lies within ``radius``; see :class:`engine.index.protocol.CodeIndex`.

        A limit above 16,383 is lowered to that; ``truncated`` says where it cut.
        """
        queries = check_codes(codes, self.num_bits)
        if radius < 0 or limit < 1:
            raise ValueError(f"radius {radius} or limit {limit} is too small")
        limit = min(limit, LONGEST_LIST - 1)  # one more is asked for, to know whether it cuts
        # Milvus means "less than radius".
        within = {"radius": radius + 1, "range_filter": 0}
        found = self._search(queries, limit + 1, within, allow)
        return SearchResult(
            ids=tuple(ids[:limit] for _, ids in found),
            distances=tuple(distances[:limit] for distances, _ in found),
            truncated=tuple(len(ids) > limit for _, ids in found),
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _create(self, types: Any) -> None:
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", types.INT64, is_primary=True)
        # Milvus wants whole bytes; the zero bits behind a code's last bit change no distance.
        schema.add_field("code", types.BINARY_VECTOR, dim=8 * num_bytes(self.num_bits))
        index = self._client.prepare_index_params()
        index.add_index(field_name="code", index_type="BIN_FLAT", metric_type="HAMMING")
        # Strong: whoever adds a photo expects to find it at once.
        self._client.create_collection(
            self._name, schema=schema, index_params=index, consistency_level="Strong"
        )

    def _search(
        self, queries: CodeArray, limit: int, within: dict[str, int], allow: IdArray | None
    ) -> list[tuple[DistanceArray, IdArray]]:
        if not len(queries) or (allow is not None and not len(allow)):
            return [(np.empty(0, np.int32), np.empty(0, np.int64))] * len(queries)
        answers = self._client.search(
            self._name,
            data=[query.tobytes() for query in queries],
            limit=limit,
            filter="" if allow is None else f"id in {np.unique(allow).tolist()}",
            search_params={"metric_type": "HAMMING", "params": within},
        )
        return [_ranked(answer) for answer in answers]


def _ranked(answer: Any) -> tuple[DistanceArray, IdArray]:
    ids = np.array([hit["id"] for hit in answer], np.int64)
    distances = np.array([round(hit["distance"]) for hit in answer], np.int32)
    order = np.lexsort((ids, distances))
    return distances[order], ids[order]


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
