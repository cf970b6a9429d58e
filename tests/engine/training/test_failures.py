"""What goes wrong in a training, and what is kept of it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.errors import InputError, LibraryError, ModelError, TrainingError
from engine.losses.dpn import DpnCriterion
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.training import checkpoint as checkpoint_module
from engine.training.naming import free_name
from engine.training.run import Run, list_runs
from engine.training.train import finish
from tests.engine.training.runs import (
    Listener,
    assert_equal,
    begin,
    complete,
    interrupt,
    weights_of,
)


@pytest.fixture
def ruin(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the loss, or only its gradient, no number from some batch on."""

    def install(from_batch: int, *, only_gradient: bool = False) -> None:
        calls = [0]
        forward = DpnCriterion.forward

        def ruined(self: Any, logits: Tensor, *rest: Any, **extras: Any) -> dict[str, Tensor]:
            terms = forward(self, logits, *rest, **extras)
            calls[0] += 1
            if calls[0] >= from_batch:
                factor = torch.nan
                if only_gradient:
                    terms["total"].register_hook(lambda gradient: gradient * torch.nan)
                    factor = 1.0
                terms["total"] = terms["total"] * factor
            return terms

        monkeypatch.setattr(DpnCriterion, "forward", ruined)

    return install


@pytest.mark.parametrize("only_gradient", [False, True])
def test_a_loss_that_is_no_number_ends_the_training_and_the_best_is_kept(
    only_gradient: bool, paths: Paths, photos: Path, ruin: Callable[..., None]
) -> None:
    run = begin(paths, photos)
    # Three batches an epoch: the last one of the second epoch, where no loss follows.
    ruin(6, only_gradient=only_gradient)
    with pytest.raises(TrainingError) as caught:
        complete(paths, run)
    assert caught.value.code == "FS-502"
    assert "in epoch 2 (learning rate" in str(caught.value)
    assert "keep the model of epoch 1" in str(caught.value)
    model = finish(paths, run)
    assert model.manifest.metrics["epoch"] == 1


def test_a_memory_of_the_loss_that_is_no_number_ends_the_training_too(
    paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ruin_bank(self: DpnCriterion, epoch: int, epochs: int) -> None:
        self.register_buffer("bank", torch.full((3,), torch.nan))

    monkeypatch.setattr(DpnCriterion, "start_epoch", ruin_bank)
    with pytest.raises(TrainingError) as caught:
        complete(paths, begin(paths, photos))
    assert caught.value.code == "FS-502"


def test_without_an_epoch_there_is_nothing_to_keep(
    paths: Paths, photos: Path, ruin: Callable[..., None]
) -> None:
    run = begin(paths, photos)
    ruin(1)
    with pytest.raises(TrainingError) as caught:
        complete(paths, run)
    assert "epoch 0" not in str(caught.value)
    with pytest.raises(TrainingError) as caught:
        finish(paths, run)
    assert caught.value.code == "FS-508"
    run.discard()
    assert not run.path.exists()


def fill_the_disk(monkeypatch: pytest.MonkeyPatch, name: str, after: int) -> Callable[[], None]:
    """Let no file called ``name`` be written any more; return how to undo that."""
    real = checkpoint_module.atomic_write
    left = [after]

    def full(path: Path, **options: Any) -> Any:
        if path.name == name:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, **options)

    monkeypatch.setattr(checkpoint_module, "atomic_write", full)
    return lambda: monkeypatch.setattr(checkpoint_module, "atomic_write", real)


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "best.safetensors"])
def test_a_full_disk_loses_nothing(
    name: str, paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"epochs": 3, "validation_share": 0.0}
    unbroken = complete(paths, begin(paths, photos, name="whole", **settings))
    run = begin(paths, photos, **settings)
    make_room = fill_the_disk(monkeypatch, name, after=1)
    with pytest.raises(LibraryError) as caught:
        complete(paths, run)
    assert caught.value.code == "FS-205"
    assert len(run.read_log()) == 1
    assert run.best.exists()
    make_room()
    assert_equal(weights_of(complete(paths, run)), weights_of(unbroken))


