"""An evaluation as one HTML page: no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from engine.evaluation.html_figures import (
    balance_figure,
    bits_card,
    confusion_figure,
    correlation_figure,
    distance_figure,
    label_figure,
    precision_figure,
    radius_figure,
    rank_figure,
    recall_figure,
)
from engine.evaluation.html_page import grid, heading, page, paragraph, table
from engine.evaluation.tables import (
    database_rows,
    method_rows,
    resource_rows,
)

SHOWN_PROBLEMS = 100


def render_html(result: Mapping[str, Any]) -> str:
    """Return the page of a result of :func:`engine.evaluation.protocol.evaluate`."""
    title = f"{result['model']} on {PurePath(result['split']).name}"
    return page(
        title,
        [
            paragraph("FoodSearch evaluation", "soft"),
            heading(1, title),
            paragraph(_opening(result)),
            table(*database_rows(result)),
            *_learned_words(result),
            heading(2, "Precision and recall"),
            grid([precision_figure(result), recall_figure(result)]),
            grid([rank_figure(result), radius_figure(result)]),
            heading(2, "Dish by dish"),
            grid([label_figure(result), confusion_figure(result)]),
            heading(2, "The codes"),
            grid([bits_card(result), distance_figure(result)]),
            grid([balance_figure(result), correlation_figure(result)]),
            heading(2, "Time and memory"),
            table(("", ""), resource_rows(result)),
            heading(2, "How it was measured"),
            table(("", ""), method_rows(result), "words"),
            *_problems(result),
        ],
    )


def _opening(result: Mapping[str, Any]) -> str:
    return (
        f"Each of {result['queries']:,} photos was searched for among {result['gallery']:,} "
        f"others by its code of {result['bits']} bits. A photo that is found is right if it "
        f"shows the same of {result['labels']:,} dishes. 1 is perfect for every figure but the "
        "empty balls: the share of queries with no photo within distance 2."
    )


def _learned_words(result: Mapping[str, Any]) -> list[str]:
    learned = result.get("db_learned")
    if not learned:
        return []
    return [
        paragraph(
            "Learned codes were fitted in training with the labels of the very photos that are "
            "searched. They show what the method's papers report, not what a new photo gets: that "
            f"is the encoded gallery. The two agree in {learned['bits_as_encoded']:.1%} of the "
            f"bits; {learned['without_code']:,} photos of the gallery have no learned code.",
            "note",
        )
    ]


def _problems(result: Mapping[str, Any]) -> list[str]:
    problems = result["problems"]
    if not problems:
        return []
    rows = [
        (problem["path"], problem["code"], problem["cause"])
        for problem in problems[:SHOWN_PROBLEMS]
    ]
    more = len(problems) - len(rows)
    return [
        heading(2, "Photos left out"),
        table(("photo", "code", "reason"), rows, "words"),
        *([paragraph(f"And {more:,} more.")] if more else []),
    ]
