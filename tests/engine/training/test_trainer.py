"""The loop: what it reports, when it stops, which epoch it keeps, and that seeds decide."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.errors import InputError
from engine.events import JobCancelled, JobContext, Progress
from engine.paths import Paths
from engine.search.encode import Encoder
from engine.training import trainer as trainer_module
from engine.training.run import Run, SoFar
from engine.training.train import train
from tests.engine.training.runs import (
    CPU,
    Listener,
    assert_equal,
    begin,
    complete,
    draw_photos,
    weights_of,
)


def training_events(listener: Listener) -> list[dict[str, Any]]:
    states = [event.details.get("training") for event in listener.events]
    return [state for state in states if isinstance(state, dict)]


def test_equal_seeds_give_equal_models_and_others_do_not(paths: Paths, photos: Path) -> None:
    settings = {"epochs": 1, "method": "greedyhash"}
    models = [
        weights_of(complete(paths, begin(paths, photos, name=name, seed=seed, **settings)))
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert_equal(models[0], models[1])
    assert not torch.equal(models[0]["hash_layer.weight"], models[2]["hash_layer.weight"])


def test_the_caller_s_randomness_does_not_matter(paths: Paths, photos: Path) -> None:
    settings = {"epochs": 1, "method": "greedyhash"}
    plain = complete(paths, begin(paths, photos, name="a", **settings))
    decoding = Listener(at_checkpoint=lambda ctx: None if ctx_is_training() else torch.rand(1))

    def ctx_is_training() -> bool:
        return any(event.stage == "Training" for event in decoding.events)

    torch.manual_seed(99)
    disturbed = complete(paths, begin(paths, photos, name="b", **settings), decoding)
    assert_equal(weights_of(disturbed), weights_of(plain))


def test_a_training_learns(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine", each=16)
    run = begin(paths, folder, epochs=8, augment="none", jitter=0.0, degrade=0.0, lr=3e-3)
    result = complete(paths, run)
    losses = [entry["losses"]["total"] for entry in run.read_log()]
    assert losses[-1] < losses[0] / 2
    assert result.best["map"] > 0.8


def test_a_model_keeps_all_choices_of_its_network(paths: Paths, photos: Path) -> None:
    settings = {"method": "foodhash", "input_size": 64, "network": {"head": "mean"}, "epochs": 1}
    options = complete(paths, begin(paths, photos, **settings)).model.manifest.options
    assert (options["head"], options["fuse"], options["omega"]) == ("mean", True, None)


def test_people_are_told_how_much_of_a_parent_is_taken_over(paths: Paths, photos: Path) -> None:
    complete(paths, begin(paths, photos, name="parent", epochs=1))
    listener = Listener()
    run = begin(paths, photos, parent="parent", epochs=1, num_bits=8)
    complete(paths, run, listener)
    (message,) = listener.warnings
    count = len(weights_of(complete(paths, begin(paths, photos, name="b", epochs=1))))
    assert message.code == "FS-510"
    assert f"{count - 2} of the network's {count} tensors" in str(message)


def test_codes_that_come_too_late_to_guide_are_warned_of(paths: Paths, photos: Path) -> None:
    for inner, codes in ((2, ["FS-511"]), (1, [])):
        listener = Listener()
        settings = {"method": "adsh", "criterion": {"inner_epochs": inner}, "epochs": 2}
        complete(paths, begin(paths, photos, name=f"x{inner}", **settings), listener)
        assert [message.code for message in listener.warnings] == codes


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
def test_reduced_precision_lowers_the_loss_too(amp: str, paths: Paths, photos: Path) -> None:
    settings = {"amp": amp, "epochs": 4, "lr": 3e-3, "backbone": "test_vit"}
    run = begin(paths, photos, **settings)
    complete(paths, run)
    losses = [entry["losses"]["total"] for entry in run.read_log()]
    assert losses[-1] < losses[0]


def test_every_epoch_reports_all_terms_and_the_figure(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, method="foodhash", input_size=64, epochs=2)
    listener = Listener()
    complete(paths, run, listener)
    assert listener.epochs == run.read_log()
    for number, entry in enumerate(listener.epochs):
        assert entry["epoch"] == number + 1
        assert set(entry["losses"]) == {"polarization", "s_cross_entropy", "total"}
        assert 0 <= entry["val_map"] <= 1
    state = training_events(listener)[0]
    places = {"epoch", "epochs", "batch", "batches"}
    assert {*places, "lr", "losses", "best", "part", "photos", "memory"} == set(state)
    assert state["photos"] == 8
    assert (state["epoch"], state["epochs"], state["batches"]) == (1, 2, 3)
    assert set(state["losses"]) == {"polarization", "s_cross_entropy", "total"}
    last = listener.events[-1]
    assert last.done == last.total == 6
    assert "best mAP" in str(last.details["note"])


def test_reports_tell_the_memory_claimed_since_the_training_began(
    paths: Paths, photos: Path
) -> None:
    held: list[NDArray[np.float64]] = []

    def claim(ctx: JobContext) -> None:
        if "training" in listener.events[-1].details and not held:
            held.append(np.ones(256 << 17))  # 256 MB
            time.sleep(2 * trainer_module._LOOK_AT_MEMORY)

    listener = Listener(at_checkpoint=claim)
    complete(paths, begin(paths, photos, epochs=2), listener)
    told = [int(state["memory"]) for state in training_events(listener)]
    # What was free in the process before counts for nothing, so a part of it may be missing.
    assert told[-1] >= 0.75 * held[0].nbytes
    assert told[0] < told[-1]


def test_reports_come_ten_times_a_second_and_once_an_epoch(paths: Paths, photos: Path) -> None:
    now = [0.0]
    times: list[float] = []
    forced: list[object] = []

    def tick() -> None:
        now[0] += 0.04  # a batch takes this long

    def note(event: Progress) -> None:
        if "epoch_end" in event.details:
            forced.append(event)
        elif "training" in event.details and event.done != event.total:
            times.append(now[0])

    ctx = JobContext(note, serve=tick, clock=lambda: now[0])
    run = begin(paths, photos, epochs=12, batch_size=2, validation_share=0.0)
    train(paths, run, ctx, device=CPU, workers=1)
    assert len(forced) == 12
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert min(gaps) >= 0.1 - 1e-9
    assert len(times) > 30


def test_the_time_left_follows_whole_epochs_and_not_pauses(paths: Paths, photos: Path) -> None:
    left: list[tuple[int, float | None]] = []
    held = [False]

    def note(event: Progress) -> None:
        if "epoch_end" in event.details:
            left.append((event.done, event.eta))

    def hold_once() -> None:
        if len(left) == 2 and not held[0]:
            held[0] = True
            ctx.pause()
            threading.Timer(1.0, ctx.resume).start()

    ctx = JobContext(note, serve=hold_once)
    run = begin(paths, photos, epochs=4)
    began = time.perf_counter()
    result = train(paths, run, ctx, device=CPU, workers=1)
    assert result is not None
    assert held[0]
    assert ctx.held >= 0.9
    assert result.seconds <= time.perf_counter() - began - 0.9
    times = [seconds for _, seconds in left if seconds is not None]
    assert len(times) == 4
    assert times[-1] == 0
    assert times[0] <= 3 * result.seconds


def test_a_cancelled_training_stops_at_the_next_batch(paths: Paths, photos: Path) -> None:
    listener = Listener()
    run = begin(paths, photos, epochs=50, batch_size=2)

    def cancel_in_third_batch(ctx: JobContext) -> None:
        states = training_events(listener)
        if states and not stopped:
            stopped.append(len(states))
            ctx.cancel()

    stopped: list[int] = []
    listener.at_checkpoint = cancel_in_third_batch
    with pytest.raises(JobCancelled):
        complete(paths, run, listener)
    assert stopped
    assert len(training_events(listener)) == stopped[0]


def test_a_run_knows_how_long_it_trained(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, epochs=50)
    assert run.so_far() == SoFar()
    listener = Listener(at_checkpoint=lambda ctx: ctx.cancel() if run.read_log() else None)
    began = time.monotonic()
    with pytest.raises(JobCancelled):
        complete(paths, run, listener)
    assert 0 < run.so_far().seconds < time.monotonic() - began
    measured = {entry["epoch"]: entry["val_map"] for entry in run.read_log()}
    assert run.so_far().best_map == measured[run.so_far().best_epoch] == max(measured.values())
    run.checkpoint.write_bytes(b"damaged")
    assert run.so_far() == SoFar()


def test_a_paused_training_waits_and_goes_on(paths: Paths, photos: Path) -> None:
    listener = Listener()
    run = begin(paths, photos, epochs=2)
    served = [0]

    def pause_once(ctx: JobContext) -> None:
        if training_events(listener):
            served[0] += 1
            if served[0] == 1:
                ctx.pause()
                threading.Timer(0.3, ctx.resume).start()

    listener.at_checkpoint = pause_once
    began = time.monotonic()
    complete(paths, run, listener)
    assert time.monotonic() - began > 0.3
    assert served[0] > 5  # interactive work is served while it waits
    other = Paths.resolve(paths.data.parent.parent / "other")
    complete(other, begin(other, photos, epochs=2))
    assert run.read_log() == Run.open(other, "meals").read_log()


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What validation finds, one epoch after the other."""
    values: list[float] = []
    monkeypatch.setattr(trainer_module, "validate", lambda *_, **__: values.pop(0))
    return values


