from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.models.bundle import read_manifest, verify_bundle
from engine.models.store import ModelStore
from engine.paths import Paths
from tests.engine.models.conftest import make_bundle


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    """A model that comes with the program, one bit of it named by its makers."""
    folder = tmp_path / "bundled"
    make_bundle(folder / "dishes-8.fsmodel")
    return folder


@pytest.fixture
def store(bundled: Path) -> ModelStore:
    return ModelStore(Paths.resolve(), bundled)


def names_of(store: ModelStore, id: str) -> dict[int, str]:
    names = store.get(id).manifest.bit_names
    return {bit: name for bit, name in enumerate(names) if name}


def test_the_name_of_a_bit_is_kept_in_the_manifest(store: ModelStore, tmp_path: Path) -> None:
    file = make_bundle(tmp_path / "mine.fsmodel", id="mine-8", bit_names=())
    before = store.import_file(file)
    store.name_bit("mine-8", 3, "  fried ")
    store.name_bit("mine-8", 0, "crème")
    assert names_of(store, "mine-8") == {0: "crème", 3: "fried"}
    after = store.get("mine-8")
    assert after.key == before.key
    assert verify_bundle(after.path) == after.manifest
    store.name_bit("mine-8", 3, None)
    store.name_bit("mine-8", 0, " ")
    assert store.get("mine-8").manifest.bit_names == ()


def test_bits_of_a_bundled_model_are_named_without_touching_the_program(
    store: ModelStore, bundled: Path
) -> None:
    before = (bundled / "dishes-8.fsmodel").read_bytes()
    store.name_bit("dishes-8", 6, "noodles")
    assert names_of(store, "dishes-8") == {1: "round", 6: "noodles"}
    assert names_of(ModelStore(Paths.resolve(), bundled), "dishes-8") == {1: "round", 6: "noodles"}
    assert (bundled / "dishes-8.fsmodel").read_bytes() == before
    store.name_bit("dishes-8", 1, None)
    store.name_bit("dishes-8", 6, None)
    assert names_of(store, "dishes-8") == {}, "the makers' name was taken away as well"


def test_names_go_along_with_a_copy_and_an_export(store: ModelStore, tmp_path: Path) -> None:
    store.name_bit("dishes-8", 6, "noodles")
    copy = store.duplicate("dishes-8", "Mine")
    assert copy.manifest.bit_names[6] == "noodles"
    store.name_bit(copy.id, 6, "pasta")
    assert names_of(store, "dishes-8")[6] == "noodles"
    store.export("dishes-8", tmp_path / "out.fsmodel")
    assert read_manifest(tmp_path / "out.fsmodel").bit_names[6] == "noodles"


def test_an_update_with_other_weights_has_bits_of_its_own(store: ModelStore, bundled: Path) -> None:
    store.name_bit("dishes-8", 6, "noodles")
    values = {"hash_layer.weight": [[1.0]] * 8, "hash_layer.bias": [0.0] * 8}
    make_bundle(bundled / "dishes-8.fsmodel", values)
    assert names_of(store, "dishes-8") == {1: "round"}


@pytest.mark.parametrize("name", ["a\nb", "x" * 201])
def test_impossible_names_and_bits_are_refused(store: ModelStore, name: str) -> None:
    for bit, text in ((0, name), (8, "fine"), (-1, "fine")):
        with pytest.raises(InputError) as error:
            store.name_bit("dishes-8", bit, text)
        assert error.value.code == "FS-002"
    assert names_of(store, "dishes-8") == {1: "round"}


@pytest.mark.parametrize("text", ["", "[]", '{"KEY": 3}', '{"KEY": [1]}', '{"KEY": ["a"]}'])
def test_a_damaged_file_of_names_costs_the_names_alone(store: ModelStore, text: str) -> None:
    store.name_bit("dishes-8", 6, "noodles")
    file = Paths.resolve().models / "bit-names.json"
    file.write_text(text.replace("KEY", store.get("dishes-8").key))
    assert names_of(store, "dishes-8") == {1: "round"}
    store.name_bit("dishes-8", 6, "noodles")
    assert names_of(store, "dishes-8")[6] == "noodles"


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root may write anywhere")
def test_a_disk_that_refuses_is_told(store: ModelStore) -> None:
    folder = Paths.resolve().models
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    with pytest.raises(InputError):
        store.name_bit("dishes-8", 6, "noodles")
    folder.chmod(0o700)
