from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from engine.models.tensors import read_shapes


def shapes_of(content: bytes) -> dict[str, tuple[int, ...]]:
    return read_shapes(io.BytesIO(content), len(content))


def with_header(header: Any, data: bytes = bytes(16)) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16], **changes}


@given(
    st.dictionaries(
        st.text("abc.", min_size=1, max_size=6),
        st.tuples(
            st.lists(st.integers(0, 3), max_size=3),
            st.sampled_from(["f2", "f4", "f8", "i8", "u1", "?"]),
        ),
        max_size=5,
    )
)
def test_reads_what_safetensors_writes(entries: dict[str, tuple[list[int], str]]) -> None:
    tensors = {name: np.zeros(shape, dtype) for name, (shape, dtype) in entries.items()}
    found = shapes_of(safetensors.numpy.save(tensors))
    assert found == {name: tensor.shape for name, tensor in tensors.items()}


def test_accepts_metadata() -> None:
    assert shapes_of(with_header({"__metadata__": {"format": "pt"}, "w": entry()})) == {"w": (2, 2)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(8),
        b"\xff" * 8 + b"{}",
        (10).to_bytes(8, "little") + b"{}",
        with_header([]),
        with_header({"w": entry(dtype="OBJECT")}),
        with_header({"w": entry(shape=[2, 3])}),
        with_header({"w": entry(shape=[-2, -2])}),
        with_header({"w": entry(shape=[2.0, 2])}),
        with_header({"w": entry(shape=[2**62, 2**62])}),
        with_header({"w": entry(data_offsets=[0, 17])}),
        with_header({"w": entry(data_offsets=[-16, 0])}),
        with_header({"w": entry(data_offsets=[16, 32])}),
        with_header({"w": entry(data_offsets=[0])}),
        with_header({"w": 1}),
        with_header({"w": {"dtype": "F32"}}),
        with_header({"v": entry(), "w": entry()}),  # overlapping
        with_header({"w": entry()}, bytes(17)),
        with_header({"w": entry()}, bytes(15)),
    ],
)
def test_refuses_everything_else(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        shapes_of(content)