def test_the_best_epoch_is_kept_not_the_last(
    paths: Paths, photos: Path, figures: list[float]
) -> None:
    figures += [0.3, 0.6, 0.6, 0.2]
    run = begin(paths, photos, epochs=4)
    listener = Listener(run)
    result = complete(paths, run, listener)
    assert dict(result.best) == {"epoch": 2, "map": 0.6}
    assert result.model.manifest.metrics == {"epoch": 2, "validation_map": 0.6}
    kept = {
        name.removeprefix("network."): tensor
        for name, tensor in listener.states[1].items()
        if name.startswith("network.")
    }
    assert_equal(weights_of(result), kept)
    last = listener.states[3]["network.hash_layer.weight"]
    assert not torch.equal(kept["hash_layer.weight"], last)


def test_without_photos_held_back_the_last_epoch_is_kept(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, epochs=2, validation_share=0.0)
    listener = Listener(run)
    result = complete(paths, run, listener)
    assert dict(result.best) == {"epoch": 2, "map": None}
    weight = listener.states[1]["network.hash_layer.weight"]
    assert torch.equal(weights_of(result)["hash_layer.weight"], weight)


def test_training_ends_early_when_nothing_improves(
    paths: Paths, photos: Path, figures: list[float]
) -> None:
    figures += [0.5, 0.4, 0.5, 0.9]
    result = complete(paths, begin(paths, photos, epochs=9, patience=2))
    assert (result.epochs, dict(result.best)) == (3, {"epoch": 1, "map": 0.5})


