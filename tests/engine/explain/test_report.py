"""The page of a search: the photos, the same bits in all of them, and nothing from outside."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from engine.demo import draw_dish
from engine.errors import InputError
from engine.explain.explainer import Explainer
from engine.explain.html_explanation import explanation_html, write_explanation
from engine.explain.report import ExplanationPage, explain_answer, explain_in_steps
from engine.library.records import PhotoRecord
from engine.search.answer import Answer, Hit
from tests.engine.explain.conftest import MakeEncoder


def make_hit(rank: int, path: Path) -> Hit:
    record = PhotoRecord(rank, path, "soup", 40, 30, 100, 0.0, "ok", 1, "")
    return Hit(rank, rank, rank, tuple(range(rank)), record, ())


@pytest.fixture
def page(encoder_of: MakeEncoder, tmp_path: Path) -> ExplanationPage:
    paths = [tmp_path / f"a & b {number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        draw_dish("pizza", number).resize((120, 90)).save(path)
    hits = (make_hit(1, paths[1]), make_hit(2, paths[2]), make_hit(3, tmp_path / "gone.jpg"))
    answer = Answer(hits, 20, 17, 1, 0, (), 1.0, counting=7)
    encoder = encoder_of("itq", "test_resnet")
    query = Explainer(encoder).read(paths[0])
    names = ["fried <b>", *[None] * 7]
    return explain_answer(
        Explainer(encoder),
        query,
        paths[0].name,
        answer,
        first=[0, 3],
        names=names,
        facts=["20 photos."],
    )


def test_every_photo_shows_the_same_bits(page: ExplanationPage) -> None:
    assert page.rows[:4] == ("Photos", "All bits together", "Bit 0 “fried <b>”", "Bit 3")
    assert len(set(page.rows)) == len(page.legends) == 6
    assert [photo.title for photo in page.photos][1:] == [
        f"Match {rank}: {rank} of 7 bits differ" for rank in (1, 2, 3)
    ]
    for photo in page.photos:
        assert len(photo.pictures) == len(photo.words) == len(page.rows)
    whole, mapped, *_ = page.photos[0].pictures
    assert whole.size == mapped.size
    assert not np.array_equal(np.asarray(whole), np.asarray(mapped))
    assert re.fullmatch(r"(on \(\+|off \(−)\d+\.\d\d\)", page.photos[0].words[2])


def test_a_match_whose_bit_differs_is_marked(page: ExplanationPage) -> None:
    marks = []
    for row in range(2, len(page.rows)):
        query, *matches = [photo.words[row] for photo in page.photos]
        for words in filter(None, matches):
            state = words.removeprefix("≠ ").partition(" ")[0]
            marks.append(words.startswith("≠ "))
            assert marks[-1] == (state != query.partition(" ")[0])
    assert any(marks) == any("≠" in note for note in page.notes)


def test_all_bits_together_speak_for_each_match_and_in_the_query_for_the_first(
    page: ExplanationPage,
) -> None:
    words = [photo.words[1].partition(" (")[0] for photo in page.photos]
    assert words == ["for match 1", "for the query", "for the query", ""]
    assert page.legends[1] is not None
    assert page.legends[1].words == ("against", "for it")
    assert any("All bits together" in note for note in page.notes)


def test_every_row_of_maps_has_a_scale_that_all_its_photos_share(page: ExplanationPage) -> None:
    assert page.legends[0] is None
    text = explanation_html(page)
    for legend in page.legends[1:]:
        assert legend is not None
        low, high = legend.values
        assert low == high.replace("+", "−")
        assert f"<br>{low}" in text
    assert text.count("linear-gradient") == 5


def test_a_page_comes_a_photo_at_a_time(encoder_of: MakeEncoder, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(2)]
    for number, path in enumerate(paths):
        draw_dish("pizza", number).resize((120, 90)).save(path)
    answer = Answer((make_hit(1, paths[1]),), 2, 0, 1, 0, (), 1.0, counting=8)
    encoder = encoder_of("itq", "test_resnet")
    query = Explainer(encoder).read(paths[0])
    *steps, page = explain_in_steps(Explainer(encoder), query, "0.jpg", answer)
    assert steps == [None, None]
    assert page is not None
    assert [photo.name for photo in page.photos] == ["0.jpg", "1.jpg"]
    whole = explain_answer(Explainer(encoder), query, "0.jpg", answer)
    assert whole.rows == page.rows
    judged = {"exact": "No better than chance.", "gradient": "Quite good."}
    *_, page = explain_in_steps(Explainer(encoder), query, "0.jpg", answer, judged=judged)
    assert page is not None
    assert "it was not tested" in whole.notes[-1]
    told = "How far such maps can be relied on: No better than chance."
    assert page.notes == (*whole.notes[:-1], told)


def test_a_match_that_is_away_leaves_its_place_empty(page: ExplanationPage) -> None:
    assert page.photos[3].pictures == (None,) * 6
    assert "gone.jpg: cannot be read now" in explanation_html(page)


def test_the_first_bit_is_the_surest_in_which_the_first_match_differs(
    encoder_of: MakeEncoder, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(2)]
    for number, path in enumerate(paths):
        draw_dish("pizza", number).resize((120, 90)).save(path)
    encoder = encoder_of("itq", "test_resnet")
    query = Explainer(encoder).read(paths[0])
    *_, third, second, last = np.argsort(-np.abs(query.logits), kind="stable").tolist()
    hit = dataclasses.replace(make_hit(1, paths[1]), disagree=(last, second, third))
    found = explain_answer(
        Explainer(encoder), query, "0.jpg", Answer((hit,), 1, 0, None, 0, (), 1.0, 8)
    )
    assert found.rows[2] == f"Bit {third}"


def test_maps_that_do_not_add_up_are_not_added(encoder_of: MakeEncoder, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(2)]
    for number, path in enumerate(paths):
        draw_dish("pizza", number).resize((120, 90)).save(path)
    encoder = encoder_of("queryopt", "test_vit", input_size=64)
    query = Explainer(encoder).read(paths[0])
    answer = Answer((make_hit(1, paths[1]),), 1, 0, None, 0, (), 1.0, 8)
    found = explain_answer(Explainer(encoder), query, "0.jpg", answer)
    assert len(found.rows) == 5
    assert not any(row.startswith("All bits") for row in found.rows)
    assert found.legends[1] is not None
    assert found.legends[1].words == ("looked at least", "looked at most")


def test_a_match_agrees_most_surely_where_both_photos_are_sure(
    encoder_of: MakeEncoder, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(2)]
    for number, path in enumerate(paths):
        draw_dish("pizza", number).resize((120, 90)).save(path)
    encoder = encoder_of("itq", "test_resnet")
    query, match = (Explainer(encoder).read(path) for path in paths)
    answer = Answer((make_hit(1, paths[1]),), 1, 0, None, 0, (), 1.0, 8)
    sure = {
        bit: min(abs(one), abs(other))
        for bit, (one, other) in enumerate(zip(query.logits, match.logits, strict=True))
        if (one > 0) == (other > 0) and bit != 6
    }
    best, *others = sorted(sure, key=lambda bit: -sure[bit])[:4]
    names = ["fried" if bit == best else None for bit in range(8)]
    found = explain_answer(
        Explainer(encoder), query, "0.jpg", answer, names=names, ignore=[6], facts=["1 photo."]
    )
    bits = ", ".join([f"{best} “fried”", *map(str, others)])
    assert found.facts == ("1 photo.", f"Match 1 agrees most surely in bits {bits}.")


def test_the_surest_bits_are_shown_where_none_is_named(
    encoder_of: MakeEncoder, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    draw_dish("pizza", 1).resize((120, 90)).save(path)
    encoder = encoder_of("itq", "test_resnet")
    query = Explainer(encoder).read(path)
    found = explain_answer(
        Explainer(encoder), query, "a.jpg", Answer((), 0, 0, None, 0, (), 1.0, 8)
    )
    surest = np.argsort(-np.abs(query.logits), kind="stable")[:4]
    assert found.rows[1:] == tuple(f"Bit {bit}" for bit in surest)


def test_the_file_needs_nothing_else_and_runs_nothing(
    page: ExplanationPage, tmp_path: Path
) -> None:
    target = tmp_path / "why.html"
    write_explanation(page, target)
    text = target.read_text(encoding="utf-8")
    assert text.count("<img ") == 18
    assert set(re.findall(r'src="([^,]*),', text)) == {"data:image/jpeg;base64"}
    assert "<script" not in text
    assert "http" not in text
    assert "<b>" not in text
    assert "a &amp; b 0.jpg" in text
    with pytest.raises(InputError, match="Choose another place"):
        write_explanation(page, tmp_path)
