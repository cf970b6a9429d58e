from __future__ import annotations

import pytest

from engine.library.labels import label_of


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("", None),
        ("apple_pie", "apple_pie"),
        ("train/apple_pie", "apple_pie"),
        ("Käsespätzle", "Käsespätzle"),
        ("2024", None),
        ("2024-11", None),
        ("2024-11-21", None),
        ("20241121", None),
        ("2024/11", None),
        ("2024/11/21", None),
        ("2024 Italy/3", None),
        ("21.11.2024", None),
        ("November 2024", None),
        ("2024/11 November", None),
        ("DCIM", None),
        ("DCIM/100CANON", None),
        ("DCIM/101APPLE", None),
        ("Camera", None),
        ("Camera Roll", None),
        ("Photos", None),
        ("Downloads", None),
        ("17", "17"),
        ("train/17", "17"),
        ("3 cheese pizza", "3 cheese pizza"),
        ("1001 nights soup", "1001 nights soup"),
        ("2024/ramen", "ramen"),
        ("marchpane", "marchpane"),
    ],
)
def test_a_folder_is_a_label_unless_it_is_a_date_or_a_camera(
    folder: str, label: str | None
) -> None:
    assert label_of(folder.encode()) == label


def test_a_name_that_is_not_utf_8_still_gives_a_readable_label() -> None:
    assert label_of(b"gr\xfcn") == "gr�n"