def test_validation_comes_every_so_often_and_at_the_end(
    paths: Paths, photos: Path, figures: list[float]
) -> None:
    figures += [0.1, 0.2, 0.3]
    run = begin(paths, photos, epochs=5, validate_every=2)
    complete(paths, run)
    assert [entry["val_map"] for entry in run.read_log()] == [None, 0.1, None, 0.2, 0.3]


def test_the_model_remembers_what_it_was_trained_on(paths: Paths, photos: Path) -> None:
    result = complete(paths, begin(paths, photos, name="My Meals", epochs=1))
    manifest = result.model.manifest
    assert (manifest.id, manifest.name) == ("my-meals", "My Meals")
    assert manifest.classes == ("bowl", "plate", "stripe")
    assert len(manifest.data_fingerprint) == 64
    assert manifest.metrics["validation_map"] == result.best["map"]
    encoder = Encoder(result.model, CPU)
    assert encoder.encode_photo(photos / "bowl" / "00.png").logits.shape == (16,)
    left = {path.name for path in result.run.path.iterdir()}
    assert left - {".lock"} == {"run.json", "facts.json", "log.jsonl"}


def test_training_goes_on_from_another_model(paths: Paths, photos: Path) -> None:
    first = complete(paths, begin(paths, photos, name="first", epochs=1))
    settings = {"epochs": 1, "lr": 1e-12, "weight_decay": 0.0, "num_bits": 32}
    second = complete(paths, begin(paths, photos, parent="first", **settings))
    assert second.model.manifest.parent == "first"
    before, after = weights_of(first), weights_of(second)
    name = "backbone.model.conv_stem.weight"
    torch.testing.assert_close(after[name], before[name])
    assert after["hash_layer.weight"].shape[0] == 32
    with pytest.raises(InputError, match="Its backbone is test_efficientnet, not test_resnet"):
        complete(paths, begin(paths, photos, name="x", parent="first", backbone="test_resnet"))


