"""The page is read with a parser, as a browser would, and its drawings as XML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from engine.codes import binarize
from engine.evaluation.bits import describe_bits
from engine.evaluation.confusions import Confusions, describe_labels
from engine.evaluation.curves import Curves
from engine.evaluation.difference import compare_results
from engine.evaluation.examples import Examples
from engine.evaluation.html_comparison import difference_sentence, write_comparison
from engine.evaluation.html_examples import SIDE, embed_photos
from engine.evaluation.html_report import SHOWN_PROBLEMS, render_html
from engine.evaluation.report import write_report
from engine.evaluation.scoring import Coded, score, score_queries
from engine.evaluation.splits import Sample
from tests.engine.library.pictures import jpeg, put

NASTY = [
    "<script>alert(1)</script>",
    'a "quoted" & <b>',
    "pie | soup",
    "c'est\\bon",
    "寿司",
    "x" * 90,
]
PHOTOS = {
    f"{kind}{row} & <i>.png": "data:image/jpeg;base64,AA==" for kind in "qg" for row in range(9)
}
VOID = {"meta", "br", "hr", "img", "input", "link"}


def result(bits: int = 16, dishes: int = 6, learned: bool = False) -> dict[str, Any]:
    """A result as ``evaluate`` gives it, of random codes."""
    rng = np.random.default_rng(bits + dishes)
    names = (NASTY + [f"dish {number}" for number in range(dishes)])[:dishes]
    centers = rng.normal(size=(dishes, bits))

    def coded(count: int) -> Coded:
        labels = np.concatenate([np.arange(dishes), rng.integers(0, dishes, count)])
        return Coded(binarize(centers[labels] + rng.normal(size=(len(labels), bits))), labels)

    queries, gallery = coded(20), coded(60)
    curves, confusions, examples = Curves(len(gallery), bits), Confusions(dishes), Examples()
    scores = score_queries(queries, gallery, observers=(curves, confusions, examples))
    confused = confusions.summary(names)
    asked, searched = samples("q", queries, names), samples("g", gallery, names)
    main = score(queries, gallery)
    found = {
        **main,
        "model": "a <model>",
        "split": "/photos & <co>/splits.csv",
        "root": "/photos",
        "queries": len(queries),
        "gallery": len(gallery),
        "labels": dishes,
        "bits": bits,
        "shuffle_seed": 0,
        "unreadable": 0,
        "problems": [],
        "encode_ms": 12.5,
        "photos_per_second": 40.0,
        "curves": curves.summary(),
        "per_label": describe_labels(scores, queries.labels, gallery.labels, names),
        "confusions": confused,
        "examples": examples.summary(scores.ap, asked, searched, confused["pairs"]),
        "task": {"kind": "splits"},
        "bit_use": describe_bits(gallery.codes, bits),
        "times": {
            "photos": 10,
            "photo_ms": 20.0,
            "searches": 20,
            "search_top": 10,
            "search_ms": 0.05,
            "search_p95_ms": 0.06,
            "kernel": "faiss",
        },
        "memory": {"peak_bytes": 2**30},
    }
    if learned:
        block = {"gallery": 50, "without_code": 16, "bits_as_encoded": 0.9, "db_encoded": main}
        found["db_learned"] = {**main, **block}
    return found


def map_of(labels: list[str]) -> dict[str, Any]:
    """The map of two codes of two dishes."""
    return {
        "photos": ["a", "b"],
        "labels": labels,
        "label": [0, 1],
        "x": [-1.0, 1.0],
        "y": [0.5, -1.0],
        "of": 9,
        "seed": 0,
    }


def samples(kind: str, coded: Coded, names: list[str]) -> list[Sample]:
    return [
        Sample(f"{kind}{row} & <i>.png", Path("none"), names[label])
        for row, label in enumerate(coded.labels.tolist())
    ]


class Page(HTMLParser):
    """What a browser sees: elements, their attributes, and text; refuses crossed elements."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


