from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

from engine import Progress
from foodsearch_gui.core import wording


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
    assert wording.problems(7211) == "7,211 problems"


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


def test_day_is_written_out():
    assert wording.day("2026-11-12T12:00:00+00:00") == "12 Nov 2026"
    assert wording.day("") == ""


def test_progress_line_has_amount_rate_and_time_left():
    progress = Progress("Indexing", 1204, 7211, rate=211.7, eta=28.4)
    line = "Indexing 1,204 / 7,211 · 212 photos/s · about 30 s left"
    assert wording.progress_line(progress) == line


def test_progress_line_says_only_what_is_known():
    assert wording.progress_line(Progress("Counting")) == "Counting"
    assert wording.progress_line(Progress("Counting", 3402)) == "Counting 3,402"
    assert wording.progress_line(Progress("Indexing", 0, 9)) == "Indexing 0 / 9"
    assert wording.progress_line(Progress("Indexing", 1, 9, rate=0.2)) == (
        "Indexing 1 / 9 · <1 photos/s"
    )


def test_bytes_that_are_no_text_stay_visible(qtbot):
    assert wording.path(Path("caf\udce9.jpg")) == "caf�.jpg"
    assert wording.path(Path("café.jpg")) == "café.jpg"
