from __future__ import annotations

from foodsearch_gui.core.model_metrics import (
    PhotoSet,
    column_name,
    common_set,
    known_maps,
    maps_by_set,
    metric_name,
    metric_tables,
    score_text,
)


def test_groups_become_tables_with_columns():
    tables = metric_tables(
        {
            "food10": {
                "codes_map": 0.31,
                "cosine_map": 0.3118,
                "ratio_map": 0.9954,
                "queries": 500,
            },
            "thai10": {"codes_p_at_10": 0.76},
        }
    )
    assert [table.title for table in tables] == ["food10", "thai10"]
    assert tables[0].scores == {"map": {"codes": 0.31, "cosine": 0.3118, "ratio": 0.9954}}
    assert tables[0].facts["queries"] == "500"
    assert tables[1].scores == {"p_at_10": {"codes": 0.76}}


def test_the_result_of_an_evaluation_is_one_table():
    (table,) = metric_tables(
        {"map": 0.5, "map_at": 1000, "p_at": {"1": 0.8, "10": 0.6}, "gallery": 37370, "note": "x"}
    )
    assert table.title == ""
    assert table.scores == {
        "map": {"codes": 0.5},
        "p_at_1": {"codes": 0.8},
        "p_at_10": {"codes": 0.6},
    }
    facts = {"map_at": "1,000", "gallery": "37,370", "note": "x"}
    assert table.facts == {**facts, "split": "photos that the file does not name"}


def test_every_figure_names_the_photos_it_was_measured_with():
    (table,) = metric_tables({"food10": {"map": 0.5, "split": "query"}})
    assert (table.facts, metric_name("split")) == ({"split": "query"}, "Measured with")
    (table,) = metric_tables({"epoch": 7, "validation_map": 0.71})
    assert table.facts == {"epoch": "7"}
    assert metric_name("validation_map") == "mAP on photos held back"
    (table,) = metric_tables({"food10": {"map": 0.5}})
    assert table.facts == {"split": "photos that the file does not name"}
    assert metric_tables({"note": "x"})[0].facts == {"note": "x"}  # no figure, nothing to name


def test_the_maps_for_the_list_are_those_of_the_codes():
    unknown = "photos that the file does not name"
    assert known_maps({"map": 0.5}) == [(unknown, 0.5)]
    groups = {"a": {"cosine_map": 0.9}, "b": {"codes_map": 0.4, "split": "query"}}
    assert known_maps(groups) == [("b, query", 0.4)]
    assert known_maps({"validation_map": 0.7}) == [("photos held back from the training", 0.7)]
    assert known_maps({"a": {"cosine_map": 0.9}}) == known_maps({}) == []


def test_only_figures_of_equal_photos_are_put_beside_each_other():
    small = {"food10": {"map": 0.5, "queries": 500, "gallery": 2500}}
    other = {"food10": {"codes_map": 0.3, "queries": 500, "gallery": 2500}, "b": {"map": 0.1}}
    larger = {"food10": {"map": 0.4, "queries": 500, "gallery": 9000}}
    own = {"validation_map": 0.9, "epoch": 3}
    food10 = PhotoSet("food10", "500", "2,500")
    assert maps_by_set(small) == {food10: 0.5}
    assert maps_by_set(other) == {food10: 0.3, PhotoSet("b", "", ""): 0.1}
    assert maps_by_set(own) == maps_by_set({"map": 0.5}) == {}
    assert common_set([own, larger, small, other]) == food10
    assert common_set([larger, small]) == PhotoSet("food10", "500", "9,000"), "the first of two"
    assert common_set([own]) is None


def test_names_are_those_of_the_field():
    assert metric_name("p_at_10") == "P@10"
    assert metric_name("map") == "mAP"
    assert metric_name("some_other") == "some other"
    assert column_name("cosine") == "uncompressed"
    assert score_text("codes", 0.51484) == "0.515"
    assert score_text("ratio", 0.9954) == "100 %"