@pytest.mark.parametrize("bits", [1, 12, 128])
@pytest.mark.parametrize("dishes", [1, 6, 30])
def test_the_page_is_whole_and_needs_nothing_else(bits: int, dishes: int) -> None:
    source = render_html(result(bits, dishes), PHOTOS)
    page = Page(source)
    forbidden = {
        "script",
        "link",
        "iframe",
        "image",
        "object",
        "embed",
        "use",
        "foreignobject",
    }
    assert not forbidden & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        if tag == "img":  # photos are part of the page
            assert (attributes.pop("src") or "").startswith("data:image/jpeg;base64,")
        assert not {"src", "href", "xlink:href", "srcset", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    style = source.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"url\(|@import|https?:", style)
    assert not re.search(r"https?:", source)
    assert "prefers-color-scheme:dark" in style
    assert 'name="viewport"' in source
    assert not re.search(r"\b(nan|inf)\b", source)


def test_every_label_is_escaped_and_shown() -> None:
    source = render_html(result(), {})
    cells = [text.strip() for text in Page(source).text]
    for name in NASTY:
        assert name in cells
    assert "a <model> on splits.csv" in cells
    assert "/photos & <co>/splits.csv" in cells
    assert "<script" not in source
    assert "<b>" not in source


def test_every_plot_has_axes_a_title_and_its_numbers() -> None:
    source = render_html(result(), {})
    figures = re.findall(r"<figure>.*?</figure>", source, re.S)
    plots = [one for one in figures if "<svg" in one]
    assert len(plots) == 9
    for one in plots:
        heading = re.search(r"<h3>(.*?)</h3>", one)
        assert heading is not None
        drawing = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", one, re.S)[0])
        assert drawing.get("role") == "img"
        assert (drawing.get("aria-label") or "").startswith(drawing.findtext("title") or "-")
        captions = [text for text in drawing.iter("text") if text.get("class") == "caption"]
        assert len(captions) >= 1
        numbers = one.split("<details>")[1]
        assert numbers.count("<tr>") > 2


def test_nothing_is_drawn_outside_a_plot() -> None:
    for found in (result(), result(128, 30), result(1, 1)):
        for source in re.findall(r"<svg.*?</svg>", render_html(found, {}), re.S):
            drawing = ElementTree.fromstring(source)
            _, _, width, height = map(float, (drawing.get("viewBox") or "").split())
            for shape in drawing.iter():
                for name, limit in (("x", width), ("x1", width), ("x2", width), ("cx", width)):
                    assert 0 <= float(shape.get(name, 0)) <= limit
                for name in ("y", "y1", "y2", "cy"):
                    assert 0 <= float(shape.get(name, 0)) <= height
                for point in (shape.get("points") or "").split():
                    x, y = map(float, point.split(","))
                    assert 0 <= x <= width
                    assert 0 <= y <= height


def test_learned_codes_stand_beside_encoded_ones() -> None:
    text = " ".join(Page(render_html(result(learned=True), {})).text)
    assert "learned gallery" in text
    assert "encoded, the 50 photos with a learned code" in text
    assert "16 photos of the gallery have no learned code" in text
    assert "learned" not in " ".join(Page(render_html(result(), {})).text)


def test_photos_left_out_are_listed_up_to_a_limit() -> None:
    found = result()
    found["problems"] = [
        {"path": f"<{number}>.jpg", "code": "FS-101", "cause": "It is text."}
        for number in range(SHOWN_PROBLEMS + 7)
    ]
    text = Page(render_html(found, {})).text
    assert "<0>.jpg" in text
    assert f"<{SHOWN_PROBLEMS}>.jpg" not in text
    assert "And 7 more." in text


