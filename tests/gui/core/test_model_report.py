from __future__ import annotations

import math
from pathlib import Path

import pytest

import engine
from engine.models.bundle import write_bundle
from foodsearch_gui.core.model_report import TrainingReport, parse_report, read_training
from tests.engine.models.conftest import MANIFEST, TENSORS

HISTORY = [
    {"epoch": 1, "losses": {"metric": 3.0, "total": 4.0}, "val_map": None},
    {"epoch": 2, "losses": {"metric": 2.0, "total": 2.5}, "val_map": 0.4},
    {"epoch": 3, "losses": {"metric": 1.0, "total": 1.5}, "val_map": 0.6},
]


def test_curves_and_settings_are_those_of_the_training() -> None:
    report = parse_report(
        {
            "history": HISTORY,
            "best": {"epoch": 3, "map": 0.6},
            "config": {"seed": 1, "epochs": 3, "lr": 1e-3, "flip": True, "network": {"aspp": True}},
        }
    )
    assert report.losses == (
        ("total", ((1.0, 2.0, 3.0), (4.0, 2.5, 1.5))),
        ("metric", ((1.0, 2.0, 3.0), (3.0, 2.0, 1.0))),
    )
    assert report.quality == ((2.0, 3.0), (0.4, 0.6))
    assert (report.best_epoch, report.best_map) == (3, 0.6)
    assert report.settings == (
        ("Epochs asked for", "3"),
        ("Learning rate", "0.001"),
        ("flip", "yes"),
    )


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"history": 3, "best": [], "config": "x"},
        {"history": [None, 1, {"epoch": "one"}, {"epoch": True}, {}]},
        {"history": [{"epoch": 1, "losses": [1], "val_map": "high"}]},
        {"history": [{"epoch": 1, "losses": {"total": "low"}, "val_map": math.inf}]},
        {"best": {"epoch": None, "map": "x"}},
    ],
)
def test_what_is_not_as_expected_is_left_out(report: dict[str, object]) -> None:
    assert parse_report(report) == TrainingReport()


def test_long_values_are_cut() -> None:
    settings = parse_report({"config": {"a" * 500: "b" * 500, "c": None}}).settings
    assert [len(text) for pair in settings[:1] for text in pair] == [200, 200]


def test_a_file_without_a_training_tells_nothing(tmp_path: Path) -> None:
    store = engine.ModelStore(engine.Paths.resolve())
    assert read_training(store.get("starter-64")) is None
    path = tmp_path / "trained.fsmodel"
    write_bundle(path, MANIFEST, TENSORS, {"history": HISTORY})
    model = store.import_file(path)
    found = read_training(model)
    assert found is not None
    assert found.has_curves
    (model.path / "report.json").write_bytes(b"{")
    assert read_training(model) is None
