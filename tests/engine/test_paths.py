from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.paths import Paths


def test_a_home_holds_everything(tmp_path: Path) -> None:
    paths = Paths.resolve(tmp_path)
    for folder in (paths.libraries, paths.models, paths.config, paths.log, paths.thumbnails):
        assert tmp_path in folder.parents


def test_the_environment_names_the_home(home: Path) -> None:
    assert Paths.resolve() == Paths.resolve(home)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("FOODSEARCH_HOME", str(file))
    with pytest.raises(InputError, match="It is not a folder"):
        Paths.resolve()


def test_without_a_home_the_system_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOODSEARCH_HOME")
    assert "FoodSearch" in str(Paths.resolve().data)


def test_the_cache_is_marked_for_backup_programs(tmp_path: Path) -> None:
    paths = Paths.resolve(tmp_path)
    assert paths.thumbnails.parent == paths.cache
    tag = (paths.cache / "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")
