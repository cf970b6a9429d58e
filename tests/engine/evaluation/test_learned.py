from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from engine.errors import InputError
from engine.evaluation.learned import read_learned_codes

CODES = np.arange(6, dtype=np.uint8).reshape(3, 2)


def test_the_codes_of_a_run_are_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "learned_codes.safetensors"
    names = ["pie/1.jpg", "汤/2.jpg", "c.jpg"]
    safetensors.numpy.save_file({"codes": CODES}, path, {"names": json.dumps(names)})
    found = read_learned_codes(path)
    assert {name: code.tolist() for name, code in found.items()} == dict(
        zip(names, CODES.tolist(), strict=True)
    )


@pytest.mark.parametrize(
    ("tensors", "metadata"),
    [
        ({"other": CODES}, {"names": '["a", "b", "c"]'}),
        ({"codes": CODES}, None),
        ({"codes": CODES}, {"names": '["a", "b"]'}),
        ({"codes": CODES}, {"names": "a, b, c"}),
        ({"codes": CODES.astype(np.float32)}, {"names": '["a", "b", "c"]'}),
    ],
)
def test_other_tensors_are_refused(
    tmp_path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str] | None
) -> None:
    path = tmp_path / "file.safetensors"
    safetensors.numpy.save_file(tensors, path, metadata)
    with pytest.raises(InputError, match="holds no learned codes"):
        read_learned_codes(path)


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x04pickle"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError, match="holds no learned codes"):
        read_learned_codes(tmp_path / "file")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="cannot be used"):
            read_learned_codes(path)
