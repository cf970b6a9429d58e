"""An evaluation as one HTML page: no script, nothing from elsewhere, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.evaluation.html_examples import Photos, confused_cards, map_card, worst_cards
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
from engine.evaluation.task_words import task_name, task_sentence
from engine.wording import percent

SHOWN_PROBLEMS = 100


def render_html(result: Mapping[str, Any], photos: Photos) -> str:
    """Return the page of a result.

    Args:
        result: Of :func:`engine.evaluation.protocol.evaluate`, with the model's id.
        photos: Of :func:`engine.evaluation.html_examples.embed_photos`.
    """
    title = f"{result['model']} on {task_name(result)}"
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
            grid([label_figure(result), *_confusions(result)]),
            *_examples(result, photos),
            heading(2, "The codes"),
            grid([bits_card(result), distance_figure(result)]),
            grid([balance_figure(result), correlation_figure(result)]),
            grid(map_card(result)),
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
        f"others by its code of {result['bits']} bits. {task_sentence(result)} 1 is perfect for "
        "every figure but “nothing within 2 bits”, the share of queries without a photo that near."
    )


def _confusions(result: Mapping[str, Any]) -> list[str]:
    return [confusion_figure(result)] if result["confusions"]["labels"] else []


def _examples(result: Mapping[str, Any], photos: Photos) -> list[str]:
    confused, worst = confused_cards(result, photos), worst_cards(result, photos)
    return [
        *([heading(2, "Dishes taken for each other"), grid(confused)] if confused else []),
        heading(2, "The queries that went worst"),
        paragraph(
            "Behind the photo that was sought, what was found first: ✓ and a full frame for a "
            "right one, ✗ and a broken frame for a wrong one, with its distance.",
            "note",
        ),
        grid(worst),
    ]


def _learned_words(result: Mapping[str, Any]) -> list[str]:
    learned = result.get("db_learned")
    if not learned:
        return []
    return [
        paragraph(
            "Learned codes were fitted in training with the labels of the very photos that are "
            "searched. They show what the method's papers report, not what a new photo gets: that "
            "is the encoded gallery. The two agree in "
            f"{percent(learned['bits_as_encoded'], 1)} of the bits; "
            f"{learned['without_code']:,} photos of the gallery have no learned code.",
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
