"""What is trained on: labels, unreadable photos, copies, photos of the test, those held back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import InputError, TrainingError
from engine.events import JobContext
from engine.paths import Paths
from engine.training.photos import LEAST_PHOTOS, hold_back, samples_of_folder
from engine.training.pixel_cache import open_cache
from engine.training.prepare import TrainingPhotos, prepare_photos
from engine.training.run import Run, RunRequest
from engine.training.setup import build_network, choose_preprocessing, prepare_source
from engine.training.source import Source
from tests.engine.training.runs import CLASSES, begin, complete, configure, draw_photos


def prepare(paths: Paths, folder: Path, tests: tuple[Path, ...] = ()) -> TrainingPhotos:
    return prepare_photos(
        samples_of_folder(folder),
        configure(),
        32,
        paths.training_photos,
        JobContext(),
        tests=tests,
        workers=2,
    )


def test_the_folder_of_a_photo_names_its_class(tmp_path: Path) -> None:
    for place in ("soup/2024", "soup/100CANON", "cake", ".hidden", "", "."):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / "photo.jpg").touch()
    (tmp_path / "cake" / "recipe.txt").touch()
    (tmp_path / "cake" / ".trash.jpg").touch()
    found = {sample.name: sample.label for sample in samples_of_folder(tmp_path)}
    assert found == {
        "soup/2024/photo.jpg": "soup",
        "soup/100CANON/photo.jpg": "soup",
        "cake/photo.jpg": "cake",
    }
    unlabelled = samples_of_folder(tmp_path, needs_labels=False)
    assert [sample.label for sample in unlabelled if sample.name == "photo.jpg"] == [""]


def test_unreadable_photos_are_left_out_and_listed(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    (folder / "bowl" / "03.png").write_bytes(b"no picture")
    whole = (folder / "plate" / "02.png").read_bytes()
    (folder / "plate" / "02.png").write_bytes(whole[: len(whole) // 2])
    result = complete(paths, begin(paths, folder, epochs=1))
    listed = {name: why.code for name, why in result.problems}
    assert listed == {"bowl/03.png": "FS-101", "plate/02.png": "FS-109"}


def test_a_photo_that_is_there_twice_is_trained_on_once(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    shutil.copy(folder / "bowl" / "00.png", folder / "plate" / "copy.png")
    photos = prepare(paths, folder)
    ((number, why),) = photos.problems.items()
    assert photos.samples[number].name == "plate/copy.png"
    assert why.code == "FS-507"
    assert "bowl/00.png" in why.cause
    used = [photos.cache.hashes[number] for number in (*photos.train, *photos.held)]
    assert len(set(used)) == len(used) == 27


def test_photos_of_the_test_are_never_trained_on(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    query = tmp_path / "query.png"
    shutil.copy(folder / "bowl" / "00.png", query)
    photos = prepare(paths, folder, tests=(query, tmp_path / "missing.png"))
    ((number, why),) = photos.problems.items()
    assert (photos.samples[number].name, why.code) == ("bowl/00.png", "FS-505")


def test_queries_of_a_split_are_refused_by_content(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    shutil.copy(folder / "plate" / "01.png", folder / "asked.png")
    rows = [f"{name}/{number:02}.png,{name},train" for name in CLASSES for number in range(9)]
    table = "\n".join(["path,label,split", "asked.png,plate,query", *rows])
    (folder / "splits.csv").write_text(table, encoding="utf-8")
    result = complete(paths, begin(paths, "", split=folder / "splits.csv", epochs=1))
    assert [(name, why.code) for name, why in result.problems] == [("plate/01.png", "FS-505")]


@pytest.mark.parametrize("kind", ["empty", "one class", "few photos"])
def test_too_few_photos_are_refused_and_the_name_stays_free(
    kind: str, paths: Paths, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    if kind == "one class":
        draw_photos(folder, classes=("soup",))
    elif kind == "few photos":
        draw_photos(folder, each=LEAST_PHOTOS - 1)
    run = begin(paths, folder)
    with pytest.raises(TrainingError, match="Too few photos") as caught:
        complete(paths, run)
    assert caught.value.code == "FS-501"
    assert not run.path.exists()


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("empty", "the folder has no photos."),
        ("loose", "the folder has 9 photos, but none in a sub-folder named after a dish."),
    ],
)
def test_a_folder_without_sub_folders_is_told_what_was_found(
    folder: str, found: str, paths: Paths, tmp_path: Path
) -> None:
    place = tmp_path / folder
    place.mkdir()
    if folder == "loose":
        place = draw_photos(tmp_path, classes=("loose",)) / "loose"
    with pytest.raises(TrainingError, match=f"{found} Put the photos of each dish into a sub-f"):
        complete(paths, begin(paths, place))


def test_a_folder_that_is_not_there_is_refused(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such f"):
        complete(paths, begin(paths, tmp_path / "nowhere"))
    draw_photos(tmp_path / "nowhere")
    complete(paths, begin(paths, tmp_path / "nowhere", epochs=1))  # its name is free


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=80),
    st.floats(0, 0.999),
    st.integers(0, 10),
    st.integers(0, 5),
)
def test_of_every_class_something_is_left_to_train_on(
    labels: list[int], share: float, limit: int, seed: int
) -> None:
    numbers = np.array(labels, np.int64)
    held = hold_back(numbers, share=share, limit=limit, seed=seed)
    for label in set(labels):
        count = int(held[numbers == label].sum())
        size = labels.count(label)
        assert count <= limit
        assert count < size
        assert (count > 0) == (size >= LEAST_PHOTOS and share > 0 and limit > 0)


def test_the_photos_held_back_depend_on_the_seed() -> None:
    labels = np.repeat(np.arange(3), 10)
    draws = [hold_back(labels, share=0.2, limit=10, seed=seed) for seed in (0, 0, 1)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_validation_photos_are_never_trained_on(photos: Path, seed: int) -> None:
    paths = Paths.resolve(photos.parent / "home-of-split")
    found = prepare_photos(
        samples_of_folder(photos),
        configure(seed=seed),
        32,
        paths.training_photos,
        JobContext(),
        workers=1,
    )
    assert len(found.held) == 6
    assert sorted([*found.train, *found.held]) == list(range(27))
    hashes = found.cache.hashes
    assert not {hashes[n] for n in found.train} & {hashes[n] for n in found.held}


def test_decoded_photos_are_kept(paths: Paths, photos: Path) -> None:
    files = sorted(photos.glob("*/*.png"))
    folder = paths.training_photos
    first = open_cache(files, 32, folder, JobContext(), workers=2)
    written = {path: path.stat().st_ino for path in folder.iterdir()}
    second = open_cache(files, 32, folder, JobContext(), workers=2)
    assert {path: path.stat().st_ino for path in folder.iterdir()} == written
    assert second.hashes == first.hashes
    for number, file in enumerate(files):
        assert min(first[number].shape[:2]) == 32
        assert np.array_equal(first[number], second[number])
        with Image.open(file) as image:
            width = 32 * image.width / min(image.size)
        assert first[number].shape[1] == pytest.approx(width, abs=1)


@pytest.mark.parametrize("damage", ["json", "pixels"])
def test_a_damaged_cache_is_made_anew(damage: str, paths: Paths, photos: Path) -> None:
    files, folder = sorted(photos.glob("*/*.png")), paths.training_photos
    pixels = open_cache(files, 32, folder, JobContext(), workers=2)[5].copy()
    (victim,) = folder.glob(f"*.{damage}")
    victim.write_bytes(victim.read_bytes()[:100])
    assert np.array_equal(open_cache(files, 32, folder, JobContext(), workers=2)[5], pixels)


def test_photos_that_are_missing_do_not_shift_the_others(paths: Paths, photos: Path) -> None:
    files, folder = sorted(photos.glob("*/*.png"))[:3], paths.training_photos
    gone = photos / "bowl" / "gone.png"
    whole = open_cache(files, 32, folder, JobContext(), workers=1)
    found = open_cache([gone, *files], 32, folder, JobContext(), workers=1)
    assert list(found.problems) == [0]
    assert found.hashes == ("", *whole.hashes)
    for number in range(3):
        assert np.array_equal(found[number + 1], whole[number])
    assert open_cache([*files, gone], 32, folder, JobContext(), workers=1).hashes[-1] == ""


@pytest.mark.parametrize("damage", ["a photo more", "other fields of messages"])
def test_a_cache_of_other_photos_or_of_another_version_is_made_anew(
    damage: str, paths: Paths, tmp_path: Path
) -> None:
    """Earlier versions gave lists with and without missing photos the same name."""
    folder, files = paths.training_photos, [tmp_path / "broken.png", tmp_path / "good.png"]
    files[0].write_bytes(b"no picture")
    Image.new("RGB", (50, 50), "red").save(files[1])
    open_cache(files, 32, folder, JobContext(), workers=1)
    (table,) = folder.glob("*.json")
    values = json.loads(table.read_text())
    if damage == "a photo more":
        for name, value in (("hashes", ""), ("shapes", [0, 0]), ("looks", "00" * 8)):
            values[name].insert(0, value)
    else:
        values["problems"]["0"]["colour"] = "red"
    table.write_text(json.dumps(values))
    found = open_cache(files, 32, folder, JobContext(), workers=1)
    assert list(found.problems) == [0]
    assert found[1].shape == (32, 32, 3)


def test_a_changed_photo_is_decoded_anew(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    before = prepare(paths, folder).fingerprint
    Image.new("RGB", (50, 50), "red").save(folder / "bowl" / "00.png")
    assert prepare(paths, folder).fingerprint != before


def test_photos_are_reduced_by_the_filter_of_the_model(paths: Paths, photos: Path) -> None:
    network = build_network(configure())
    plain = choose_preprocessing(configure(), network)
    source = Source.of(RunRequest("x", configure(), str(photos)))
    found = [
        prepare_source(source, configure(), how, paths, JobContext(), workers=1).cache
        for how in (
            replace(plain, interpolation="bilinear"),
            replace(plain, interpolation="bicubic"),
        )
    ]
    with Image.open(source.samples[0].path) as image:
        for cache, resampling in zip(found, ("BILINEAR", "BICUBIC"), strict=True):
            size = cache[0].shape[1::-1]
            wanted = image.convert("RGB").resize(size, Image.Resampling[resampling])
            assert np.array_equal(cache[0], wanted), resampling


def test_a_very_long_photo_does_not_fill_the_memory(paths: Paths, tmp_path: Path) -> None:
    Image.new("RGB", (3, 6000), "red").save(tmp_path / "strip.png")
    cache = open_cache([tmp_path / "strip.png"], 32, paths.training_photos, JobContext(), workers=1)
    assert cache[0].shape == (128, 32, 3)


def test_old_caches_and_unfinished_files_make_room(
    paths: Paths, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    from engine.training import pixel_cache

    folder = paths.training_photos
    folder.mkdir(parents=True)
    for name in (".old.part", ".new.part"):
        (folder / name).touch()
    os.utime(folder / ".old.part", (0, 0))
    files = sorted(photos.glob("*/*.png"))
    monkeypatch.setattr(pixel_cache, "MAX_BYTES", 1)
    for count in (3, 4):
        open_cache(files[:count], 32, folder, JobContext(), workers=1)
    assert not (folder / ".old.part").exists()
    assert (folder / ".new.part").exists()
    assert len(list(folder.glob("*.pixels"))) == len(list(folder.glob("*.json"))) == 1


def test_names_that_are_not_text_do_no_harm(paths: Paths, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    strange = folder / "bow\udce9l\u200d"
    try:
        (folder / "bowl").rename(strange)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    (strange / "bro\udce9ken.png").write_bytes(b"no picture")
    run = begin(paths, folder, epochs=1)
    result = complete(paths, Run.open(paths, run.name))
    assert len(result.model.manifest.classes) == 3
