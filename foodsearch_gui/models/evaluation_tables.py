"""The tables of the Evaluate page: kept results, dishes, and dishes taken for each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject

from foodsearch_gui.core import wording
from foodsearch_gui.core.evaluation_store import Evaluation, KeptResult
from foodsearch_gui.core.evaluation_texts import (
    decimal,
    list_length,
    share,
    signed,
    splits_title,
    when,
)
from foodsearch_gui.models.record_table import Column, RecordTable


@dataclass(frozen=True)
class Dish:
    """How well a dish is found by one model or two.

    Attributes:
        label: The dish; for judgements the photo that was searched for.
        queries: How many searches.
        gallery: How many photos of it are there to find.
        first: AP and P@10 of the first model.
        second: Of the second model, if there are two.
    """

    label: str
    queries: int
    gallery: int
    first: tuple[float, float]
    second: tuple[float, float] | None = None

    @property
    def change(self) -> float:
        """The difference of the AP, second minus first."""
        return self.second[0] - self.first[0] if self.second is not None else 0.0


@dataclass(frozen=True)
class Confusion:
    """A dish that is found where another was sought, with photos of both."""

    query: str
    found: str
    share: float
    query_photos: tuple[str, ...]
    found_photos: tuple[str, ...]


class KeptModel(RecordTable[KeptResult]):
    """One row a kept result: the model above what it was measured on and when."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (
                Column(_tr("Result"), _two_lines, sort_key=_model, tool_tip=_hint),
                Column(
                    _tr("mAP"),
                    lambda row: decimal(row.map),
                    sort_key=lambda row: row.map,
                    tool_tip=_hint,
                    is_number=True,
                ),
            ),
            key=lambda row: str(row.path),
            parent=parent,
        )


class DishesModel(RecordTable[Dish]):
    """One row a dish.

    Args:
        names: Of the model, or of both.
        is_judged: Whether rows are searches, not dishes.
    """

    def __init__(
        self, names: Sequence[str], *, is_judged: bool = False, parent: QObject | None = None
    ) -> None:
        columns = [
            Column[Dish](
                _tr("Photo searched for") if is_judged else _tr("Dish"),
                lambda row: wording.label(row.label),
            ),
            _number(
                _tr("Searches"), lambda row: row.queries, lambda row: wording.count(row.queries)
            ),
            _number(
                _tr("Judged") if is_judged else _tr("Photos"),
                lambda row: row.gallery,
                lambda row: wording.count(row.gallery),
            ),
        ]
        if len(names) == 1:
            columns += [
                _number(_tr("AP"), lambda row: row.first[0], lambda row: decimal(row.first[0])),
                _number(_tr("P@10"), lambda row: row.first[1], lambda row: decimal(row.first[1])),
            ]
        else:
            columns += [
                _number(
                    _tr("AP, %1").replace("%1", names[0]),
                    lambda row: row.first[0],
                    lambda row: decimal(row.first[0]),
                ),
                _number(
                    _tr("AP, %1").replace("%1", names[1]),
                    lambda row: (row.second or row.first)[0],
                    lambda row: decimal((row.second or row.first)[0]),
                ),
                _number(_tr("Difference"), lambda row: row.change, lambda row: signed(row.change)),
            ]
        super().__init__(columns, key=lambda row: row.label, parent=parent)


class ConfusionsModel(RecordTable[Confusion]):
    """One row a pair of dishes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            (
                Column(_tr("Sought"), lambda row: wording.label(row.query)),
                Column(_tr("Found instead"), lambda row: wording.label(row.found)),
                Column(
                    _tr("Of the first 10"),
                    lambda row: share(row.share),
                    sort_key=lambda row: row.share,
                    is_number=True,
                ),
            ),
            key=lambda row: (row.query, row.found),
            parent=parent,
        )


def dishes(evaluations: Sequence[Evaluation]) -> list[Dish]:
    """Return a row for each dish of the first result, the worst found first."""
    first = evaluations[0].result["per_label"]
    others = (
        {dish["label"]: _scores(dish) for dish in evaluations[1].result["per_label"]}
        if len(evaluations) > 1
        else {}
    )
    rows = [
        Dish(
            dish["label"],
            dish["queries"],
            dish["gallery"],
            _scores(dish),
            others.get(dish["label"]),
        )
        for dish in first
    ]
    return sorted(rows, key=lambda row: row.first[0])


def confusions(evaluation: Evaluation) -> list[Confusion]:
    """Return the pairs that have photos, the most confused first."""
    return [
        Confusion(
            pair["query"],
            pair["found"],
            pair["share"],
            tuple(pair["query_photos"]),
            tuple(pair["found_photos"]),
        )
        for pair in evaluation.result["examples"]["confused"]
    ]


def _number(title: str, key: Any, text: Any) -> Column[Dish]:
    return Column(title, text, sort_key=key, is_number=True)


def _scores(dish: Mapping[str, Any]) -> tuple[float, float]:
    return dish["ap"], dish["p_at_10"]


def _two_lines(row: KeptResult) -> str:
    return f"{row.model_name}\n{when(row)} · {splits_title(row)}"


def _model(row: KeptResult) -> tuple[str, str]:
    return row.model_name, row.made


def _hint(row: KeptResult) -> str:
    text = _tr("%1, measured on %2 over %3").replace("%1", row.model_name)
    return text.replace("%2", wording.path(row.source)).replace("%3", list_length(row.map_at))


def _tr(text: str) -> str:
    return QCoreApplication.translate("EvaluationTables", text)
