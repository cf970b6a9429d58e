"""What a training is estimated to cost, and that trying it leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.events import JobCancelled
from engine.paths import Paths
from engine.training.check import check_photos
from engine.training.estimate import Estimate, estimate
from engine.training.run import RunRequest, list_runs
from tests.engine.training.runs import CPU, Listener, complete, configure
from tests.engine.training.runs import begin as begin_run


def request(photos: Path, **settings: Any) -> RunRequest:
    return RunRequest("meals", configure(**settings), str(photos), weights="none")


def cost(paths: Paths, photos: Path, **settings: Any) -> Estimate:
    return estimate(paths, request(photos, **settings), device=CPU, workers=1)


def test_more_epochs_take_longer_in_proportion(paths: Paths, photos: Path) -> None:
    check_photos(paths, request(photos))
    short, long = (cost(paths, photos, epochs=epochs) for epochs in (100, 400))
    assert short.seconds > 0
    # The machine is shared: only the order of magnitude is certain.
    assert 1.5 < long.seconds / short.seconds < 12


def test_larger_batches_need_more_memory(paths: Paths, photos: Path) -> None:
    settings = {"backbone": "test_resnet", "input_size": 96}
    small = cost(paths, photos, batch_size=2, **settings)
    large = cost(paths, photos, batch_size=20, **settings)
    assert large.bytes > small.bytes > 0
    assert large.free_bytes is None or large.free_bytes > 2**20


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "itq", "num_bits": 8},
        {"method": "queryopt", "epochs": 10, "criterion": {"inner_epochs": 5}},
        {"validation_share": 0.0},
        {"photos_per_class": 2, "batch_size": 4},
    ],
)
def test_every_kind_of_training_can_be_tried(
    settings: dict[str, Any], paths: Paths, photos: Path
) -> None:
    assert cost(paths, photos, **settings).seconds > 0


def test_trying_leaves_nothing_but_decoded_photos(paths: Paths, photos: Path) -> None:
    cost(paths, photos)
    assert list_runs(paths) == []
    left = {path.name for path in paths.cache.iterdir()}
    assert left == {"training", "CACHEDIR.TAG"}
    complete(paths, begin_run(paths, photos, epochs=1))  # the name is free


def test_the_warnings_of_the_training_are_left_to_it(paths: Paths, photos: Path) -> None:
    complete(paths, begin_run(paths, photos, name="parent", epochs=1))
    listener = Listener()
    child = RunRequest("child", configure(), str(photos), parent="parent")
    estimate(paths, child, listener.ctx, device=CPU, workers=1)
    assert listener.warnings == []
    assert "Trying the training" in {event.stage for event in listener.events}


def test_what_could_not_begin_is_refused(paths: Paths, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no backbone named"):
        cost(paths, photos, backbone="nonsense")
    with pytest.raises(EngineError, match="no such f"):
        cost(paths, tmp_path / "nowhere")


def test_trying_can_be_stopped(paths: Paths, photos: Path) -> None:
    listener = Listener(at_checkpoint=lambda ctx: ctx.cancel())
    check_photos(paths, request(photos))
    with pytest.raises(JobCancelled):
        estimate(paths, request(photos), listener.ctx, device=CPU, workers=1)
    assert {path.name for path in paths.cache.iterdir()} == {"training", "CACHEDIR.TAG"}
