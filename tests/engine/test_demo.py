from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.demo import DESCRIPTION, DISHES, draw_demo_photos, draw_dish
from engine.events import JobCancelled, JobContext, Progress
from engine.photos import load_photo


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert draw_demo_photos(folder, per_dish=2) == 2 * len(DISHES)
    return folder


def test_there_are_a_dozen_kinds_each_in_its_folder(drawn: Path) -> None:
    assert len(DISHES) == 12
    found = sorted(path.relative_to(drawn).as_posix() for path in drawn.rglob("*.*"))
    assert found == [f"{dish}/{dish}-{number:02}.jpg" for dish in DISHES for number in (1, 2)]


def test_every_file_says_that_it_is_a_drawing(drawn: Path) -> None:
    for path in drawn.rglob("*.jpg"):
        with Image.open(path) as image:
            assert image.getexif()[0x010E] == DESCRIPTION


def test_every_file_is_a_sound_photo_of_the_promised_size(drawn: Path) -> None:
    sizes = {load_photo(path).image.size for path in drawn.rglob("*.jpg")}
    assert sizes <= {(480, 360), (360, 480)}


def test_the_same_seed_draws_the_same_picture_and_another_does_not() -> None:
    first, again, other = (draw_dish("soup", 3, seed) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_pictures_of_one_dish_differ_visibly(drawn: Path) -> None:
    for dish in DISHES:
        one, two = (load_photo(drawn / dish / f"{dish}-0{n}.jpg").image for n in (1, 2))
        pixels = [np.asarray(image.resize((32, 32)), np.float32) for image in (one, two)]
        assert np.abs(pixels[0] - pixels[1]).mean() > 8, dish


def test_both_orientations_occur() -> None:
    shapes = {draw_dish("cake", number).size for number in range(12)}
    assert shapes == {(480, 360), (360, 480)}


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    reports: list[Progress] = []
    draw_demo_photos(tmp_path, JobContext(reports.append), per_dish=1)
    assert reports[0].done == 0
    assert (reports[-1].done, reports[-1].total) == (12, 12)


def test_a_stopped_job_keeps_what_was_drawn(tmp_path: Path) -> None:
    def stop_after_two(progress: Progress) -> None:
        if progress.done >= 2:
            ctx.cancel()

    ctx = JobContext(stop_after_two, clock=iter(range(1000)).__next__)
    with pytest.raises(JobCancelled):
        draw_demo_photos(tmp_path, ctx, per_dish=1)
    assert len(list(tmp_path.rglob("*.jpg"))) == 3
    assert not list(tmp_path.rglob("*.part"))
