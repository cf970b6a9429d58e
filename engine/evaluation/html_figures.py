"""The figures of the HTML page: each a plot, a sentence on how to read it, and its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.evaluation.html_page import card, figure, table
from engine.evaluation.svg_axes import LEGEND, Axis, Frame
from engine.evaluation.svg_plots import (
    Series,
    bar_plot,
    column_plot,
    confusion_plot,
    correlation_plot,
    histogram_plot,
    line_plot,
)
from engine.evaluation.tables import bit_rows, confusion_rows, correlated_rows, label_rows
from engine.evaluation.task_words import dish_name
from engine.wording import percent

_RECALL = Axis("recall", 0, 1)
_PRECISION = Axis("precision", 0, 1)


def precision_figure(result: Mapping[str, Any]) -> str:
    """Return precision against the length of the list."""
    return _by_length(
        "Precision of the first N: P@N",
        "How many of the first N photos show the dish that was sought.",
        result["curves"]["by_rank"],
        "precision",
    )


def recall_figure(result: Mapping[str, Any]) -> str:
    """Return recall against the length of the list."""
    return _by_length(
        "Recall of the first N: R@N",
        "How many of all photos of the dish are among the first N.",
        result["curves"]["by_rank"],
        "recall",
    )


def length_axes(longest: int, value: str) -> Frame:
    """Return the axes of a value against the length of the list."""
    x = Axis("N, photos retrieved (logarithmic)", 1, max(longest, 2), logarithmic=True)
    return Frame(x, Axis(value, 0, 1))


def rank_axes() -> Frame:
    """Return the axes of precision against recall."""
    return Frame(_RECALL, _PRECISION)


def _by_length(title: str, note: str, curve: Mapping[str, Any], value: str) -> str:
    ranks = curve["ranks"]
    frame = length_axes(ranks[-1], value)
    plot = line_plot(title, frame, [Series(value, list(zip(ranks, curve[value], strict=True)))])
    numbers = _columns(("N", value), (map(str, ranks), _decimals(curve[value])))
    return figure(title, plot, note, numbers)


def rank_figure(result: Mapping[str, Any]) -> str:
    """Return the precision-recall curve by rank."""
    curve = result["curves"]["by_rank"]
    title = "Precision and recall, by rank"
    points = list(zip(curve["recall"], curve["precision"], strict=True))
    plot = line_plot(title, rank_axes(), [Series("by rank", points)])
    numbers = _columns(
        ("N", "recall", "precision"),
        (map(str, curve["ranks"]), _decimals(curve["recall"]), _decimals(curve["precision"])),
    )
    note = "One point for each N: the mean R@N and the mean P@N. Nearer to the top right is better."
    return figure(title, plot, note, numbers)


def radius_figure(result: Mapping[str, Any]) -> str:
    """Return the precision-recall curve by radius."""
    curve = result["curves"]["by_radius"]
    title = "Precision and recall, by radius"
    points = list(zip(curve["recall"], curve["precision"], strict=True))
    series = [Series("by radius", points, dots=True)]
    plot = line_plot(title, rank_axes(), series)
    numbers = _columns(
        ("radius", "recall", "precision", "empty balls", "mean photos"),
        (
            map(str, curve["radii"]),
            _decimals(curve["recall"]),
            _decimals(curve["precision"]),
            [percent(share, 1) for share in curve["empty_balls"]],
            [f"{size:,.1f}" for size in curve["mean_size"]],
        ),
    )
    note = (
        "One point for each distance r: what lies within r bits of the query. "
        "Where nothing does, precision counts as 0."
    )
    return figure(title, plot, note, numbers)


def distance_figure(result: Mapping[str, Any]) -> str:
    """Return the distances of pairs of one dish and of two dishes."""
    counts = result["curves"]["distances"]
    same, others = _as_shares(counts["relevant"]), _as_shares(counts["others"])
    title = "Distances between queries and photos"
    last = len(same) - 1
    y = Axis("share of pairs", 0, 1.05 * max(*same, *others, 0.01), percent=True)
    frame = Frame(Axis("distance, bits that differ", -0.5, last + 0.5), y, top=LEGEND)
    series = [
        Series("same dish", list(enumerate(same))),
        Series("other dishes", list(enumerate(others)), "b"),
    ]
    numbers = _columns(
        ("distance", "pairs, same dish", "pairs, other dishes"),
        (
            map(str, range(last + 1)),
            [f"{count:,}" for count in counts["relevant"]],
            [f"{count:,}" for count in counts["others"]],
        ),
    )
    note = "The less the two hills overlap, the better near and far tell dishes apart."
    return figure(title, histogram_plot(title, frame, series), note, numbers)


def label_figure(result: Mapping[str, Any]) -> str:
    """Return how well each dish is found."""
    dishes = sorted(result["per_label"], key=lambda dish: -dish["ap"])
    rows = [(dish_name(dish["label"]), dish["ap"], dish["p_at_10"]) for dish in dishes]
    title = "How well each dish is found"
    names = (f"AP@{result['map_at']}", "P@10")
    plot = bar_plot(title, rows, names)
    note = f"Means over the queries of a dish; {names[0]} in figures at the right. Best dish first."
    return figure(title, plot, note, table(*label_rows(result)))


def confusion_figure(result: Mapping[str, Any]) -> str:
    """Return which dishes are found instead of which."""
    confusions = result["confusions"]
    at = confusions["at"]
    title = f"Most confused dishes, % of the top {at}"
    plot = confusion_plot(
        title,
        list(map(dish_name, confusions["labels"])),
        confusions["shares"],
        ("dish sought", "dish found (its number)"),
    )
    note = (
        f"A row tells what stands in the first {at} places when its dish is sought. "
        "The outlined diagonal is the dish itself."
    )
    header, rows = confusion_rows(result)
    numbers = table(header, rows, "words")
    return figure(title, plot, note, numbers, "The most confused pairs")


def bits_card(result: Mapping[str, Any]) -> str:
    """Return what is said of all bits together."""
    return card("All bits together", table(("", ""), bit_rows(result)))


def balance_figure(result: Mapping[str, Any]) -> str:
    """Return how often each bit is 1."""
    bits = result["bit_use"]
    title = "Balance of the bits"
    x = Axis("bit", -0.5, len(bits["ones"]) - 0.5)
    frame = Frame(x, Axis("share of photos with +1", 0, 1, percent=True))
    plot = column_plot(title, frame, bits["ones"], mark=0.5)
    numbers = _columns(
        ("bit", "share of +1", "entropy"),
        (
            map(str, range(len(bits["ones"]))),
            [percent(share, 1) for share in bits["ones"]],
            _decimals(bits["entropy"]),
        ),
    )
    note = "A bit tells most, an entropy of 1, if it is +1 for half of the photos (dashed line)."
    return figure(title, plot, note, numbers)


def correlation_figure(result: Mapping[str, Any]) -> str:
    """Return the correlation of the bits."""
    title = "Correlation of the bits"
    plot = correlation_plot(title, result["bit_use"]["correlation"], "bit")
    note = "Two bits with a strong colour say nearly the same, or the opposite; faint is best."
    numbers = table(*correlated_rows(result))
    return figure(title, plot, note, numbers, "The most correlated pairs")


def _as_shares(counts: Sequence[int]) -> list[float]:
    total = max(sum(counts), 1)
    return [count / total for count in counts]


def _columns(header: Sequence[str], columns: Sequence[Iterable[str]]) -> str:
    return table(header, list(zip(*columns, strict=True)))


def _decimals(values: Iterable[float]) -> list[str]:
    return [f"{value:.4f}" for value in values]