def test_a_disk_that_is_full_before_the_first_epoch_keeps_the_run(
    paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.training import pixel_cache

    def full(*arguments: Any, **options: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    run = begin(paths, photos, epochs=1)
    with monkeypatch.context() as patch:
        patch.setattr(pixel_cache, "publish", full)
        with pytest.raises(LibraryError):
            complete(paths, run)
    assert not list(paths.training_photos.iterdir())
    complete(paths, Run.open(paths, run.name))


def test_a_name_is_taken_by_a_run_or_a_model(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, name="My Meals", epochs=1)
    for name in ("my-meals", "MY meals", "Starter 64"):
        with pytest.raises(TrainingError) as caught:
            begin(paths, photos, name=name)
        assert caught.value.code == "FS-504"
    complete(paths, run)
    run.discard()
    with pytest.raises(TrainingError, match="exists"):
        begin(paths, photos, name="my-meals")
    ModelStore(paths).remove("my-meals")
    begin(paths, photos, name="my-meals")


def test_a_finished_run_goes_when_the_name_of_its_deleted_model_is_used_again(
    paths: Paths, photos: Path
) -> None:
    complete(paths, begin(paths, photos, name="soups", epochs=1))
    begin(paths, photos, name="cakes")
    assert free_name(paths, "Soups") == "Soups-2"
    ModelStore(paths).remove("soups")
    assert free_name(paths, "Soups") == "Soups"
    assert free_name(paths, "Cakes") == "Cakes-2"  # it can still be resumed
    with pytest.raises(InputError, match="cannot be used"):
        free_name(paths, "ส้มตำ")
    run = begin(paths, photos, name="Soups", epochs=1)
    assert not run.has_begun
    assert complete(paths, run).model.name == "Soups"


@pytest.mark.parametrize("rest", [".DS_Store", ".run.json.x.part", ""])
def test_a_folder_that_holds_no_run_any_more_does_not_keep_its_name(
    rest: str, paths: Paths, photos: Path
) -> None:
    run = begin(paths, photos, name="soups")
    if rest:
        (run.path / rest).write_text("")
        run.discard()
    else:  # killed before its description was written
        (run.path / "run.json").unlink()
    assert run.path.is_dir() == (rest != ".run.json.x.part")
    run.path.mkdir(exist_ok=True)
    assert free_name(paths, "Soups") == "Soups"
    assert complete(paths, begin(paths, photos, name="Soups", epochs=1)).model.id == "soups"
    assert (run.path / ".DS_Store").exists() == (rest == ".DS_Store")


def test_a_damaged_model_keeps_its_name(paths: Paths, photos: Path) -> None:
    """It would be refused only when a training of hours is to be installed."""
    complete(paths, begin(paths, photos, name="soups", epochs=1))
    (paths.models / "soups" / "manifest.json").write_text("{}")
    assert free_name(paths, "Soups") == "Soups-2"
    with pytest.raises(TrainingError) as caught:
        begin(paths, photos, name="soups")
    assert caught.value.code == "FS-504"


def test_a_name_as_long_as_an_id_may_be_has_a_free_one_beside_it(
    paths: Paths, photos: Path
) -> None:
    begin(paths, photos, name="x" * 64)
    assert free_name(paths, "x" * 64) == "x" * 62 + "-2"


@pytest.mark.parametrize("name", ["", "…", "x" * 300, "two\nlines", "con"])
def test_impossible_names_are_refused_before_anything_is_made(
    name: str, paths: Paths, photos: Path
) -> None:
    with pytest.raises(InputError):
        begin(paths, photos, name=name)
    assert not paths.runs.exists()


def test_a_model_that_took_the_name_meanwhile_is_not_overwritten(
    paths: Paths, photos: Path, tmp_path: Path
) -> None:
    complete(paths, begin(paths, photos, name="first", epochs=1))
    run = begin(paths, photos, name="meals", epochs=1)
    ModelStore(paths).export("first", tmp_path / "first.fsmodel")
    ModelStore(paths).import_file(tmp_path / "first.fsmodel", "meals")
    with pytest.raises(ModelError) as caught:
        complete(paths, run)
    assert caught.value.code == "FS-609"
    ModelStore(paths).remove("meals")
    assert finish(paths, run).id == "meals"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"backbone": "nonsense"}, "no backbone named"),
        ({"network": {"typo": 1}}, "no option of dpn named"),
        ({"criterion": {"typo": 1}}, "no option of dpn named"),
        ({"criterion": {"margin": "wide"}}, "dpn"),
        (
            {"method": "adsh", "criterion": {"num_sampled": 1}},
            "must be at least 2",
        ),
        ({"num_bits": 1}, "3 classes do not fit in 1 bits"),
        ({"input_size": 100_000}, "cannot work at"),
        ({"parent": "nobody"}, "no model named"),
    ],
)
def test_what_cannot_begin_leaves_no_run_behind(
    settings: dict[str, Any], reason: str, paths: Paths, photos: Path
) -> None:
    run = begin(paths, photos, **settings)
    with pytest.raises(InputError, match=reason):
        complete(paths, run)
    assert list_runs(paths) == []
    assert not paths.training_photos.exists(), "nothing was decoded for it"


