"""What a check tells of photos before a training begins."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from engine.errors import TrainingError
from engine.events import JobCancelled, JobContext
from engine.paths import Paths
from engine.training import check as check_module
from engine.training.check import check_photos
from engine.training.findings import PhotoCheck
from engine.training.run import RunRequest
from tests.engine.training.runs import (
    CLASSES,
    Listener,
    begin,
    complete,
    configure,
    draw_photos,
)


def check(paths: Paths, folder: Path, split: Path | str = "", **settings: Any) -> PhotoCheck:
    request = RunRequest("meals", configure(**settings), str(folder), str(split))
    return check_photos(paths, request, workers=2)


def told(found: PhotoCheck) -> dict[str, str]:
    return {finding.message.code: finding.severity for finding in found.findings}


def scenery(seed: int) -> Image.Image:
    """A picture with something everywhere, as photos are."""
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8)).resize(
        (240, 200), Image.Resampling.BICUBIC
    )


def test_good_photos_are_counted_and_nothing_is_found(paths: Paths, photos: Path) -> None:
    found = check(paths, photos)
    assert found.can_start
    assert found.findings == ()
    assert (found.photos, found.train, found.held) == (27, 21, 6)
    counts = [(entry.name, entry.photos, entry.train, entry.held) for entry in found.classes]
    assert counts == [(name, 9, 7, 2) for name in CLASSES]


def test_the_training_does_what_the_check_told_and_decodes_nothing_again(
    paths: Paths, tmp_path: Path
) -> None:
    folder = draw_photos(tmp_path / "mine")
    (folder / "bowl" / "03.png").write_bytes(b"no picture")
    shutil.copy(folder / "plate" / "00.png", folder / "plate" / "copy.png")
    found = check(paths, folder)
    (cache,) = paths.training_photos.glob("*.pixels")
    written = cache.stat().st_ino
    run = begin(paths, folder, epochs=1)
    result = complete(paths, run)
    assert [path.stat().st_ino for path in paths.training_photos.glob("*.pixels")] == [written]
    assert len(result.problems) == sum(len(finding.paths) for finding in found.findings) == 2


def test_one_class_cannot_be_learned(paths: Paths, tmp_path: Path) -> None:
    found = check(paths, draw_photos(tmp_path / "mine", classes=("soup",)))
    assert not found.can_start
    assert told(found) == {"FS-501": "error"}
    assert "1 such class" in found.findings[0].message.cause
    assert [(entry.name, entry.photos) for entry in found.classes] == [("soup", 9)]
    assert not paths.training_photos.exists(), "nothing was decoded for it"


def test_three_photos_of_a_class_are_trained_on_but_not_tested(
    paths: Paths, tmp_path: Path
) -> None:
    folder = draw_photos(tmp_path / "mine")
    for number in range(3, 9):
        (folder / "plate" / f"{number:02}.png").unlink()
    found = check(paths, folder)
    assert found.can_start
    assert told(found) == {"FS-516": "warning"}
    assert "“plate” has 3" in found.findings[0].message.cause
    plate = next(entry for entry in found.classes if entry.name == "plate")
    assert (plate.train, plate.held) == (3, 0)


def test_unreadable_photos_are_named(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    (folder / "bowl" / "03.png").write_bytes(b"no picture")
    (finding,) = check(paths, folder).findings
    assert (finding.severity, finding.message.code) == ("warning", "FS-514")
    assert finding.paths == (folder / "bowl" / "03.png",)
    assert "1 photo could not be read. The first is “bowl/03.png”" in str(finding.message)


def test_what_unreadable_photos_leave_may_be_too_little(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine", each=5, classes=CLASSES[:2])
    (folder / "bowl" / "03.png").write_bytes(b"no picture")
    found = check(paths, folder)
    assert not found.can_start
    assert told(found) == {"FS-501": "error", "FS-514": "warning", "FS-516": "warning"}
    assert found.findings[0].severity == "error"


def test_copies_are_named_with_the_label_that_counts(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    shutil.copy(folder / "bowl" / "00.png", folder / "plate" / "copy.png")
    (finding,) = check(paths, folder).findings
    assert (finding.severity, finding.message.code) == ("note", "FS-507")
    assert finding.paths == (folder / "plate" / "copy.png",)
    assert "as “bowl/00.png”, labelled “bowl”" in finding.message.cause


def test_photos_of_the_test_are_told_too(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    shutil.copy(folder / "plate" / "01.png", folder / "asked.png")
    rows = [f"{name}/{number:02}.png,{name},train" for name in CLASSES for number in range(9)]
    split = folder / "splits.csv"
    split.write_text("\n".join(["path,label,split", "asked.png,plate,query", *rows]))
    found = check(paths, folder, split)
    assert told(found) == {"FS-505": "warning"}
    assert found.findings[0].paths == (folder / "plate" / "01.png",)


@pytest.mark.parametrize("change", ["crop", "light", "saved anew"])
def test_near_duplicates_are_not_validated_with(change: str, paths: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for kind, name in enumerate(CLASSES[:2]):
        (folder / name).mkdir(parents=True)
        for number in range(10):
            scenery(100 * kind + number).save(folder / name / f"{number:02}.png")
    before = check(paths, folder)
    assert (before.held, before.findings) == (4, ())
    for file in sorted((folder / "bowl").iterdir()):
        twin = Image.open(file)
        if change == "crop":
            twin = twin.crop((4, 3, twin.width - 3, twin.height - 4))
        elif change == "light":
            twin = ImageEnhance.Brightness(twin).enhance(1.2)
        twin.save(file.with_suffix(".jpg"), quality=60)
    found = check(paths, folder)
    bowl, plate = found.classes
    assert (bowl.photos, plate.held) == (20, 2)
    assert bowl.held < 4, "a share of the class would be 4"
    (finding,) = found.findings
    assert (finding.severity, finding.message.code) == ("note", "FS-515")
    assert len(finding.paths) == 4 - bowl.held
    assert all(path.parent.name == "bowl" for path in finding.paths)


def test_very_uneven_classes_are_told_unless_they_are_balanced(
    paths: Paths, tmp_path: Path
) -> None:
    folder = draw_photos(tmp_path / "mine", each=5)
    draw_photos(tmp_path / "more", each=56, classes=("soup",))
    shutil.move(tmp_path / "more" / "soup", folder / "soup")
    (finding,) = [f for f in check(paths, folder).findings if f.message.code == "FS-517"]
    assert finding.severity == "warning"
    assert "“soup” has 51 photos, “bowl” has 5 photos." in finding.message.cause
    assert "FS-517" not in told(check(paths, folder, balance=True))


def test_a_full_disk_is_told_before_it_hurts(
    paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(100, 99, 1)  # type: ignore[attr-defined]
    monkeypatch.setattr(check_module.shutil, "disk_usage", lambda place: usage)
    found = check(paths, photos)
    assert not found.can_start
    assert told(found) == {"FS-518": "error"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"num_bits": 1}, "do not fit in 1 bits"),
        ({"backbone": "nonsense"}, "no backbone named"),
        ({"criterion": {"typo": 1}}, "no option of dpn named"),
        ({"method": "itq", "num_bits": 64}, "allow 1 to 26 bits"),
    ],
)
def test_what_the_method_refuses_is_found(
    settings: dict[str, Any], words: str, paths: Paths, photos: Path
) -> None:
    found = check(paths, photos, **settings)
    assert not found.can_start
    assert words in str(found.findings[0].message)


def test_a_folder_that_is_not_there_is_found(paths: Paths, tmp_path: Path) -> None:
    found = check(paths, tmp_path / "nowhere")
    assert told(found) == {"FS-002": "error"}


def test_photos_without_labels_are_counted_too(paths: Paths, photos: Path) -> None:
    found = check(paths, photos, method="itq")
    assert (found.classes, found.photos, found.train, found.held) == ((), 27, 27, 0)
    assert found.can_start


def unplug_while_reading(folder: Path, away: Path) -> JobContext:
    """Take the folder away at the third photo that is read."""
    seen = [0]

    def serve(ctx: JobContext) -> None:
        seen[0] += 1
        if seen[0] == 3:
            folder.rename(away)

    return Listener(at_checkpoint=serve).ctx


def test_a_folder_that_is_unplugged_meanwhile_is_told_and_read_anew_later(
    paths: Paths, tmp_path: Path
) -> None:
    folder, away = draw_photos(tmp_path / "mine", each=60), tmp_path / "away"
    request = RunRequest("meals", configure(), str(folder))
    ctx = unplug_while_reading(folder, away)
    found = check_photos(paths, request, ctx, workers=1)
    assert told(found) == {"FS-513": "error"}
    away.rename(folder)
    found = check_photos(paths, request, workers=1)
    assert found.can_start
    assert sum(entry.photos for entry in found.classes) == 180


def test_a_training_whose_folder_is_unplugged_says_so_and_can_go_on_later(
    paths: Paths, tmp_path: Path
) -> None:
    folder, away = draw_photos(tmp_path / "mine"), tmp_path / "away"
    run = begin(paths, folder, epochs=2)
    stopped = Listener(at_checkpoint=lambda ctx: ctx.cancel() if run.read_log() else None)
    with pytest.raises(JobCancelled):
        complete(paths, run, stopped)
    folder.rename(away)
    with pytest.raises(TrainingError, match="not available") as caught:
        complete(paths, run)
    assert caught.value.code == "FS-513"
    away.rename(folder)
    assert complete(paths, run).epochs == 2


@pytest.mark.parametrize("absolute", [True, False])
def test_so_does_one_whose_photos_are_named_by_a_table(
    absolute: bool, paths: Paths, tmp_path: Path
) -> None:
    folder, away = draw_photos(tmp_path / "mine"), tmp_path / "away"
    table = (tmp_path if absolute else folder) / "labels.csv"
    rows = [
        f"{photo if absolute else photo.relative_to(folder)},{photo.parent.name}"
        for photo in folder.rglob("*.png")
    ]
    table.write_text("\n".join(["path,label", *rows]))
    run = begin(paths, "", split=table, epochs=2)
    stopped = Listener(at_checkpoint=lambda ctx: ctx.cancel() if run.read_log() else None)
    with pytest.raises(JobCancelled):
        complete(paths, run, stopped)
    folder.rename(away)
    with pytest.raises(TrainingError, match="Plug in its drive") as caught:
        complete(paths, run)
    assert caught.value.code == "FS-513"
    assert str(folder) in str(caught.value)
    away.rename(folder)
    assert complete(paths, run).epochs == 2


def test_a_check_can_be_stopped(paths: Paths, photos: Path) -> None:
    request = RunRequest("meals", configure(), str(photos))
    with pytest.raises(JobCancelled):
        check_photos(paths, request, Listener(at_checkpoint=lambda ctx: ctx.cancel()).ctx)
