from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.codes import binarize
from engine.errors import InputError
from engine.evaluation.metrics import Normalizer
from engine.evaluation.protocol import SHUFFLE_SEED, Coded, evaluate, score
from engine.evaluation.report import write_report
from engine.evaluation.splits import Splits, read_splits
from engine.events import JobContext, Progress
from tests.engine.evaluation import reference
from tests.engine.library.pictures import ColourEncoder, picture, put

KEYS = {
    *("map", "map_at", "map_expected_ties", "map_normalizer", "p_at", "p_at_h2", "empty_balls"),
    *("queries", "gallery", "labels", "bits", "unreadable", "problems", "shuffle_seed"),
    *("split", "root", "encode_ms", "photos_per_second"),
    *("curves", "per_label", "confusions", "bit_use", "times", "memory"),
}


def random_codes(rng: np.random.Generator, count: int, bits: int, labels: int) -> Coded:
    numbers = rng.integers(0, labels, count)
    centers = np.random.default_rng(1).normal(size=(labels, bits))
    return Coded(binarize(centers[numbers] + rng.normal(0, 1.5, (count, bits))), numbers)


@pytest.mark.parametrize("normalizer", ["retrieved", "total"])
@pytest.mark.parametrize("map_at", [None, 1, 20, 5000])
def test_scores_are_the_literal_ones(normalizer: Normalizer, map_at: int | None) -> None:
    rng = np.random.default_rng(0)
    queries, gallery = random_codes(rng, 15, 12, 4), random_codes(rng, 90, 12, 4)
    found = score(queries, gallery, map_at=map_at, normalizer=normalizer)

    shuffled = gallery[np.random.default_rng(SHUFFLE_SEED).permutation(90)]
    precisions, balls, firsts = [], [], []
    for code, label in zip(queries.codes, queries.labels, strict=True):
        distances = [
            sum(bin(int(a) ^ int(b)).count("1") for a, b in zip(code, other, strict=True))
            for other in shuffled.codes
        ]
        relevant = [int(other == label) for other in shuffled.labels]
        order = [relevant[i] for i in reference.stable_order(distances)]
        precisions.append(
            reference.average_precision(order, map_at or 90, normalizer, sum(relevant))
        )
        balls.append(reference.ball_precision(distances, relevant, 2))
        firsts.append([sum(order[:k]) / k for k in (1, 5, 10)])
    assert found["map"] == pytest.approx(np.mean(precisions), abs=1e-12)
    assert found["p_at_h2"] == pytest.approx(np.mean(balls), abs=1e-12)
    assert list(found["p_at"].values()) == pytest.approx(np.mean(firsts, axis=0), abs=1e-12)


def test_a_gallery_sorted_by_class_gains_nothing() -> None:
    # All codes are equal: only the order of the ties decides, and it must not favour class 0.
    labels = np.repeat([0, 1], 500)
    gallery = Coded(np.zeros((1000, 2), np.uint8), labels)
    queries = Coded(np.zeros((1, 2), np.uint8), np.array([0]))
    found = score(queries, gallery, map_at=None)
    assert found["map"] == pytest.approx(found["map_expected_ties"], abs=0.05)
    assert found["map_expected_ties"] == pytest.approx(0.5, abs=0.01)


def test_a_query_without_relevant_photos_counts_as_zero() -> None:
    gallery = Coded(np.zeros((4, 1), np.uint8), np.zeros(4, np.int64))
    queries = Coded(np.zeros((2, 1), np.uint8), np.array([0, 9]))
    assert score(queries, gallery)["map"] == 0.5


@pytest.fixture
def task(tmp_path: Path) -> Splits:
    """Three motifs, each once as a query and three times, slightly changed, in the gallery."""
    lines = ["path,label,split"]
    rng = np.random.default_rng(2)
    for label in range(3):
        for number, split in enumerate(("query", "train", "database", "database")):
            pixels = np.asarray(picture(label), np.int64) + rng.integers(-12, 13, (48, 64, 3))
            name = f"{label}-{number}.png"
            image = picture(label)
            image.frombytes(np.clip(pixels, 0, 255).astype(np.uint8).tobytes())
            image.save(tmp_path / name)
            lines.append(f"{name},motif {label},{split}")
    return read_splits(put(tmp_path / "splits.csv", "\n".join(lines).encode()))


def test_evaluation_finds_motifs_again_and_reports_all_promised(task: Splits) -> None:
    reports: list[Progress] = []
    found = evaluate(ColourEncoder(), task, JobContext(reports.append), map_at=None)
    assert set(found) == KEYS
    assert found["map"] == found["map_expected_ties"] == 1.0
    assert found["p_at"] == {"1": 1.0, "5": pytest.approx(0.6), "10": pytest.approx(3 / 9)}
    assert (found["queries"], found["gallery"], found["labels"]) == (3, 9, 3)
    assert found["map_at"] == "all"
    assert found["unreadable"] == 0
    assert {report.stage for report in reports} == {"Encoding", "Ranking"}
    json.dumps(found)


def test_unreadable_photos_are_left_out_and_counted(task: Splits) -> None:
    task.queries[0].path.write_text("text")
    task.gallery[4].path.unlink()
    found = evaluate(ColourEncoder(), task)
    assert (found["queries"], found["gallery"], found["unreadable"]) == (2, 8, 2)
    assert [problem["code"] for problem in found["problems"]] == ["FS-101", "FS-107"]
    assert found["problems"][0]["path"] == "0-0.png"
    assert "text" not in json.dumps(found["p_at"])


def test_without_any_readable_query_there_is_no_number(task: Splits) -> None:
    for sample in task.queries:
        sample.path.write_text("text")
    with pytest.raises(InputError, match="None of its queries"):
        evaluate(ColourEncoder(), task)


@pytest.mark.parametrize("name", ["report.json", "report.md", "new/folder/report.json"])
def test_a_report_is_written(task: Splits, tmp_path: Path, name: str) -> None:
    result: dict[str, Any] = {"model": "colours", **evaluate(ColourEncoder(), task)}
    write_report(result, tmp_path / name)
    text = (tmp_path / name).read_text()
    if name.endswith(".json"):
        assert json.loads(text) == result
    else:
        assert "| mAP@1000 | 1.0000 |" in text
        assert "3 queries, 9 photos" in text


def test_a_report_that_cannot_be_written_is_the_users_matter(task: Splits, tmp_path: Path) -> None:
    put(tmp_path / "file", b"")
    with pytest.raises(InputError, match="cannot be used"):
        write_report({}, tmp_path / "file" / "report.json")