def test_too_few_photos_of_a_file_of_splits_are_said_to_be_of_that_file(
    paths: Paths, photos: Path, tmp_path: Path
) -> None:
    split = tmp_path / "mine.csv"
    names = [f"bowl/{number:02}.png" for number in range(9)]
    rows = [f"{name},bowl,{'query' if name == names[0] else 'train'}" for name in names]
    split.write_text("\n".join(["path,label,split", *rows]))
    with pytest.raises(TrainingError, match=r"mine\.csv has 1 such class"):
        complete(paths, begin(paths, photos, split=split))


def test_a_crash_between_installing_and_noting_it_can_be_ended(
    paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(paths, photos, epochs=1)
    note = Run.write_facts

    def crash(self: Run, facts: Any) -> None:
        if "model" in facts:
            raise KeyboardInterrupt
        note(self, facts)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "write_facts", crash)
        with pytest.raises(KeyboardInterrupt):
            complete(paths, run)
    assert [model.id for model in ModelStore(paths).list()].count("meals") == 1
    assert complete(paths, run).model.id == "meals"
    assert run.is_finished


def test_stopping_before_the_first_validation_still_leaves_a_model(
    paths: Paths, photos: Path
) -> None:
    run = begin(paths, photos, epochs=9, validate_every=9)
    seen = Listener(at_checkpoint=lambda ctx: ctx.cancel() if len(run.read_log()) > 1 else None)
    with pytest.raises(BaseException):  # noqa: B017, PT011
        complete(paths, run, seen)
    model = finish(paths, run)
    assert model.manifest.metrics == {"epoch": 2}


def test_discarding_touches_only_what_is_the_runs_own(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos)
    interrupt(paths, run, 36)
    (run.path / "notes.txt").write_text("mine")
    run.discard()
    assert [path.name for path in run.path.iterdir()] == ["notes.txt"]
    with pytest.raises(InputError, match="no run named"):
        Run.open(paths, "meals")


def test_a_damaged_description_is_refused(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos)
    (run.path / "run.json").write_text("{}")
    with pytest.raises(TrainingError) as caught:
        complete(paths, run)
    assert caught.value.code == "FS-506"


def test_damaged_best_weights_are_refused(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos)
    interrupt(paths, run, 36)
    run.best.write_bytes(run.best.read_bytes()[:1000])
    with pytest.raises(TrainingError, match=r"best\.safetensors is damaged"):
        finish(paths, run)


def test_a_run_is_found_by_id_name_and_folder(paths: Paths, photos: Path) -> None:
    run = begin(paths, photos, name="My Meals")
    for name in ("my-meals", "My Meals", str(run.path)):
        assert Run.open(paths, name).path == run.path
    with pytest.raises(InputError, match="Known are: my-meals"):
        Run.open(paths, "nobody")
