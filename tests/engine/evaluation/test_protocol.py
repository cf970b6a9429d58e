from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.codes import CodeArray, binarize
from engine.errors import InputError
from engine.evaluation.encoding import encode_files
from engine.evaluation.metrics import Normalizer
from engine.evaluation.protocol import evaluate
from engine.evaluation.report import write_report
from engine.evaluation.scoring import SHUFFLE_SEED, Coded, score
from engine.evaluation.splits import Sample, Splits, read_splits
from engine.events import JobContext, Progress
from tests.engine.evaluation import reference
from tests.engine.library.pictures import ColourEncoder, picture, put

KEYS = {
    *("map", "map_at", "map_expected_ties", "map_normalizer", "p_at", "p_at_h2", "empty_balls"),
    *("queries", "gallery", "labels", "bits", "unreadable", "problems", "shuffle_seed"),
    *("split", "root", "encode_ms", "photos_per_second"),
    *("task", "task_id", "per_query", "examples"),
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


def test_further_blocks_agree_with_the_main_figures(task: Splits) -> None:
    found = evaluate(ColourEncoder(), task, map_at=None)
    by_rank = found["curves"]["by_rank"]
    assert by_rank["ranks"] == list(range(1, 10))
    assert by_rank["precision"][0] == found["p_at"]["1"]
    assert by_rank["precision"][4] == pytest.approx(found["p_at"]["5"])
    assert found["curves"]["by_radius"]["precision"][2] == pytest.approx(found["p_at_h2"])
    assert found["curves"]["by_radius"]["empty_balls"][2] == found["empty_balls"]
    distances = found["curves"]["distances"]
    assert (sum(distances["relevant"]), sum(distances["others"])) == (9, 18)
    assert np.mean([dish["ap"] for dish in found["per_label"]]) == pytest.approx(found["map"])
    assert [dish["label"] for dish in found["per_label"]] == ["motif 0", "motif 1", "motif 2"]
    assert found["confusions"]["labels"] == ["motif 0", "motif 1", "motif 2"]
    assert found["bit_use"]["codes"] == 9
    assert found["times"]["photo_ms"] > 0
    assert 0 < found["times"]["search_ms"] <= found["times"]["search_p95_ms"]
    assert found["memory"]["peak_bytes"] > 2**20


def codes_of(samples: tuple[Sample, ...]) -> dict[str, CodeArray]:
    """Codes that a method could have learned: the same for all photos of a motif."""
    labels = [int(sample.label.split()[1]) for sample in samples]
    signs = np.random.default_rng(3).normal(size=(3, 48))
    return {
        sample.name: binarize(signs[label]) for sample, label in zip(samples, labels, strict=True)
    }


def test_learned_codes_are_scored_beside_encoded_ones(task: Splits) -> None:
    alone = evaluate(ColourEncoder(), task, map_at=None)
    learned = {name: code for name, code in codes_of(task.gallery).items() if "-3" not in name}
    found = evaluate(ColourEncoder(), task, map_at=None, learned=learned)
    block = found.pop("db_learned")
    assert {key: found[key] for key in ("map", "p_at")} == {
        key: alone[key] for key in ("map", "p_at")
    }
    assert (block["gallery"], block["without_code"]) == (6, 3)
    assert block["db_encoded"]["map"] == 1.0
    assert block["map"] < 1.0  # these have nothing to do with the photos
    assert 0.3 < block["bits_as_encoded"] < 0.7
    assert set(block) - {"gallery", "without_code", "bits_as_encoded", "db_encoded"} == set(
        block["db_encoded"]
    )


def test_learned_codes_that_equal_the_encoded_ones_score_the_same(task: Splits) -> None:
    encoded = encode_files(ColourEncoder(), [s.path for s in task.gallery], JobContext()).codes
    learned = {s.name: code for s, code in zip(task.gallery, encoded, strict=True)}
    found = evaluate(ColourEncoder(), task, learned=learned)
    block = found["db_learned"]
    assert block["bits_as_encoded"] == 1.0
    assert block["without_code"] == 0
    for name in ("map", "map_at", "map_expected_ties", "p_at", "p_at_h2", "empty_balls"):
        assert block[name] == block["db_encoded"][name] == found[name]


@pytest.mark.parametrize(
    ("learned", "reason"),
    [
        ({"elsewhere.png": np.zeros(6, np.uint8)}, "None of them is of a photo of the gallery"),
        ({"0-1.png": np.zeros(2, np.uint8)}, "odes of 48 bits"),
    ],
)
def test_learned_codes_of_others_are_refused(
    task: Splits, learned: dict[str, CodeArray], reason: str
) -> None:
    reports: list[Progress] = []
    with pytest.raises(InputError, match=reason):
        evaluate(ColourEncoder(), task, JobContext(reports.append), learned=learned)
    assert not reports, "it is refused before anything is encoded"


@pytest.mark.parametrize(
    "name", ["report.json", "report.md", "report.html", "new/folder/report.json"]
)
def test_a_report_is_written(task: Splits, tmp_path: Path, name: str) -> None:
    result: dict[str, Any] = {"model": "colours", **evaluate(ColourEncoder(), task)}
    write_report(result, tmp_path / name)
    text = (tmp_path / name).read_text()
    if name.endswith(".json"):
        assert json.loads(text) == result
    elif name.endswith(".html"):
        assert text.startswith("<!DOCTYPE html>")
    else:
        assert "| mAP@all | 1.0000 |" in text
        assert "3 queries, 9 photos" in text


def test_a_report_that_cannot_be_written_is_the_users_matter(task: Splits, tmp_path: Path) -> None:
    put(tmp_path / "file", b"")
    with pytest.raises(InputError, match="cannot be used"):
        write_report({}, tmp_path / "file" / "report.json")
