from __future__ import annotations

import dataclasses
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelError
from engine.models.bundle import (
    copy_bundle,
    load_tensors,
    read_manifest,
    read_report,
    verify_bundle,
    write_bundle,
)
from tests.engine.models.conftest import MANIFEST, TENSORS, make_bundle, members_of

FORMS = pytest.mark.parametrize("form", ["dishes-8.fsmodel", "dishes-8"])


@FORMS
def test_comes_back_as_written(tmp_path: Path, form: str) -> None:
    path = make_bundle(tmp_path / form)
    manifest = verify_bundle(path)
    assert dataclasses.replace(manifest, files={}) == MANIFEST
    assert read_manifest(path) == manifest
    assert read_report(path) == {"epochs": [1, 2, 3]}
    tensors = load_tensors(path)
    assert set(tensors) == set(TENSORS)
    for name, expected in TENSORS.items():
        np.testing.assert_array_equal(tensors[name], expected)


@FORMS
def test_half_precision_comes_back_as_single(tmp_path: Path, form: str) -> None:
    tensors = load_tensors(make_bundle(tmp_path / form))
    assert tensors["hash_layer.weight"].dtype == np.float32
    assert tensors["seen"].dtype == np.int64


def test_a_file_is_a_plain_zip_of_three(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "m.fsmodel")
    with zipfile.ZipFile(path) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    members = members_of(path)
    assert set(members) == {"manifest.json", "model.safetensors", "report.json"}
    digest = hashlib.sha256(members["model.safetensors"]).hexdigest()
    assert read_manifest(path).files["model.safetensors"] == digest


def test_equal_content_gives_an_equal_file(tmp_path: Path) -> None:
    first, second = make_bundle(tmp_path / "a.fsmodel"), make_bundle(tmp_path / "b.fsmodel")
    assert first.read_bytes() == second.read_bytes()


def test_the_key_changes_with_the_weights_only(tmp_path: Path) -> None:
    first = make_bundle(tmp_path / "a.fsmodel")
    renamed = make_bundle(tmp_path / "b.fsmodel", name="Other")
    other = {**TENSORS, "hash_layer.bias": np.zeros(8, np.float32)}
    retrained = make_bundle(tmp_path / "c.fsmodel", other)
    assert read_manifest(first).key == read_manifest(renamed).key
    assert read_manifest(first).key != read_manifest(retrained).key


@pytest.mark.parametrize("source", ["m.fsmodel", "m"])
@pytest.mark.parametrize("target", ["n.fsmodel", "n"])
def test_copies_between_forms(tmp_path: Path, source: str, target: str) -> None:
    original = make_bundle(tmp_path / source)
    copied = copy_bundle(original, tmp_path / "deep" / target, id="other")
    assert copied.id == "other"
    assert verify_bundle(tmp_path / "deep" / target) == copied
    assert copied.files == read_manifest(original).files


def test_writing_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(ModelError):  # nine bits declared, eight written
        write_bundle(
            tmp_path / "m", dataclasses.replace(MANIFEST, num_bits=9, bit_names=()), TENSORS, {}
        )
    assert list(tmp_path.iterdir()) == []


def test_reading_the_manifest_reads_no_weights(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "m")
    weights = path / "model.safetensors"
    weights.write_bytes(bytes(weights.stat().st_size))
    assert read_manifest(path).id == "dishes-8"
    with pytest.raises(ModelError):
        verify_bundle(path)
