from __future__ import annotations

from foodsearch_gui.core.model_metrics import (
    best_known_map,
    column_name,
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
    assert tables[0].facts == {"queries": "500"}
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
    assert table.facts == {"map_at": "1,000", "gallery": "37,370", "note": "x"}


def test_the_map_for_the_list_is_that_of_the_codes():
    assert best_known_map({"map": 0.5}) == 0.5
    assert best_known_map({"a": {"cosine_map": 0.9}, "b": {"codes_map": 0.4}}) == 0.4
    assert best_known_map({"a": {"cosine_map": 0.9}}) is None
    assert best_known_map({}) is None


def test_names_are_those_of_the_field():
    assert metric_name("p_at_10") == "P@10"
    assert metric_name("map") == "mAP"
    assert metric_name("some_other") == "some other"
    assert column_name("cosine") == "uncompressed"
    assert score_text("codes", 0.51484) == "0.515"
    assert score_text("ratio", 0.9954) == "100 %"
