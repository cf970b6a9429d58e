from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt

from engine import Progress, ScanReport
from foodsearch_gui.core import job_texts, wording
from tests.gui.training_reports import batch_report, epoch_report


@pytest.fixture(autouse=True)
def plain_locale():
    before = QLocale()
    QLocale.setDefault(QLocale.c())
    yield
    QLocale.setDefault(before)


def test_numbers_are_grouped_even_in_the_c_locale():
    assert wording.count(48213) == "48,213"
    assert wording.photos(1) == "1 photo"
    assert wording.photos(0) == "0 photos"
    assert wording.values(1) == "1 value"
    assert wording.problems(7211) == "7,211 problems"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.71314, "0.7131"),
        (0.7, "0.7"),
        (-12.5, "−12.5"),
        (48213, "48,213"),
        (300, "300"),
        (2.5e-7, "2.5e−07"),
        (0.00012346, "0.0001235"),
    ],
)
def test_measured_values_have_four_digits(number, text):
    assert wording.figure(number) == text
    assert wording.decimal(0.70049, 3) == "0.700"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (72.9, "1:12"), (3792, "1:03:12"), (360_000, "100:00:00")]
)
def test_measured_times_are_exact(seconds, text):
    assert wording.stopwatch(seconds) == text
    assert (wording.epochs(1), wording.epochs(5)) == ("1 epoch", "5 epochs")


def test_numbers_follow_the_locale():
    QLocale.setDefault(QLocale(QLocale.Language.German))
    assert wording.count(48213) == "48.213"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "0 %"),
        (0, 9, "0 %"),
        (1, 10_000, "1 %"),
        (97, 100, "97 %"),
        (9999, 10_000, "99 %"),
        (10_000, 10_000, "100 %"),
        (11, 10, "100 %"),
    ],
)
def test_percent_is_complete_only_when_everything_is(part, whole, text):
    assert wording.percent(part, whole) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 %"), (0.286, "29 %"), (0.9999, "99 %"), (1, "100 %")]
)
def test_a_share_is_never_rounded_to_certainty(value: float, text: str) -> None:
    assert wording.share(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "a few seconds"),
        (4.9, "a few seconds"),
        (28, "about 30 s"),
        (54, "about 55 s"),
        (55, "about 1 min"),
        (12 * 60 + 20, "about 12 min"),
        (59.6 * 60, "about 1 h"),
        (84 * 60, "about 1 h 20 min"),
        (3 * 3600, "about 3 h"),
    ],
)
def test_durations_are_rounded(seconds, text):
    assert wording.duration(seconds) == text


def test_sizes_are_decimal():
    assert wording.size(512) == "512 bytes"
    assert wording.size(4_200_000) == "4.2 MB"
    assert wording.size(22_400_000) == "22 MB"
    assert wording.size(1_230_000_000) == "1.2 GB"


def test_day_is_written_out():
    assert wording.day("2026-11-12T12:00:00+00:00") == "12 Nov 2026"
    assert wording.day("") == ""


def test_progress_line_has_amount_rate_and_time_left():
    progress = Progress("Indexing", 1204, 7211, rate=211.7, eta=28.4)
    line = "Indexing 1,204 of 7,211 · 212 photos/s · about 30 s left"
    assert wording.progress_line(progress) == line


def test_progress_line_of_a_training_counts_epochs_and_photos_not_batches():
    line = "Training, epoch 8 of 30 · 64 photos/s · about 10 min left"
    assert wording.progress_line(batch_report(8, 3)) == line
    line = "Training, epoch 8 done · about 10 min left"
    assert wording.progress_line(epoch_report(8, 0.5)) == line


def test_negative_numbers_have_a_true_minus():
    assert wording.decimal(-0.25, 2) == "−0.25"
    assert wording.figure(-1.5) == "−1.5"
    assert wording.figure(2.5e-7) == "2.5e−07"


def test_slow_work_is_told_by_the_time_a_photo_takes():
    assert wording.speed(211.7) == "212 photos per second"
    assert wording.speed(0.4) == "2.5 s per photo"


def test_progress_line_tells_of_failures():
    progress = Progress("Indexing", 808, 808, details={"failed": 2})
    assert wording.progress_line(progress) == "Indexing 808 of 808 · 2 could not be read"


def test_a_scan_is_named_after_its_folder_and_tells_what_it_found():
    assert job_texts.scan_title([Path("/a/Meals")]) == "Looking for photos in “Meals”"
    assert job_texts.scan_title([Path("/a"), Path("/b")]) == "Looking for photos in 2 folders"
    nothing = ScanReport(0, 0, 0, 0, 9, 0, 0, (), ())
    assert job_texts.scan_result(nothing) == "nothing new"
    found = replace(nothing, new=1203, gone=1)
    assert job_texts.scan_result(found) == "1,203 new, 1 gone"


def test_progress_line_says_only_what_is_known():
    assert wording.progress_line(Progress("Counting")) == "Counting"
    assert wording.progress_line(Progress("Counting", 3402)) == "Counting 3,402"
    assert wording.progress_line(Progress("Indexing", 0, 9)) == "Indexing 0 of 9"
    assert wording.progress_line(Progress("Indexing", 1, 9, rate=0.2)) == (
        "Indexing 1 of 9 · <1 photos/s"
    )


def test_bytes_that_are_no_text_stay_visible(qtbot):
    assert wording.path(Path("caf\udce9.jpg")) == "caf�.jpg"
    assert wording.path(Path("café.jpg")) == "café.jpg"


def test_paths_keep_their_order_between_right_to_left_text(qapp):
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        assert wording.path("/photos/a.jpg") == "\u200e/photos/a.jpg"
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_places_begin_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert wording.place(tmp_path / "Pictures" / "Meals") == "~/Pictures/Meals"
    assert wording.place(tmp_path) == str(tmp_path)
    assert wording.place(Path("/elsewhere")) == "/elsewhere"


def test_short_days_leave_out_the_present_year():
    this_year = datetime.now().year
    assert wording.day(f"{this_year}-11-12T12:00:00+00:00", is_short=True) == "12 Nov"
    assert wording.day("2001-11-12T12:00:00+00:00", is_short=True) == "12 Nov 2001"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.918, "+0.92"), (-0.11, "−0.11"), (-0.0031, "−0.003"), (0.0, "+0.00"), (12.5, "+12.50")],
)
def test_a_margin_has_its_sign(value: float, text: str) -> None:
    assert wording.signed(value) == text
