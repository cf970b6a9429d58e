"""Which kernel is chosen, and that both answer row for row alike."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from engine.errors import InputError
from engine.index.kernels import FaissKernel, NumpyKernel, create_kernel
from engine.index.scan import Scan
from tests.engine.index.backends import draw_codes


@pytest.fixture
def no_faiss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)  # importing it raises ImportError


def test_auto_takes_faiss_where_it_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert create_kernel("auto").name == "faiss"


def test_auto_takes_numpy_on_macos_before_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert create_kernel("auto").name == "numpy"


@pytest.mark.usefixtures("no_faiss")
def test_auto_falls_back_to_numpy_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with caplog.at_level(logging.WARNING):
        assert create_kernel("auto").name == "numpy"
    assert "Searching with NumPy" in caplog.text


@pytest.mark.usefixtures("no_faiss")
def test_an_explicit_wish_for_faiss_is_not_replaced() -> None:
    with pytest.raises(InputError) as caught:
        create_kernel("faiss")
    assert caught.value.code == "FS-002"


def test_an_unknown_kernel_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="auto, faiss, numpy"):
        create_kernel("fiass")


def test_the_module_loads_without_faiss_and_torch() -> None:
    program = (
        "import sys, engine.index.flat;print({'faiss', 'torch', 'PySide6'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize("kind", ["random", "clustered", "duplicates", "equal"])
@pytest.mark.parametrize("live_share", [None, 0.0, 0.02, 0.9])
def test_faiss_and_numpy_agree_row_for_row(kind: str, live_share: float | None) -> None:
    # Larger than FAISS's own blocks, so that ties cross their borders.
    rng = np.random.default_rng(0)
    block = draw_codes(rng, 70_000, 64, kind)
    block.flags.writeable = False
    queries = draw_codes(rng, 3, 64, kind)
    live = None if live_share is None else rng.random(len(block)) < live_share
    for k in (1, 100, 1000):
        pair = [
            kernel.nearest(queries, block, k, live) for kernel in (FaissKernel(), NumpyKernel())
        ]
        check_equal(*pair)
    for radius in (0, 16, 22):
        pair = [
            kernel.within(queries, block, radius, live) for kernel in (FaissKernel(), NumpyKernel())
        ]
        check_equal(*pair)


def check_equal(first: Any, second: Any) -> None:
    for (distances, rows), (other_distances, other_rows) in zip(first, second, strict=True):
        assert np.array_equal(distances, other_distances)
        assert np.array_equal(rows, other_rows)


def test_faiss_gets_one_thread_and_the_caller_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import faiss

    seen = []

    def spy_on(call: Any) -> Any:
        def spy(*args: Any) -> Any:
            seen.append(faiss.omp_get_max_threads())
            return call(*args)

        return spy

    for name in ("hammings_knn_hc", "hamming_range_search"):
        monkeypatch.setattr(faiss, name, spy_on(getattr(faiss, name)))
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(5)
    try:
        query, block = np.zeros((1, 8), np.uint8), np.zeros((500, 8), np.uint8)
        FaissKernel().nearest(query, block, 1, None)
        FaissKernel().within(query, block, 1, None)
        assert (seen, faiss.omp_get_max_threads()) == ([1, 1], 5)
    finally:
        faiss.omp_set_num_threads(before)


def test_blocks_share_the_rows_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.index.scan.MIN_BLOCK_ROWS", 100)
    monkeypatch.setattr("engine.index.scan.MAX_BLOCK_ROWS", 1000)
    monkeypatch.setattr("engine.index.scan.BLOCKS_A_THREAD", 2)
    scan = Scan(NumpyKernel(), num_threads=2)
    assert scan._starts(0) == [0, 0]
    assert scan._starts(199) == [0, 199]
    assert scan._starts(400) == [0, 100, 200, 300, 400]
    assert scan._starts(2000) == [0, 500, 1000, 1500, 2000]
    assert scan._starts(6000) == [0, 1000, 2000, 3000, 4000, 5000, 6000]
    scan.close()


def test_a_failing_block_is_not_an_empty_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.index.scan.MIN_BLOCK_ROWS", 10)
    kernel = NumpyKernel()
    nearest = kernel.nearest

    def fail_at_the_end(queries: Any, block: Any, k: int, live: Any) -> Any:
        if block[-1, 0] == 1:
            raise MemoryError
        return nearest(queries, block, k, live)

    monkeypatch.setattr(kernel, "nearest", fail_at_the_end)
    block = np.zeros((100, 8), np.uint8)
    block[-1] = 1
    scan = Scan(kernel, num_threads=3)
    with pytest.raises(MemoryError):
        scan.nearest(np.zeros((1, 8), np.uint8), block, 5)
    scan.close()
