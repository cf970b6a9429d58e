from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.evaluation.protocol import evaluate
from engine.evaluation.tasks import folder_task, judgement_task
from engine.events import JobContext
from engine.library.catalogue import Catalogue
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.paths import Paths
from engine.storage import content_hash
from tests.engine.library.pictures import ColourEncoder, jpeg, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten soups, five pies, one cake and a photo of nothing in particular."""
    folder = tmp_path / "dishes"
    for number in range(10):
        put(folder / "soup" / f"{number}.jpg", jpeg(number))
    for number in range(5):
        put(folder / "pie" / f"{number}.jpg", jpeg(20 + number))
    put(folder / "cake" / "0.jpg", jpeg(30))
    put(folder / "0.jpg", jpeg(40))
    return folder


def test_a_fifth_of_each_dish_is_asked_for_and_the_rest_searched(folder: Path) -> None:
    task = folder_task(folder)
    assert Counter(sample.label for sample in task.queries) == {"soup": 2, "pie": 1}
    assert Counter(sample.label for sample in task.gallery) == {"soup": 8, "pie": 4, "cake": 1}
    assert not {s.name for s in task.queries} & {s.name for s in task.gallery}
    assert task.root / task.queries[0].name == task.queries[0].path
    assert task.facts == {"kind": "folder", "seed": 0, "share": 0.2, "copies": 0}


def test_the_draw_is_fixed_by_its_seed(folder: Path) -> None:
    assert folder_task(folder) == folder_task(folder)
    draws = {tuple(s.name for s in folder_task(folder, seed=seed).queries) for seed in range(6)}
    assert len(draws) > 1


def test_a_copy_of_a_query_is_not_searched(folder: Path) -> None:
    query = folder_task(folder).queries[0].path
    shutil.copy(query, folder / "soup" / "zz-copy.jpg")
    task = folder_task(folder)
    contents = {content_hash(sample.path) for sample in task.queries}
    assert not contents & {content_hash(sample.path) for sample in task.gallery}


def test_a_folder_without_two_dishes_is_refused(folder: Path) -> None:
    shutil.rmtree(folder / "pie")
    with pytest.raises(InputError, match="two dishes with two photos"):
        folder_task(folder)
    with pytest.raises(InputError, match="no such folder"):
        folder_task(folder / "none")


def test_a_labelled_folder_is_measured(folder: Path) -> None:
    found = evaluate(ColourEncoder(), folder_task(folder))
    assert (found["queries"], found["gallery"]) == (3, 13)
    assert found["task"]["kind"] == "folder"
    assert found["root"] == str(folder)


@pytest.fixture
def catalogue(home: Path, tmp_path: Path) -> Iterator[Catalogue]:
    """A library of six photos."""
    for number in range(6):
        put(tmp_path / "library" / "stew" / f"{number}.jpg", jpeg(number))
    with open_library(Paths.resolve(home)) as catalogue:
        catalogue.add_root(tmp_path / "library")
        scan(catalogue, JobContext())
        yield catalogue


def judge(catalogue: Catalogue, key: str, verdicts: dict[int, bool]) -> None:
    ids = catalogue.ids(order="name")
    for place, verdict in verdicts.items():
        catalogue.judge(key, int(ids[place]), verdict)


def test_judged_searches_become_queries(catalogue: Catalogue, tmp_path: Path) -> None:
    outside = put(tmp_path / "elsewhere" / "dinner.jpg", jpeg(50))
    gone = put(tmp_path / "elsewhere" / "gone.jpg", jpeg(51))
    inside = tmp_path / "library" / "stew" / "0.jpg"
    for path in (outside, gone, inside):
        catalogue.remember_query(path, content_hash(path), path.name)
    judge(catalogue, content_hash(outside), {1: True, 2: False})
    judge(catalogue, content_hash(gone), {3: True})
    # A photo of the library that finds itself: that is no judgement of the model.
    judge(catalogue, content_hash(inside), {0: True, 1: True, 4: False, 5: False})
    gone.unlink()

    task = judgement_task(catalogue)
    found = {
        query.label: {task.gallery[row].path.name: right for row, right in judged.items()}
        for query, judged in zip(task.queries, task.verdicts.of_query, strict=True)
    }
    assert found == {
        "dinner.jpg": {"1.jpg": True, "2.jpg": False},
        "0.jpg": {"1.jpg": True, "4.jpg": False, "5.jpg": False},
    }
    assert task.facts == {
        "kind": "judgements",
        "right": 2,
        "wrong": 3,
        "only_right": 0,
        "only_wrong": 0,
        "lost": 1,
    }
    result = evaluate(ColourEncoder(), task, map_at=None)
    assert result["queries"] == 2
    assert [row["gallery"] for row in result["per_label"]] == [3, 2]
    assert result["confusions"]["pairs"] == []
    assert {len(row["hits"]) for row in result["examples"]["worst"]} == {2, 3}
    json.dumps(result)


def test_a_changed_file_is_not_the_photo_that_was_searched_for(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    outside = put(tmp_path / "dinner.jpg", jpeg(50))
    key = content_hash(outside)
    catalogue.remember_query(outside, key, "dinner.jpg")
    judge(catalogue, key, {1: True})
    put(outside, jpeg(52))
    with pytest.raises(InputError, match="no judged match"):
        judgement_task(catalogue)


def test_a_library_without_judgements_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match="Good match"):
        judgement_task(catalogue)
