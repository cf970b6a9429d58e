"""Every index backend answers like a full sort."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.index.protocol import CodeIndex, SearchResult
from tests.engine.index.backends import BACKENDS, WIDTHS, MakeIndex, draw_codes, full_sort

KINDS = ("random", "clustered", "duplicates", "equal")


class Backend:
    """Makes indexes of one kind, and compares what they answer with the full sort."""

    def __init__(self, name: str, make: MakeIndex) -> None:
        self.make_index = make
        # A server picks among equal distances at the end of its list as it likes.
        self.exact_ties = name != "milvus"
        self._open: list[CodeIndex] = []

    def make(self, num_bits: int, codes: dict[int, bytes] | None = None) -> CodeIndex:
        index = self.make_index(num_bits)
        self._open.append(index)
        if codes:
            index.add(*arrays(codes))
        return index

    def check(self, result: SearchResult, query: int, expected: list[tuple[int, int]]) -> None:
        found = list(zip(result.distances[query].tolist(), result.ids[query].tolist(), strict=True))
        if self.exact_ties:
            assert found == expected
            return
        assert [d for d, _ in found] == [d for d, _ in expected]
        last = found[-1][0] if found else 0
        assert [pair for pair in found if pair[0] < last] == [p for p in expected if p[0] < last]

    def close(self) -> None:
        for index in self._open:
            index.close()


# Making a collection in Milvus takes a second, and every test makes one.
SLOW = {"milvus": [pytest.mark.slow]}


@pytest.fixture(params=[pytest.param(name, marks=SLOW.get(name, [])) for name in BACKENDS])
def backend(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Backend]:
    backend = Backend(request.param, BACKENDS[request.param](monkeypatch, tmp_path))
    yield backend
    backend.close()


def arrays(codes: dict[int, bytes]) -> tuple[Any, Any]:
    ids = np.array(list(codes), np.int64)
    return ids, np.frombuffer(b"".join(codes.values()), np.uint8).reshape(len(codes), -1)


def as_dict(ids: Any, codes: Any) -> dict[int, bytes]:
    return {int(key): code.tobytes() for key, code in zip(ids, codes, strict=True)}


def some_codes(num_bits: int, kind: str, count: int = 300) -> dict[int, bytes]:
    rng = np.random.default_rng(num_bits)
    # Neither ordered nor without gaps.
    ids = rng.choice(10 * count, count, replace=False)
    return as_dict(ids, draw_codes(rng, count, num_bits, kind))


def some_queries(codes: dict[int, bytes], num_bits: int) -> Any:
    rng = np.random.default_rng(1)
    known = np.frombuffer(b"".join(list(codes.values())[:3]), np.uint8).reshape(3, -1)
    return np.concatenate([known, draw_codes(rng, 2, num_bits, "random")])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("num_bits", WIDTHS)
def test_equals_a_full_sort(backend: Backend, num_bits: int, kind: str) -> None:
    codes = some_codes(num_bits, kind)
    index = backend.make(num_bits, codes)
    queries = some_queries(codes, num_bits)
    for k in (1, 10, 299):
        result = index.search(queries, k)
        for row, query in enumerate(queries):
            backend.check(result, row, full_sort(codes, query.tobytes())[:k])
    for radius in (0, num_bits // 4, num_bits):
        result = index.search_radius(queries, radius, limit=1000)
        for row, query in enumerate(queries):
            backend.check(result, row, full_sort(codes, query.tobytes(), radius=radius))
        assert not any(result.truncated)


def test_returns_all_where_k_is_larger_than_the_index(backend: Backend) -> None:
    codes = some_codes(64, "clustered")
    queries = some_queries(codes, 64)
    result = backend.make(64, codes).search(queries, 1000)
    for row, query in enumerate(queries):
        backend.check(result, row, full_sort(codes, query.tobytes()))


def test_an_empty_index_finds_nothing(backend: Backend) -> None:
    index = backend.make(64)
    queries = np.zeros((2, 8), np.uint8)
    for result in (index.search(queries, 5), index.search_radius(queries, 64, limit=5)):
        assert len(index) == 0
        assert [len(ids) for ids in result.ids] == [0, 0]
        assert [len(distances) for distances in result.distances] == [0, 0]
        assert result.truncated == (False, False)


def test_no_query_gets_no_answer(backend: Backend) -> None:
    index = backend.make(64, some_codes(64, "random"))
    assert len(index.search(np.empty((0, 8), np.uint8), 5)) == 0


def test_answers_have_the_types_of_the_protocol(backend: Backend) -> None:
    index = backend.make(16, some_codes(16, "random"))
    query = np.zeros((1, 2), np.uint8)
    for result in (index.search(query, 5), index.search_radius(query, 1, limit=5)):
        assert result.ids[0].dtype == np.int64
        assert result.distances[0].dtype == np.int32


def test_a_limit_keeps_the_nearest_and_says_that_it_cut(backend: Backend) -> None:
    codes = some_codes(64, "duplicates")
    index = backend.make(64, codes)
    query = some_queries(codes, 64)[:1]
    everything = full_sort(codes, query.tobytes())
    assert index.search_radius(query, 64, limit=300).truncated == (False,)
    for limit in (1, 299):
        result = index.search_radius(query, 64, limit=limit)
        backend.check(result, 0, everything[:limit])
        assert result.truncated == (True,)


def test_adding_a_known_id_replaces_its_code(backend: Backend) -> None:
    codes = some_codes(32, "random")
    index = backend.make(32, codes)
    new = as_dict(list(codes)[:120], draw_codes(np.random.default_rng(9), 120, 32, "random"))
    index.add(*arrays(new))
    codes |= new
    assert len(index) == 300
    for query in some_queries(codes, 32):
        backend.check(index.search(query[None], 300), 0, full_sort(codes, query.tobytes()))


def test_of_equal_ids_in_one_call_the_last_counts(backend: Backend) -> None:
    index = backend.make(8)
    index.add(np.array([7, 7, 3, 7]), np.array([[1], [2], [0], [255]], np.uint8))
    result = index.search(np.array([[255]], np.uint8), 5)
    assert len(index) == 2
    assert list(zip(result.ids[0], result.distances[0], strict=True)) == [(7, 0), (3, 8)]


def test_removed_ids_are_gone_until_they_are_added_again(backend: Backend) -> None:
    codes = some_codes(64, "clustered")
    index = backend.make(64, codes)
    gone = {key: codes[key] for key in list(codes)[::3]}
    kept = {key: code for key, code in codes.items() if key not in gone}
    query = some_queries(codes, 64)[:1]
    assert index.remove(np.array([*gone, 10**6])) == len(gone)
    assert index.remove(np.array(list(gone))) == 0
    assert len(index) == len(kept)
    backend.check(index.search(query, 300), 0, full_sort(kept, query.tobytes()))
    backend.check(
        index.search_radius(query, 20, limit=300), 0, full_sort(kept, query.tobytes(), radius=20)
    )
    index.add(*arrays(gone))
    backend.check(index.search(query, 300), 0, full_sort(codes, query.tobytes()))


def test_everything_can_be_removed(backend: Backend) -> None:
    codes = some_codes(64, "random")
    index = backend.make(64, codes)
    assert index.remove(np.array(list(codes))) == 300
    assert len(index) == 0
    assert len(index.search(np.zeros((1, 8), np.uint8), 5).ids[0]) == 0


@pytest.mark.parametrize("count", [0, 1, 2, 40, 300])
def test_allow_restricts_the_search(backend: Backend, count: int) -> None:
    codes = some_codes(64, "duplicates")
    index = backend.make(64, codes)
    gone = list(codes)[5:8]
    index.remove(np.array(gone))
    allowed = list(codes)[:count]
    kept = {key: codes[key] for key in allowed if key not in gone}
    # In no order, an id twice, and ids that the index does not hold.
    allow = np.array([*allowed[::-1], *allowed[:1], -1, 10**6], np.int64)
    query = some_queries(codes, 64)[3:4]
    backend.check(index.search(query, 50, allow=allow), 0, full_sort(kept, query.tobytes())[:50])
    backend.check(
        index.search_radius(query, 30, limit=400, allow=allow),
        0,
        full_sort(kept, query.tobytes(), radius=30),
    )
    nothing = np.empty(0, np.int64)
    assert len(index.search(query, 5, allow=nothing).ids[0]) == 0


def test_a_batch_answers_like_its_queries_one_by_one(backend: Backend) -> None:
    codes = some_codes(48, "clustered")
    index = backend.make(48, codes)
    queries = draw_codes(np.random.default_rng(3), 7, 48, "clustered")
    batch, batch_radius = index.search(queries, 20), index.search_radius(queries, 9, limit=50)
    for row in range(len(queries)):
        one = index.search(queries[row : row + 1], 20)
        one_radius = index.search_radius(queries[row : row + 1], 9, limit=50)
        assert batch.distances[row].tolist() == one.distances[0].tolist()
        assert batch_radius.ids[row].tolist() == one_radius.ids[0].tolist()
        if backend.exact_ties:
            assert batch.ids[row].tolist() == one.ids[0].tolist()


@pytest.mark.parametrize(
    "codes",
    [
        np.zeros((1, 1), np.uint8),
        np.zeros((1, 3), np.uint8),
        np.zeros(2, np.uint8),
        np.zeros((1, 2), np.int64),
        np.array([[0, 1]], np.uint8),  # bit 15 of a code of 12 bits
    ],
)
def test_refuses_what_is_no_code_of_its_width(backend: Backend, codes: Any) -> None:
    index = backend.make(12)
    with pytest.raises(ValueError, match="codes of 12 bits"):
        index.add(np.array([1]), codes)
    with pytest.raises(ValueError, match="codes of 12 bits"):
        index.search(codes, 1)
    with pytest.raises(ValueError, match="codes of 12 bits"):
        index.search_radius(codes, 1, limit=1)


def test_refuses_numbers_that_make_no_sense(backend: Backend) -> None:
    index = backend.make(16)
    query = np.zeros((1, 2), np.uint8)
    with pytest.raises(ValueError, match="k must be at least 1"):
        index.search(query, 0)
    with pytest.raises(ValueError, match="too small"):
        index.search_radius(query, -1, limit=5)
    with pytest.raises(ValueError, match="too small"):
        index.search_radius(query, 1, limit=0)
    with pytest.raises(ValueError, match="do not belong"):
        index.add(np.array([1, 2]), query)
