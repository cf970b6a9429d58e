from __future__ import annotations

import csv
import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.engine.training.runs import CLASSES, draw_photos

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def methods(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    monkeypatch.chdir(REPOSITORY)
    return importlib.import_module("methods")


def test_codes_that_were_learned_are_scored_beside_encoded_ones(
    methods: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_photos(tmp_path / "food")
    split, out = tmp_path / "food" / "splits.csv", tmp_path / "rows.csv"
    rows = [
        f"{name}/{number:02}.png,{name},{'query' if number < 2 else 'train'}"
        for name in CLASSES
        for number in range(9)
    ]
    split.write_text("\n".join(["path,label,split", *rows]))
    words = ["--split", split, "--methods", "adsh:criterion.inner_epochs=1,dpn", "--bits", 16]
    words += ["--seeds", 0, "--epochs", 1, "--backbone", "test_efficientnet", "--weights", "none"]
    words += ["--input-size", 32, "--work", tmp_path / "work", "--out", out, "--threads", 1]
    monkeypatch.setattr(sys, "argv", ["methods.py", *map(str, words)])
    methods.main()
    with out.open(encoding="utf-8", newline="") as file:
        found = {row["method"]: row["map_db_learned"] for row in csv.DictReader(file)}
    assert found["dpn"] == ""
    assert 0 < float(found["adsh"]) <= 1
