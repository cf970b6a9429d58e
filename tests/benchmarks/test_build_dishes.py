from __future__ import annotations

import csv
import importlib
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def build_dishes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    return importlib.import_module("build_dishes")


def test_a_query_of_one_collection_is_not_trained_on_as_a_photo_of_another(
    build_dishes: ModuleType, tmp_path: Path
) -> None:
    rows = {
        "food64": ["pie/1.jpg,pie,query", "pie/2.jpg,pie,database", "pie/3.jpg,pie,train"],
        "food10": ["pie/2.jpg,pie,query", "pie/1.jpg,pie,train", "pie/4.jpg,pie,train"],
        "thai10": ["pie/1.jpg,pie,train", "pie/5.jpg,pie,database"],  # of another origin
    }
    for name, lines in rows.items():
        (tmp_path / name).mkdir()
        lines = [f"{name}/{line}" for line in lines]
        (tmp_path / name / "splits.csv").write_text("\n".join(["path,label,split", *lines]))
    build_dishes.write_split(tmp_path / "out.csv", ["food64", "thai10"], tmp_path)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = [(row["path"], row["split"]) for row in csv.DictReader(file)]
    trained = [path for path, split in found if split == "train"]
    assert trained == ["food64/pie/3.jpg", "thai10/pie/1.jpg", "thai10/pie/5.jpg"]
    assert sum(split == "query" for _, split in found) == 2


def test_every_stage_is_a_training_that_can_be_asked_for(build_dishes: ModuleType) -> None:
    stages = build_dishes.read_stages(build_dishes.STAGES)
    for name, stage in stages.items():
        config = build_dishes.TrainConfig.from_dict(stage["settings"])
        assert config.num_bits > 0
        assert stage.get("from", name) in stages
        assert set(stage["collections"]) <= set(build_dishes.COLLECTIONS)


def test_a_stage_whose_settings_changed_does_not_go_on_with_the_old_ones(
    build_dishes: ModuleType, tmp_path: Path
) -> None:
    for name in build_dishes.COLLECTIONS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "splits.csv").write_text("path,label,split\n")
    paths = build_dishes.Paths.resolve(tmp_path / "work")
    stage = build_dishes.read_stages(build_dishes.STAGES)["dishes-first"]
    begun = build_dishes.open_run(stage, tmp_path, paths)
    assert build_dishes.open_run(stage, tmp_path, paths).path == begun.path
    longer = {**stage, "settings": {**stage["settings"], "epochs": 99}}
    with pytest.raises(SystemExit, match="dishes-first had other settings"):
        build_dishes.open_run(longer, tmp_path, paths)