def test_dishes_keep_the_codes_that_a_trained_model_gives_them(paths: Paths, photos: Path) -> None:
    """Where nothing may move, the loss tells how far the codes are from their targets."""
    complete(paths, begin(paths, photos, name="taught", method="dpn", epochs=20, lr=3e-3))
    complete(paths, begin(paths, photos, name="label-free", method="itq", epochs=1))

    def first_loss(name: str, parent: str, **settings: Any) -> float:
        still = {"method": "dpn", "epochs": 1, "lr": 1e-12, "weight_decay": 0.0, "seed": 1}
        run = begin(paths, photos, name=name, parent=parent, **still, **settings)
        complete(paths, run)
        return run.read_log()[0]["losses"]["polarization"]

    new = first_loss("new", "taught", keep_codes=0.0)
    assert first_loss("kept", "taught") < 0.9 * new
    # Codes of a model that knows no dishes are worth nothing, nor are those of other lengths.
    for name, parent, bits in (("drawn", "label-free", 16), ("shorter", "taught", 8)):
        first_loss(name, parent, num_bits=bits)
        assert "drift" not in Run.open(paths, name).read_log()[0]["losses"]


def test_it_tells_how_far_it_is_with_the_photos_it_asks_the_trained_model_about(
    paths: Paths, photos: Path
) -> None:
    complete(paths, begin(paths, photos, name="taught", method="dpn", epochs=1))
    listener = Listener()
    complete(paths, begin(paths, photos, name="new", parent="taught", epochs=1), listener)
    (first, *_) = (event for event in listener.events if event.stage == "Looking at photos")
    assert first.total is not None
    assert 0 == first.done < first.total


def test_what_is_held_on_to_neither_drifts_nor_moves(paths: Paths, photos: Path) -> None:
    parent = complete(paths, begin(paths, photos, name="taught", method="dpn", epochs=2))
    drifts = {}
    for keep in (0.01, 100.0):
        run = begin(
            paths, photos, name=f"k{keep}", parent="taught", method="dpn", epochs=3, keep_codes=keep
        )
        after = weights_of(complete(paths, run))
        losses = [entry["losses"] for entry in run.read_log()]
        for terms in losses:
            assert terms["total"] == pytest.approx(terms["polarization"] + keep * terms["drift"])
        drifts[keep] = losses[-1]["drift"]
        before = weights_of(parent)
        statistics = [name for name in before if name.endswith(("running_mean", "running_var"))]
        assert statistics
        for name in statistics:
            torch.testing.assert_close(after[name], before[name], rtol=0, atol=0)
    assert drifts[100.0] < drifts[0.01] / 3


def test_learned_codes_are_kept_beside_the_model(paths: Paths, photos: Path) -> None:
    from engine.evaluation.learned import read_learned_codes

    run = begin(paths, photos, method="adsh", epochs=3, validation_share=0.0)
    complete(paths, run)
    codes = read_learned_codes(run.learned_codes)
    assert sorted(codes) == sorted(str(path.relative_to(photos)) for path in photos.glob("*/*.png"))
    assert {code.shape for code in codes.values()} == {(2,)}


def test_the_label_free_method_uses_every_photo_and_needs_no_folders(
    paths: Paths, photos: Path, tmp_path: Path
) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in photos.glob("*/*.png"):
        (flat / f"{file.parent.name}-{file.name}").write_bytes(file.read_bytes())
    run = begin(paths, flat, method="itq", num_bits=8)
    result = complete(paths, run)
    assert (result.epochs, result.model.manifest.classes) == (0, ())
    assert result.model.manifest.metrics == {}
    labelled = complete(paths, begin(paths, photos, name="labelled", method="itq", num_bits=8))
    assert weights_of(result).keys() == weights_of(labelled).keys()
    with pytest.raises(InputError, match="allow 1 to 26 bits"):
        complete(paths, begin(paths, flat, name="long", method="itq", num_bits=64))
    assert not (paths.runs / "long").exists()


def test_an_empty_folder_has_nothing_to_fit(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="0 photos"):
        complete(paths, begin(paths, tmp_path / "empty", method="itq"))