def test_markdown_tables_survive_any_label(tmp_path: Path) -> None:
    write_report(result(learned=True), tmp_path / "report.md")
    lines = (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()
    tables = [line for line in lines if line.startswith("|")]
    columns = [len(re.findall(r"(?<!\\)\|", line)) for line in tables]
    heads = [number for number, line in enumerate(tables) if set(line) <= set("|- ")]
    assert len(heads) == 4
    for first, last in zip(heads, [*heads[1:], len(tables) + 1], strict=True):
        assert len(set(columns[first - 1 : last - 1])) == 1
    assert r"pie \| soup" in "\n".join(tables)
    assert "<script" not in "\n".join(lines)


def test_worst_queries_and_confused_dishes_are_shown_with_photos() -> None:
    found = result()
    page = Page(render_html(found, PHOTOS))
    text = "".join(page.text)
    assert "The queries that went worst" in text
    assert "Dishes taken for each other" in text
    kinds = [attributes.get("class") for tag, attributes in page.elements if tag == "div"]
    hits = [hit for query in found["examples"]["worst"] for hit in query["hits"]]
    assert kinds.count("photo right") == sum(hit["right"] for hit in hits)
    assert kinds.count("photo wrong") == sum(not hit["right"] for hit in hits)
    assert text.count("✗") == kinds.count("photo wrong") + 1  # and once where it is explained
    assert page.count("img") > 10


def test_photos_are_embedded_small_and_unreadable_ones_left_out(tmp_path: Path) -> None:
    put(tmp_path / "a.jpg", jpeg(1, (800, 600)))
    put(tmp_path / "b.jpg", b"text")
    hits = [{"photo": name, "label": "", "right": True, "distance": 0} for name in ("b.jpg",)]
    worst = [{"photo": "a.jpg", "label": "pie", "ap": 0.0, "hits": hits}]
    found = embed_photos({"root": str(tmp_path), "examples": {"worst": worst, "confused": []}})
    assert list(found) == ["a.jpg"]
    assert len(found["a.jpg"]) < 6000
    assert SIDE < 100


def test_the_map_names_its_dishes() -> None:
    found = result()
    found["map_of_codes"] = map_of(NASTY[:2])
    source = render_html(found, {})
    drawing = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", source, re.S)[-1])
    assert [dot.findtext("title") for dot in drawing.iter("circle")] == NASTY[:2]
    assert "t-SNE of 2 of 9 photos" in source


def test_names_of_folders_are_shown_as_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.NASTY", ["fried_eggs", "pad_thai"])
    found = {**result(dishes=2), "task_id": "x", "per_query": {"photos": ["a"], "ap": [0.5]}}
    found["map_of_codes"] = map_of(NASTY)
    write_comparison(found, found, tmp_path / "both.html")
    write_report(found, tmp_path / "report.md")
    pages = [(tmp_path / name).read_text() for name in ("both.html", "report.md")]
    for source in (render_html(found, PHOTOS), *pages):
        assert "fried eggs" in source
        assert "fried_eggs" not in source


def test_judgements_are_explained() -> None:
    found = result()
    found["task"] = {
        "kind": "judgements",
        "right": 9,
        "wrong": 4,
        "only_right": 2,
        "only_wrong": 1,
        "lost": 3,
    }
    found["split"] = "default"
    found["confusions"] = Confusions(1).summary(())
    text = " ".join(Page(render_html(found, {})).text)
    assert "a <model> on judgements of default" in text
    assert "left out of the ranking (a condensed list): 13 judgements count" in text
    assert "2 of the queries have good matches only" in text
    assert "Most confused" not in text


def test_a_draw_from_a_folder_is_said_to_be_one() -> None:
    found = result()
    found["task"] = {"kind": "folder", "seed": 7, "share": 0.2, "copies": 3}
    found["split"] = "/photos/my dishes"
    text = " ".join(Page(render_html(found, {})).text)
    assert "a <model> on my dishes" in text
    assert "a draw of 20 % of each dish's photos (seed 7)" in text
    assert "copies of queries, left out" in text


def test_two_models_stand_side_by_side(tmp_path: Path) -> None:
    first = {**result(), "model": "old <one>", "task_id": "x"}
    second = {**result(), "model": "new", "task_id": "x"}
    photos = [f"{row}.png" for row in range(60)]
    first["per_query"] = {"photos": photos, "ap": [0.5] * 60}
    second["per_query"] = {"photos": photos, "ap": [0.7] * 60}
    write_comparison(first, second, tmp_path / "both.html")
    source = (tmp_path / "both.html").read_text()
    page = Page(source)
    text = " ".join(page.text)
    assert "new is better than old <one> by 0.200 in mAP (95 % interval +0.200 to +0.200" in text
    assert page.count("polyline") == 4
    assert "<one>" not in source
    worse = difference_sentence(compare_results(second, first), ("new", "old"))
    assert worse.startswith("new is better than old by 0.200 in mAP (95 % interval +0.200 to")
    same = difference_sentence(compare_results(first, first), ("a", "b"))
    assert same.startswith("No clear difference in mAP: b has +0.000")
