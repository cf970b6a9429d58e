from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from engine.models.bundle import read_report, verify_bundle
from tests.engine.models.conftest import make_bundle

REPOSITORY = Path(__file__).parents[2]


def test_new_words_change_neither_weights_nor_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    build_starter = importlib.import_module("build_starter")
    metrics = {"food10": {"codes_map": 0.3, "gallery": 2500}, "thai10": {"gallery": 400}}
    path = make_bundle(tmp_path / "old.fsmodel", id="old", metrics=metrics)
    before, report = verify_bundle(path), read_report(path)
    build_starter.rewrite_words(path)
    after = verify_bundle(path)
    assert (after.key, after.files, read_report(path)) == (before.key, before.files, report)
    assert after.metrics["food10"] == {"split": build_starter.SPLIT, **metrics["food10"]}
    assert "2,900 photos" in after.description
    assert (after.limits, after.data_licence) == (build_starter.LIMITS, build_starter.DATA_LICENCE)
    again = path.read_bytes()
    build_starter.rewrite_words(path)
    assert path.read_bytes() == again
