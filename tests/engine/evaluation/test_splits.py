from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.evaluation.splits import read_labels, read_splits
from tests.engine.library.pictures import jpeg, put

GOOD = "path,label,split\na/1.jpg,a,query\nb/2.jpg,b,train\na/3.jpg,a,database\n"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("a/1.jpg", "b/2.jpg", "a/3.jpg"):
        put(tmp_path / "photos" / name, jpeg(1))
    return tmp_path / "photos"


def write(path: Path, text: str) -> Path:
    return put(path, text.encode())


def test_train_belongs_to_the_gallery(photos: Path) -> None:
    splits = read_splits(write(photos / "splits.csv", GOOD))
    assert [sample.name for sample in splits.queries] == ["a/1.jpg"]
    assert [(sample.name, sample.label) for sample in splits.gallery] == [
        ("b/2.jpg", "b"),
        ("a/3.jpg", "a"),
    ]
    assert splits.root == photos
    assert splits.queries[0].path == photos / "a/1.jpg"


def test_paths_may_begin_with_the_name_of_the_folder(photos: Path) -> None:
    text = GOOD.replace("a/", "photos/a/").replace("b/", "photos/b/")
    splits = read_splits(write(photos / "splits.csv", text))
    assert splits.root == photos.parent
    assert splits.queries[0].path.is_file()


def test_the_folder_with_most_of_the_photos_is_taken(photos: Path) -> None:
    text = GOOD.replace("a/", "photos/a/").replace("b/", "photos/b/")
    put(photos / "photos" / "a" / "1.jpg", jpeg(2))  # one of them also lies deeper
    assert read_splits(write(photos / "splits.csv", text)).root == photos.parent


def test_a_named_root_is_the_only_one_that_is_tried(photos: Path) -> None:
    source = write(photos.parent / "elsewhere" / "splits.csv", GOOD)
    assert read_splits(source, photos).root == photos
    with pytest.raises(InputError, match="None of its photos") as caught:
        read_splits(source, photos / "a")
    assert f"are below {photos / 'a'}." in str(caught.value)


def test_columns_may_stand_in_any_order_beside_others(photos: Path) -> None:
    text = "\ufeffsplit, id,label ,path\nquery,7,a,a/1.jpg\ndatabase,8,a,a/3.jpg\n"
    assert len(read_splits(write(photos / "splits.csv", text)).gallery) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "lacks the column path"),
        ("path;label;split\na/1.jpg;a;query\n", "lacks the column path"),
        ("file,label,split\na/1.jpg,a,query\n", "its columns: file, label, split"),
        ("path,label\na/1.jpg,a\n", "lacks the column split"),
        ("path,label,split\na/1.jpg,a,test\n", "line 2 has the split “test”"),
        ("path,label,split\na/1.jpg,a\n", "line 2 has the split “”"),
        ("path,label,split\n,a,query\n", "line 2 names no photo"),
        ("path,label,split\na/1.jpg,,query\n", "line 2 has no label"),
        ("path,label,split\n", "at least one query"),
        ("path,label,split\na/1.jpg,a,query\n", "at least one query"),
        (GOOD + "a/1.jpg,a,database\n", "lines 2 and 5 name the same photo"),
        (GOOD + "./b/../a//1.jpg,a,database\n", "lines 2 and 5 name the same photo"),
        (GOOD.replace("jpg", "png"), "none of its photos are below"),
        ("path,label,split\na\0b,a,query\n", "names no photo"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(photos: Path, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=f"(?i){reason}") as caught:
        read_splits(write(photos / "splits.csv", text))
    assert caught.value.code == "FS-002"


def test_a_file_that_is_no_text_or_missing_is_refused(photos: Path) -> None:
    picture = put(photos / "splits.csv", jpeg(1))
    with pytest.raises(InputError, match="not a text file"):
        read_splits(picture)
    with pytest.raises(InputError, match="no such file"):
        read_splits(photos / "none.csv")
    with pytest.raises(InputError, match="It is not a folder"):
        read_splits(write(photos / "splits.csv", GOOD), photos / "none")


def test_labels_to_train_with_need_neither_splits_nor_queries(photos: Path) -> None:
    found = read_labels(write(photos / "labels.csv", "label,path\na,a/1.jpg\nb,b/2.jpg\n"))
    assert [(sample.name, sample.label) for sample in found.train] == [
        ("a/1.jpg", "a"),
        ("b/2.jpg", "b"),
    ]
    assert found.queries == ()
    found = read_labels(write(photos / "splits.csv", GOOD))
    assert [sample.name for sample in found.train] == ["b/2.jpg"]
    with pytest.raises(InputError, match=r"lacks the column label.*columns path and label; a co"):
        read_labels(write(photos / "names.csv", "path\na/1.jpg\n"))
    with pytest.raises(InputError, match=r"None of its photos are.*beside it, as FOLDER"):
        read_labels(write(photos / "lost.csv", GOOD.replace("jpg", "png")))
    with pytest.raises(InputError, match=r"It is not a folder.*beside it, as FOLDER"):
        read_labels(photos / "labels.csv", photos / "none")
    with pytest.raises(InputError, match="lacks the column split"):
        read_splits(photos / "labels.csv")
