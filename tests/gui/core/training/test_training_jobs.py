from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import engine
from engine import JobContext, Paths, Run, RunRequest
from foodsearch_gui.core import training_jobs
from foodsearch_gui.core.gpu_engine import GpuEngine
from tests.engine.training.runs import configure


@pytest.mark.parametrize("name", ["check_photos", "estimate", "train"])
def test_what_precedes_a_training_works_with_the_cores_of_the_training(
    name: str, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def note(*_arguments: Any, workers: int | None = None, **_options: Any) -> None:
        taken.append(workers)

    taken: list[int | None] = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2}, raising=False)
    monkeypatch.setattr(engine, name, note, raising=False)
    request, context = RunRequest("meals", configure(), str(tmp_path)), JobContext()
    if name == "check_photos":
        training_jobs.check(paths, request, context)
    elif name == "estimate":
        training_jobs.estimate(paths, request, "cpu", context)
    else:
        training_jobs.train(paths, Run(tmp_path), "cpu", context)
    assert taken == [2]


def test_long_work_of_the_engine_leaves_a_core_to_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def note(*_arguments: Any, workers: int | None = None, **_options: Any) -> None:
        taken.append(workers)

    taken: list[int | None] = []
    nothing: Any = None
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2}, raising=False)
    monkeypatch.setattr(engine, "Encoder", lambda *_arguments: None, raising=False)
    monkeypatch.setattr(GpuEngine, "encoder", note)
    monkeypatch.setattr(GpuEngine, "_batch_size", 1)
    for name in ("build_index", "evaluate", "compare_models"):
        monkeypatch.setattr(engine, name, note, raising=False)
    gpu, context = GpuEngine("cpu"), JobContext()
    gpu.build_index(nothing, nothing, context)
    gpu.evaluate(nothing, nothing, context, map_at=None)
    gpu.compare(nothing, nothing, nothing, context)
    assert [count for count in taken if count is not None] == [2, 2, 2]
