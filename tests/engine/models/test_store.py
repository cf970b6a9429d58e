from __future__ import annotations

import dataclasses
import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import EngineError, InputError, ModelError
from engine.models.bundle import read_manifest, verify_bundle
from engine.models.store import ModelStore
from engine.models.trash import KEEP_SECONDS
from engine.paths import Paths
from tests.engine.models.conftest import make_bundle, make_zip, members_of


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A store with one bundled model."""
    make_bundle(tmp_path / "bundled" / "starter-64.fsmodel", id="starter-64", name="Starter")
    return ModelStore(Paths.resolve(), bundled=tmp_path / "bundled")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "download.fsmodel")


def code_of(error: pytest.ExceptionInfo[EngineError]) -> str:
    return error.value.code


def test_the_bundled_model_is_the_default(store: ModelStore) -> None:
    (model,) = store.list()
    assert (model.id, model.bundled, model.is_default) == ("starter-64", True, True)
    assert store.get() == model
    assert model.size == model.path.stat().st_size


def test_importing_installs_a_folder(store: ModelStore, file: Path) -> None:
    model = store.import_file(file)
    assert (model.id, model.name, model.num_bits) == ("dishes-8", "Dishes, 8 bits", 8)
    assert not model.bundled
    assert not model.is_default
    assert model.path.is_dir()
    assert model.key == read_manifest(file).key
    assert verify_bundle(model.path) == model.manifest
    assert [listed.id for listed in store.list()] == ["starter-64", "dishes-8"]


def test_importing_a_folder(store: ModelStore, tmp_path: Path) -> None:
    assert store.import_file(make_bundle(tmp_path / "any name")).id == "dishes-8"


def test_ids_are_unique(store: ModelStore, file: Path, tmp_path: Path) -> None:
    store.import_file(file)
    clash = make_bundle(tmp_path / "x.fsmodel", id="starter-64")
    for path in (file, clash):
        with pytest.raises(ModelError) as error:
            store.import_file(path)
        assert code_of(error) == "FS-609"
    copy = store.import_file(file, id="dishes-8-2")
    assert copy.manifest == dataclasses.replace(store.get("dishes-8").manifest, id="dishes-8-2")
    with pytest.raises(InputError, match="no id"):
        store.import_file(file, id="../x")


def test_another_process_may_be_faster(
    store: ModelStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_require_free", lambda id: make_bundle(Paths.resolve().models / id))
    with pytest.raises(ModelError) as error:
        store.import_file(file)
    assert code_of(error) == "FS-609"
    assert [path.name for path in Paths.resolve().models.iterdir()] == ["dishes-8"]


def test_a_full_disk_leaves_nothing_behind(
    store: ModelStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="The disk is full"):
        store.import_file(file)
    assert list(Paths.resolve().models.iterdir()) == []


def test_exporting_and_importing_again(store: ModelStore, file: Path, tmp_path: Path) -> None:
    model = store.import_file(file)
    store.export(model.id, tmp_path / "out" / "copy.fsmodel")
    store.export(model.id, tmp_path / "out" / "folder")
    store.remove(model.id)
    assert store.import_file(tmp_path / "out" / "copy.fsmodel").key == model.key
    assert verify_bundle(tmp_path / "out" / "folder") == model.manifest


def test_exporting_a_bundled_model(store: ModelStore, tmp_path: Path) -> None:
    store.export("starter-64", tmp_path / "copy.fsmodel")
    assert verify_bundle(tmp_path / "copy.fsmodel") == store.get().manifest


def test_export_says_what_is_wrong_with_the_target(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"copy\.fsmodel"):
        store.export("starter-64", tmp_path / "copy.zip")
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(InputError, match="taken"):
        store.export("starter-64", tmp_path / "taken" / "copy.fsmodel")
    assert (tmp_path / "taken").read_text() == "mine"


def test_removing_can_be_undone(store: ModelStore, file: Path) -> None:
    model = store.import_file(file)
    store.remove(model.id)
    assert [listed.id for listed in store.list()] == ["starter-64"]
    store.restore(model.id)
    assert store.get(model.id) == model
    store.remove(model.id)
    store.import_file(file)
    with pytest.raises(ModelError) as error:
        store.restore(model.id)
    assert code_of(error) == "FS-609"
    store.remove(model.id)  # the older removal gives way
    store.restore(model.id)


def test_a_damaged_model_can_be_removed(store: ModelStore, file: Path) -> None:
    store.import_file(file, id="mine")
    manifest = Paths.resolve().models / "mine" / "manifest.json"
    manifest.write_text("{")
    assert [path.name for path, _ in store.broken()] == ["mine"]
    store.remove("mine")
    assert store.broken() == []
    assert store.is_free("mine")


def test_what_was_removed_long_ago_is_forgotten(store: ModelStore, file: Path) -> None:
    for id in ("old", "new"):
        store.import_file(file, id=id)
    store.remove("old")
    trash = Paths.resolve().models / ".trash"
    past = time.time() - KEEP_SECONDS - 1
    os.utime(trash / "old", (past, past))
    unfinished = Paths.resolve().models / ".incoming-abc"
    unfinished.mkdir()
    os.utime(unfinished, (past, past))
    store.remove("new")
    assert [path.name for path in trash.iterdir()] == ["new"]
    assert not unfinished.exists()
    with pytest.raises(InputError, match="old"):
        store.restore("old")


def test_bundled_models_stay(store: ModelStore) -> None:
    for change in (lambda: store.remove("starter-64"), lambda: store.rename("starter-64", "Mine")):
        with pytest.raises(ModelError) as error:
            change()
        assert code_of(error) == "FS-610"
    assert store.get("starter-64").name == "Starter"


def test_renaming_keeps_id_and_codes(store: ModelStore, file: Path) -> None:
    before = store.import_file(file)
    store.rename(before.id, "  Mes plats  ")
    after = store.get(before.id)
    assert (after.name, after.key) == ("Mes plats", before.key)
    verify_bundle(after.path)
    for name in ("", "   ", "a\nb", "x" * 201):
        with pytest.raises(InputError) as error:
            store.rename(before.id, name)
        assert code_of(error) == "FS-002"
    assert store.get(before.id).name == "Mes plats"


def test_the_default_can_be_chosen(store: ModelStore, file: Path) -> None:
    store.import_file(file)
    store.set_default("dishes-8")
    assert store.get().id == store.default_id == "dishes-8"
    assert [model.is_default for model in store.list()] == [False, True]
    store.remove("dishes-8")
    assert store.get().id == "starter-64"
    with pytest.raises(InputError):
        store.set_default("gone")


def test_a_lost_choice_is_no_harm(store: ModelStore) -> None:
    Paths.resolve().models.mkdir(parents=True)
    (Paths.resolve().models / "default.json").write_text("{")
    assert store.get().id == "starter-64"


def test_unknown_models_name_the_known(store: ModelStore, file: Path, tmp_path: Path) -> None:
    for call in (store.get, store.remove, lambda id: store.export(id, tmp_path / "x")):
        with pytest.raises(InputError, match="starter-64") as error:
            call("nothing")
        assert code_of(error) == "FS-001"
    with pytest.raises(InputError, match="no model named"):
        ModelStore(Paths.resolve(), bundled=tmp_path / "empty").get()


def test_broken_models_are_listed_apart(store: ModelStore, file: Path, tmp_path: Path) -> None:
    models = Paths.resolve().models
    store.import_file(file)
    store.import_file(file, id="torn")
    (models / "torn" / "manifest.json").write_bytes(b"{")
    os.rename(store.import_file(file, id="moved").path, models / "elsewhere")
    (models / "empty").mkdir()
    (models / "notes.txt").write_text("not a model")
    assert [model.id for model in store.list()] == ["starter-64", "dishes-8"]
    broken = {path.name: message.code for path, message in store.broken()}
    assert broken == {"torn": "FS-601", "elsewhere": "FS-602", "empty": "FS-601"}


def test_nothing_here_loads_torch(tmp_path: Path) -> None:
    program = (
        "import sys; from engine.models.store import ModelStore; from engine.paths import Paths; "
        "store = ModelStore(Paths.resolve()); store.export(store.get().id, "
        f"__import__('pathlib').Path({str(tmp_path / 'x.fsmodel')!r})); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_starter_is_what_it_says() -> None:
    store = ModelStore(Paths.resolve())
    starter = store.get("starter-64")
    assert store.broken() == []
    assert (starter.id, starter.num_bits, starter.manifest.method) == ("starter-64", 64, "itq")
    assert verify_bundle(starter.path) == starter.manifest
    assert starter.size < 8_000_000
    assert starter.manifest.classes == ()
    for word in ("Apache-2.0", "No picture is contained"):
        assert word in starter.manifest.licence
    assert "fair use" in starter.manifest.data_licence
    assert "4,900 photos" in starter.manifest.description
    assert "does not know dishes" in starter.manifest.limits
    assert starter.key == "starter-64-6cbfd87e2a44"  # libraries are indexed under it
    assert "query photos" in starter.manifest.metrics["food10"]["split"]
    assert starter.manifest.metrics["food10"]["ratio_map"] >= 0.95


def test_a_zip_of_another_name_is_imported(store: ModelStore, file: Path, tmp_path: Path) -> None:
    assert store.import_file(make_zip(tmp_path / "download (1).zip", members_of(file))).id


def test_a_copy_is_a_model_of_its_own(store: ModelStore, file: Path) -> None:
    source = store.import_file(file)
    copy = store.duplicate(source.id, " Mes plats ")
    assert (copy.id, copy.name, copy.bundled) == ("mes-plats", "Mes plats", False)
    assert copy.manifest == dataclasses.replace(source.manifest, id=copy.id, name=copy.name)
    assert verify_bundle(copy.path) == copy.manifest
    assert copy.key != source.key
    assert store.duplicate("starter-64", "Mes plats").id == "mes-plats-2"
    assert store.duplicate("starter-64", "料理").id == "starter-64-2"
    store.rename("starter-64-2", "Mine")  # of a bundled model one may change a copy
    for name in ("", "a\nb", "x" * 201):
        with pytest.raises(InputError) as error:
            store.duplicate(source.id, name)
        assert code_of(error) == "FS-002"
    with pytest.raises(InputError, match="no model named"):
        store.duplicate("nothing", "Name")


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """A folder of bundled models, as a later version may bring them."""
    folder = tmp_path / "several"
    for id in ("attributes-8", "dishes-8", "dishes-4", "starter-64"):
        make_bundle(folder / f"{id}.fsmodel", id=id, name=id.capitalize())
    (folder / "default.json").write_text('{"id": "dishes-8"}')
    return folder


def test_one_of_several_bundled_models_is_the_default_and_comes_first(several: Path) -> None:
    store = ModelStore(Paths.resolve(), several)
    assert [m.id for m in store.list()] == ["dishes-8", "attributes-8", "dishes-4", "starter-64"]
    assert (store.get().id, store.bundled_id, store.chosen_id) == ("dishes-8", "dishes-8", None)


def test_a_choice_outlives_a_new_bundled_default(
    store: ModelStore, several: Path, file: Path
) -> None:
    store.import_file(file, id="mine")
    store.set_default("starter-64")
    later = ModelStore(Paths.resolve(), several)
    assert (later.get().id, later.chosen_id) == ("starter-64", "starter-64")
    later.set_default("mine")
    later.remove("mine")
    assert (later.get().id, later.chosen_id) == ("dishes-8", None)


@pytest.mark.parametrize("note", ['{"id": "gone"}', "{", '{"id": 7}', "[]", None])
def test_a_lost_note_on_the_bundled_default_is_no_harm(several: Path, note: str | None) -> None:
    (several / "default.json").unlink()
    if note is not None:
        (several / "default.json").write_text(note)
    assert ModelStore(Paths.resolve(), several).get().id == "attributes-8"
