from __future__ import annotations

import csv
import importlib
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).parents[2]
CLASSES, PHOTOS, QUERIES, TRAIN = ("bibimbap", "pho", "ramen"), 12, 2, 7


@pytest.fixture
def food101(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    monkeypatch.chdir(REPOSITORY)
    return importlib.import_module("food101")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for number, name in enumerate(CLASSES):
        folder = tmp_path / "food" / "images" / name
        folder.mkdir(parents=True)
        for photo in range(PHOTOS):
            pixels = rng.integers(80 * number, 80 * number + 60, (40, 50, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{photo}.jpg")
    return tmp_path / "food"


def call(data: Path, *more: str) -> list[str]:
    work = data.parent / "work"
    words = ["--data", str(data), "--work", str(work), "--out", str(data.parent / "rows.csv")]
    return [*words, "--queries", str(QUERIES), "--train", str(TRAIN), "--threads", "1", *more]


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_split_is_drawn_by_class_once_and_the_same_for_a_seed(
    food101: ModuleType, data: Path
) -> None:
    arguments = food101.parse(call(data))
    counts = food101.make_split(arguments)
    assert counts == {"query": 6, "train": 21, "database": 9}
    first = arguments.split.read_bytes()
    rows = rows_of(arguments.split)
    assert len({row["path"] for row in rows}) == len(rows) == 36
    assert all((data / row["path"]).is_file() for row in rows)
    drawn = Counter((row["label"], row["split"]) for row in rows)
    assert {drawn[name, "query"] for name in CLASSES} == {QUERIES}
    assert {drawn[name, "train"] for name in CLASSES} == {TRAIN}
    food101.make_split(arguments)
    assert arguments.split.read_bytes() == first
    food101.make_split(food101.parse(call(data, "--split-seed", "1")))
    assert arguments.split.read_bytes() != first


def test_folders_that_do_not_suffice_are_refused(food101: ModuleType, data: Path) -> None:
    with pytest.raises(ValueError, match=r"bibimbap has 12 photos, too few"):
        food101.make_split(food101.parse(call(data, "--train", "120")))
    with pytest.raises(ValueError, match=r"images/<class>"):
        food101.make_split(food101.parse(call(data / "images")))


def test_all_methods_share_the_recipe_and_keep_their_own_losses(
    food101: ModuleType, data: Path
) -> None:
    words = (
        "--methods",
        "foodhash:network.head=cls,dpn_vit,dpn,csq,itq",
        "--bits",
        "16",
        "--seeds",
        "0",
    )
    arguments = food101.parse(call(data, *words, "--set", "amp=auto"))
    settings = [job.settings(arguments) for job in food101.plan(arguments, food101.PaperJob)]
    foodhash, baseline, dpn, csq, itq = settings
    shared = ("optimizer", "lr", "backbone_lr_scale", "batch_size", "epochs", "backbone", "amp")
    for other in (baseline, dpn, csq, itq):
        assert {name: other[name] for name in shared} == {name: foodhash[name] for name in shared}
    assert foodhash["backbone"] == "vit_base_patch16_224.orig_in21k"
    assert (foodhash["lr"], foodhash["batch_size"], foodhash["epochs"]) == (1e-5, 128, 150)
    assert foodhash["network"] == {"head": "cls"}
    assert foodhash["criterion"]["target_update"] == "epoch"
    assert (baseline["method"], baseline["network"]["head"]) == ("foodhash", "flatten")
    assert not baseline["network"]["fuse"]
    assert dpn["criterion"]["targets"] == "random"
    assert csq["criterion"]["targets"] == "hadamard"
    assert itq["criterion"] == itq["network"] == {}


def test_weights_are_not_fetched_unasked(
    food101: ModuleType, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
    with pytest.raises(SystemExit, match="vit_base_patch16_224"):
        food101.main(call(data))
    assert not (data.parent / "rows.csv").exists()


def test_names_of_runs_differ_however_long_their_options(food101: ModuleType, data: Path) -> None:
    arguments = food101.parse(call(data))
    methods = importlib.import_module("methods")
    options = "network.head=cls criterion.target_update=off criterion.class_weight=0.2"
    jobs = [methods.Job("foodhash", options, bits, seed) for bits in (16, 64) for seed in (0, 1)]
    assert len({methods.run_name(job, arguments) for job in jobs}) == len(jobs)
    short = methods.Job("dpn", "", 64, 0)
    assert methods.run_name(short, arguments) == "food-dpn-64-s0-e150"


@pytest.mark.slow
def test_a_row_a_run_is_kept_and_not_made_twice(
    food101: ModuleType, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--methods", "foodhash,dpn_vit", "--bits", "16", "--seeds", "0,1", "--epochs", "1")
    tiny = ("--backbone", "test_vit", "--input-size", "64", "--weights", "none")
    food101.main(call(data, *words, *tiny, "--set", "batch_size=8"))
    rows = rows_of(data.parent / "rows.csv")
    assert [(row["method"], row["seed"]) for row in rows] == [
        *(("foodhash", "0"), ("dpn_vit", "0"), ("foodhash", "1"), ("dpn_vit", "1"))
    ]
    assert all(0 < float(row["map"]) <= 1 for row in rows)
    assert "benchmarks/food101.py --data food --backbone test_vit" in rows[0]["command"]
    table = capsys.readouterr().out
    assert "71.6" in table
    assert "72.9" in table
    food101.main(call(data, *words, *tiny, "--set", "batch_size=8"))
    assert rows_of(data.parent / "rows.csv") == rows
