"""When memory runs out the batch is computed in parts, and the training is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.errors import DeviceError
from engine.networks.linear import LinearHash
from engine.networks.output import HashOutput
from engine.paths import Paths
from engine.training import step as step_module
from engine.training.batches import Batch
from engine.training.optimizer import create_optimizer
from engine.training.step import Stepper, _parts
from tests.engine.training.runs import Listener, begin, complete, prepared

VIT = {"backbone": "test_vit", "augment": "none", "flip": False, "jitter": 0.0, "degrade": 0.0}


@pytest.fixture
def limit_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Let networks fail above some number of photos; return the sizes of what they computed."""

    def install(most: int, error: type[Exception] = torch.OutOfMemoryError) -> list[int]:
        sizes: list[int] = []
        forward = LinearHash.forward

        def limited(self: LinearHash, images: Tensor) -> HashOutput:
            if len(images) > most:
                raise error("out of memory")
            if self.training:
                sizes.append(len(images))
            return forward(self, images)

        monkeypatch.setattr(LinearHash, "forward", limited)
        return sizes

    return install


def stepper_of(paths: Paths, photos: Path, **settings: Any) -> tuple[Stepper, dict[str, Tensor]]:
    """A stepper over a fresh network, and the parameters whose gradients it computes."""
    setup, criterion, _ = prepared(paths, photos, **settings)
    optimizer = create_optimizer(setup.network, criterion, setup.config)
    setup.network.train()
    return Stepper(setup, criterion, optimizer), dict(setup.network.named_parameters())


def some_batch(size: int) -> Batch:
    rng = np.random.default_rng(1)
    return Batch(rng.integers(0, 256, (size, 32, 32, 3), np.uint8), np.arange(size))


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_parts_give_the_gradients_of_the_whole_batch(
    error: type[Exception], paths: Paths, photos: Path, limit_memory: Callable[..., list[int]]
) -> None:
    whole, wanted = stepper_of(paths, photos, name="whole", batch_size=20, **VIT)
    terms = whole.compute_gradients(some_batch(20))
    sizes = limit_memory(8, error)
    parted, found = stepper_of(paths, photos, name="parts", batch_size=20, **VIT)
    assert parted.compute_gradients(some_batch(20)) == pytest.approx(terms, rel=1e-5)
    assert sizes == [5, 5, 5, 5]
    assert parted.part == 5
    for name, parameter in wanted.items():
        assert parameter.grad is not None
        torch.testing.assert_close(found[name].grad, parameter.grad, rtol=1e-4, atol=1e-7)


def test_parts_can_be_asked_for(
    paths: Paths, photos: Path, limit_memory: Callable[..., list[int]]
) -> None:
    sizes = limit_memory(1000, MemoryError)
    stepper, _ = stepper_of(paths, photos, batch_size=20, part_size=10, **VIT)
    stepper.compute_gradients(some_batch(20))
    assert sizes == [10, 10]


def test_the_effective_batch_stays_and_the_user_is_told_once(
    paths: Paths, photos: Path, limit_memory: Callable[..., list[int]]
) -> None:
    settings = {**VIT, "batch_size": 16, "epochs": 2, "validation_share": 0.0}
    plain = begin(paths, photos, name="plain", **settings)
    complete(paths, plain)
    sizes = limit_memory(8)
    run, listener = begin(paths, photos, **settings), Listener()
    complete(paths, run, listener)
    assert sizes == [8, 8, 6, 5] * 2
    (warning,) = listener.warnings
    assert warning.code == "FS-402"
    assert "The batch of 16 photos is computed 8 at a time" in warning.cause
    for entry, wanted in zip(run.read_log(), plain.read_log(), strict=True):
        assert entry["losses"] == pytest.approx(wanted["losses"], rel=1e-4)


def test_validation_takes_no_more_photos_than_training_could(
    paths: Paths, photos: Path, limit_memory: Callable[..., list[int]]
) -> None:
    limit_memory(4)
    run = begin(paths, photos, **VIT, batch_size=16, epochs=1)
    complete(paths, run)
    assert run.read_log()[0]["val_map"] is not None


def test_two_photos_that_do_not_fit_end_the_training(
    paths: Paths, photos: Path, limit_memory: Callable[..., list[int]]
) -> None:
    limit_memory(1)
    with pytest.raises(DeviceError, match="Processor") as caught:
        complete(paths, begin(paths, photos, **VIT))
    assert caught.value.code == "FS-403"


def test_one_of_several_processes_tells_what_it_tried_and_what_would_help(
    paths: Paths,
    photos: Path,
    limit_memory: Callable[..., list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stepper, _ = stepper_of(paths, photos, batch_size=20, **VIT)
    limit_memory(8)
    monkeypatch.setattr(step_module, "world_size", lambda: 2)
    with pytest.raises(DeviceError) as caught:
        stepper.compute_gradients(some_batch(10))
    assert caught.value.code == "FS-406"
    assert "10 photos, does not fit on Processor. Set part_size to fewer" in str(caught.value)


@pytest.mark.parametrize(
    "place", ["trainer.Stepper.update", "trainer.validate", "setup.Teacher", "setup.prepare_photos"]
)
def test_a_lack_of_memory_anywhere_is_told_as_such(
    place: str, paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete(paths, begin(paths, photos, name="first", epochs=1))
    run = begin(paths, photos, parent="first", epochs=2)

    def fail(*arguments: object, **options: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(f"engine.training.{place}", fail)
        with pytest.raises(DeviceError, match="The training does not fit on Processor") as caught:
            complete(paths, run)
    assert caught.value.code == "FS-406"
    if place.startswith("trainer"):
        assert complete(paths, run).epochs == 2
    else:
        assert not run.exists, "it could not begin"


def test_other_failures_are_not_taken_for_a_lack_of_memory(
    paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: LinearHash, images: Tensor) -> HashOutput:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(LinearHash, "forward", fail)
    with pytest.raises(RuntimeError, match="shapes"):
        complete(paths, begin(paths, photos, **VIT))


@pytest.mark.parametrize("count", range(2, 40))
@pytest.mark.parametrize("part", [2, 3, 5, 8, 64])
def test_no_part_is_too_large_or_a_single_photo(count: int, part: int) -> None:
    parts = _parts(count, part)
    assert all(2 <= len(rows) <= part for rows in parts)
    covered = np.concatenate(parts).tolist()
    assert covered == list(range(count - (count % 2 if part == 2 else 0)))
