from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.codes import binarize, hamming
from engine.evaluation.confusions import Confusions
from engine.evaluation.examples import PHOTOS, TOP, WORST, Examples
from engine.evaluation.scoring import SHUFFLE_SEED, Coded, score_queries
from engine.evaluation.splits import Sample

NAMES = ("pie", "soup", "cake")


@pytest.fixture(scope="module")
def coded() -> tuple[Coded, Coded]:
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(3, 16))

    def draw(count: int) -> Coded:
        labels = rng.integers(0, 3, count)
        return Coded(binarize(centers[labels] + rng.normal(0, 2, (count, 16))), labels)

    return draw(20), draw(70)


def samples(kind: str, coded: Coded) -> list[Sample]:
    return [
        Sample(f"{kind}{row}", Path(f"{kind}{row}"), NAMES[label])
        for row, label in enumerate(coded.labels.tolist())
    ]


def test_examples_are_those_of_a_brute_force_ranking(coded: tuple[Coded, Coded]) -> None:
    queries, gallery = coded
    examples, confusions = Examples(), Confusions(3)
    scores = score_queries(queries, gallery, map_at=None, observers=(examples, confusions))
    asked, searched = samples("q", queries), samples("g", gallery)
    pairs = confusions.summary(NAMES)["pairs"]
    found = examples.summary(scores.ap, asked, searched, pairs)

    place = np.argsort(np.random.default_rng(SHUFFLE_SEED).permutation(70))
    rankings = [
        sorted(range(70), key=lambda row: (hamming(code, gallery.codes[row]), place[row]))
        for code in queries.codes
    ]
    worst = sorted(range(20), key=lambda row: (scores.ap[row], row))[:WORST]
    assert [query["photo"] for query in found["worst"]] == [f"q{row}" for row in worst]
    for query, row in zip(found["worst"], worst, strict=True):
        assert query["ap"] == scores.ap[row]
        assert query["hits"] == [
            {
                "photo": f"g{hit}",
                "label": NAMES[gallery.labels[hit]],
                "right": bool(gallery.labels[hit] == queries.labels[row]),
                "distance": int(hamming(queries.codes[row], gallery.codes[hit])),
            }
            for hit in rankings[row][:TOP]
        ]

    pair = found["confused"][0]
    assert {key: pair[key] for key in ("query", "found", "share")} == pairs[0]
    a, b = NAMES.index(pair["query"]), NAMES.index(pair["found"])
    wrong = {
        row: [hit for hit in rankings[row][:10] if gallery.labels[hit] == b]
        for row in np.flatnonzero(queries.labels == a).tolist()
    }
    misled = sorted((row for row in wrong if wrong[row]), key=lambda r: (-len(wrong[r]), f"q{r}"))
    assert pair["query_photos"] == [f"q{row}" for row in misled[:PHOTOS]]
    times = [hit for hits in wrong.values() for hit in hits]
    often = sorted(set(times), key=lambda hit: (-times.count(hit), f"g{hit}"))
    assert pair["found_photos"] == [f"g{hit}" for hit in often[:PHOTOS]]


def test_a_perfect_model_has_no_confused_pair(coded: tuple[Coded, Coded]) -> None:
    queries = Coded(np.zeros((2, 1), np.uint8), np.zeros(2, np.int64))
    gallery = Coded(np.zeros((3, 1), np.uint8), np.zeros(3, np.int64))
    examples, confusions = Examples(), Confusions(1)
    scores = score_queries(queries, gallery, observers=(examples, confusions))
    found = examples.summary(
        scores.ap, samples("q", queries), samples("g", gallery), confusions.summary(NAMES)["pairs"]
    )
    assert found["confused"] == []
    assert all(hit["right"] for query in found["worst"] for hit in query["hits"])
