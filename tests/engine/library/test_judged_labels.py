"""Labels to train with, from what people called good matches."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from PIL import Image

from engine.errors import InputError
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.judged_labels import keep_judged_labels, labels_from_judgements
from engine.library.scan import scan
from engine.storage import content_hash


@pytest.fixture
def library(catalogue: Catalogue, photos: Path) -> Catalogue:
    """Photos a to h, of which a and b lie in soup, and c lies in cake."""
    for number, name in enumerate("abcdefgh"):
        folder = photos / {"a": "soup", "b": "soup", "c": "cake"}.get(name, "2024")
        folder.mkdir(exist_ok=True)
        Image.new("RGB", (40, 40), (30 * number, 99, 0)).save(folder / f"{name}.png")
    scan(catalogue, JobContext())
    return catalogue


def photo(catalogue: Catalogue, name: str) -> tuple[int, str]:
    """Return id and content of a photo."""
    (found,) = [p for p in catalogue.photos(catalogue.ids()) if p.path.stem == name]
    return found.id, found.content_hash


def judge(catalogue: Catalogue, query: str, **verdicts: bool) -> None:
    for name, is_good in verdicts.items():
        catalogue.judge(photo(catalogue, query)[1], photo(catalogue, name)[0], is_good)


def labels(catalogue: Catalogue, target: Path) -> dict[str, str]:
    """Return the label of each photo written."""
    count = labels_from_judgements(catalogue, target)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert all(row["split"] == "train" and Path(row["path"]).is_file() for row in rows)
    return {Path(row["path"]).stem: row["label"] for row in rows}


def test_good_matches_take_the_label_of_their_folder(library: Catalogue, tmp_path: Path) -> None:
    judge(library, "a", b=True, d=True, c=False)
    found = labels(library, tmp_path / "labels.csv")
    assert found == {"a": "soup", "b": "soup", "d": "soup"}


def test_groups_with_a_photo_in_common_are_one(library: Catalogue, tmp_path: Path) -> None:
    judge(library, "d", e=True)
    judge(library, "f", g=True)
    assert set(labels(library, tmp_path / "labels.csv").values()) == {"group 1", "group 2"}
    judge(library, "e", f=True)
    found = labels(library, tmp_path / "labels.csv")
    assert found == dict.fromkeys("defg", "group 1")


def test_folders_that_disagree_name_no_group(library: Catalogue, tmp_path: Path) -> None:
    judge(library, "a", c=True)
    assert labels(library, tmp_path / "labels.csv") == {"a": "group 1", "c": "group 1"}


def test_a_query_from_elsewhere_counts_while_its_file_is_there(
    library: Catalogue, tmp_path: Path
) -> None:
    asked = tmp_path / "asked.png"
    Image.new("RGB", (40, 40), "blue").save(asked)
    key = content_hash(asked)
    library.judge(key, photo(library, "a")[0], True)
    assert labels(library, tmp_path / "labels.csv") == {}, "alone it is no group"
    library.remember_query(asked, key, "asked.png")
    found = labels(library, tmp_path / "labels.csv")
    assert found == {"a": "soup", "asked": "soup"}
    asked.write_bytes(b"another picture")
    assert labels(library, tmp_path / "labels.csv") == {}


def test_photos_that_left_are_left_out(library: Catalogue, photos: Path, tmp_path: Path) -> None:
    judge(library, "a", b=True, d=True)
    shutil.rmtree(photos / "2024")
    scan(library, JobContext())
    assert labels(library, tmp_path / "labels.csv") == {"a": "soup", "b": "soup"}


def test_kept_labels_are_named_after_their_content(library: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no judgements") as caught:
        keep_judged_labels(library, tmp_path / "labels")
    assert caught.value.code == "FS-520"
    judge(library, "a", b=True)
    first = keep_judged_labels(library, tmp_path / "labels")
    assert keep_judged_labels(library, tmp_path / "labels") == first
    judge(library, "a", d=True)
    second = keep_judged_labels(library, tmp_path / "labels")
    assert sorted((tmp_path / "labels").iterdir()) == sorted([first, second])
