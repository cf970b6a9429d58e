"""The measured values of a model, sorted into tables a person can read.

A manifest's metrics are either the values of one evaluation or one such group a data set. The
prefixes ``codes_``, ``cosine_`` and ``ratio_`` tell the codes from the uncompressed features;
``validation_`` marks what was measured on photos held back from the training, and ``split`` says
on which photos the rest was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from foodsearch_gui.core import wording

CODES, COSINE, RATIO = "codes", "cosine", "ratio"
COLUMNS = {
    CODES: QT_TRANSLATE_NOOP("metrics", "with codes"),
    COSINE: QT_TRANSLATE_NOOP("metrics", "uncompressed"),
    RATIO: QT_TRANSLATE_NOOP("metrics", "kept"),
}
_NAMES = {
    "map": QT_TRANSLATE_NOOP("metrics", "mAP"),
    "validation_map": QT_TRANSLATE_NOOP("metrics", "mAP on photos held back"),
    "map_expected_ties": QT_TRANSLATE_NOOP("metrics", "mAP, ties averaged"),
    "p_at_h2": QT_TRANSLATE_NOOP("metrics", "P@H≤2"),
    "queries": QT_TRANSLATE_NOOP("metrics", "Queries"),
    "gallery": QT_TRANSLATE_NOOP("metrics", "Photos searched"),
    "empty_balls": QT_TRANSLATE_NOOP("metrics", "Queries without a photo within 2 bits"),
    "split": QT_TRANSLATE_NOOP("metrics", "Measured with"),
    "epoch": QT_TRANSLATE_NOOP("metrics", "Epoch kept"),
}
_COUNTS = ("queries", "gallery", "empty_balls", "map_at", "epoch")
_SPLIT = "split"
_VALIDATION = "validation_"
_P_AT = re.compile(r"p_at_(\d+)")


@dataclass
class MetricTable:
    """The values of one evaluation.

    Attributes:
        title: Name of the data set; empty if the manifest names none.
        scores: Column of :data:`COLUMNS` to value, by metric.
        facts: Counts and everything else, in words.
    """

    title: str = ""
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


class PhotoSet(NamedTuple):
    """What figures were measured on; only those of equal sets can be compared.

    Attributes:
        title: Its name.
        queries: How many photos were searched for, in words.
        gallery: In how many.
    """

    title: str
    queries: str
    gallery: str


def maps_by_set(metrics: Mapping[str, Any]) -> dict[PhotoSet, float]:
    """Return the mAP of the codes on each set of photos that has a name."""
    return {
        PhotoSet(
            table.title, table.facts.get("queries", ""), table.facts.get("gallery", "")
        ): scores[CODES]
        for table in metric_tables(metrics)
        if table.title and CODES in (scores := table.scores.get("map", {}))
    }


def common_set(models: Iterable[Mapping[str, Any]]) -> PhotoSet | None:
    """Return the set that most models were measured on, the first such; None without any."""
    counts = Counter(each for metrics in models for each in maps_by_set(metrics))
    return max(counts, key=counts.__getitem__, default=None)


def metric_tables(metrics: Mapping[str, Any]) -> list[MetricTable]:
    """Return one table a data set, and one for the values outside any."""
    tables = []
    plain = {name: value for name, value in metrics.items() if not _is_group(name, value)}
    if plain:
        tables.append(_table("", plain))
    tables += [_table(name, value) for name, value in metrics.items() if _is_group(name, value)]
    return tables


def known_maps(metrics: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return every mAP of the codes, each with where it was measured, in words."""
    found = []
    for table in metric_tables(metrics):
        for metric in ("map", _VALIDATION + "map"):
            if CODES in (scores := table.scores.get(metric, {})):
                found.append((_place(table, metric), scores[CODES]))
    return found


def _place(table: MetricTable, metric: str) -> str:
    if metric.startswith(_VALIDATION):
        return _tr("photos held back from the training")
    return ", ".join(part for part in (table.title, table.facts.get(_SPLIT, "")) if part)


def metric_name(metric: str) -> str:
    """Return how a metric is written, e.g. ``P@10``."""
    if match := _P_AT.fullmatch(metric):
        return f"P@{match[1]}"
    return _tr(str(_NAMES[metric])) if metric in _NAMES else metric.replace("_", " ")


def is_of_training(metric: str) -> bool:
    """Whether it was measured on photos that the training of the model held back."""
    return metric.startswith(_VALIDATION)


def column_name(column: str) -> str:
    """Return the heading of a column."""
    return _tr(str(COLUMNS[column]))


def score_text(column: str, value: float) -> str:
    """Return a score with three digits, a ratio in per cent."""
    return f"{100 * value:.0f} %" if column == RATIO else wording.decimal(value, 3)


def _is_group(name: str, value: object) -> bool:
    return isinstance(value, Mapping) and name != "p_at"


def _table(title: str, values: Mapping[str, Any]) -> MetricTable:
    table = MetricTable(title)
    for name, value in _flat(values).items():
        column, _, metric = name.partition("_")
        if column not in COLUMNS:
            column, metric = CODES, name
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if metric in _COUNTS and is_number:
            table.facts[metric] = wording.count(int(value))
        elif is_number:
            table.scores.setdefault(metric, {})[column] = float(value)
        else:
            table.facts[metric] = str(value)
    is_told = _SPLIT in table.facts or any(m.startswith(_VALIDATION) for m in table.scores)
    if table.scores and not is_told:
        table.facts[_SPLIT] = _tr("photos that the file does not name")
    return table


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if name == "p_at" and isinstance(value, Mapping):
            flat |= {f"p_at_{k}": share for k, share in value.items()}
        else:
            flat[name] = value
    return flat


def _tr(text: str) -> str:
    return QCoreApplication.translate("metrics", text)
