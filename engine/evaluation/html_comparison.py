"""Two models on the same task as one HTML page, and whether one is better."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.evaluation.difference import Difference, compare_results
from engine.evaluation.html_figures import length_axes, rank_axes
from engine.evaluation.html_page import figure, grid, heading, page, paragraph, table
from engine.evaluation.report import save_page
from engine.evaluation.svg_axes import LEGEND, Frame
from engine.evaluation.svg_plots import Series, line_plot
from engine.evaluation.tables import metric_rows
from engine.evaluation.task_words import dish_name, task_name, task_rows, task_sentence
from engine.wording import signed

Result = Mapping[str, Any]


def write_comparison(first: Result, second: Result, target: Path) -> None:
    """Write two results of the same task as a page.

    Args:
        first: The model that is compared with.
        second: The model of which it is said whether it is better.
        target: The HTML file.

    Raises:
        InputError: FS-002, they are of different tasks, or the file cannot be written.
    """
    save_page(render_comparison(first, second, compare_results(first, second)), target)


def render_comparison(first: Result, second: Result, difference: Difference) -> str:
    """Return the page."""
    names = (str(first["model"]), str(second["model"]))
    title = f"{names[0]} and {names[1]} on {task_name(first)}"
    rows = [
        (name, before, after)
        for (name, before), (_, after) in zip(metric_rows(first), metric_rows(second), strict=True)
    ]
    return page(
        title,
        [
            paragraph("FoodSearch evaluation", "soft"),
            heading(1, title),
            paragraph(difference_sentence(difference, names)),
            paragraph(task_sentence(first)),
            table(("metric", *names), rows),
            heading(2, "Precision and recall"),
            grid([_precision(first, second, names), _by_rank(first, second, names)]),
            heading(2, "Dish by dish"),
            table(*_dishes(first, second, names)),
            heading(2, "How it was measured"),
            table(("", ""), task_rows(first), "words"),
        ],
    )


def difference_sentence(difference: Difference, names: tuple[str, str]) -> str:
    """Return e.g. ``B is better than A by 0.021 in mAP (95 % interval +0.010 to +0.032, ...)``."""
    better, worse = names[::-1] if difference.value > 0 else names
    low, high = difference.low, difference.high
    if difference.is_clear and difference.value < 0:
        low, high = -high, -low
    interval = (
        f"95 % interval {signed(low, 3)} to {signed(high, 3)}, bootstrap over "
        f"{difference.queries:,} queries; p = {difference.p_value:.4f}, randomisation test"
    )
    if not difference.is_clear:
        ahead = f"{names[1]} has {signed(difference.value, 3)}"
        return f"No clear difference in mAP: {ahead} ({interval})."
    return f"{better} is better than {worse} by {abs(difference.value):.3f} in mAP ({interval})."


def _precision(first: Result, second: Result, names: tuple[str, str]) -> str:
    curves = [one["curves"]["by_rank"] for one in (first, second)]
    longest = max(curve["ranks"][-1] for curve in curves)
    points = [list(zip(curve["ranks"], curve["precision"], strict=True)) for curve in curves]
    return _both("Precision of the first N: P@N", length_axes(longest, "precision"), points, names)


def _by_rank(first: Result, second: Result, names: tuple[str, str]) -> str:
    curves = [one["curves"]["by_rank"] for one in (first, second)]
    points = [list(zip(curve["recall"], curve["precision"], strict=True)) for curve in curves]
    return _both("Precision and recall, by rank", rank_axes(), points, names)


def _both(
    title: str, frame: Frame, points: list[list[tuple[float, float]]], names: tuple[str, str]
) -> str:
    frame = Frame(frame.x, frame.y, top=LEGEND)
    series = [
        Series(name, line, kind) for name, line, kind in zip(names, points, "ab", strict=True)
    ]
    numbers = "".join(
        table(
            (f"{frame.x.title}, {name}", frame.y.title),
            [(f"{x:.4g}", f"{y:.4f}") for x, y in line],
        )
        for name, line in zip(names, points, strict=True)
    )
    note = f"{names[0]} as a full line, {names[1]} as a broken one."
    return figure(title, line_plot(title, frame, series), note, numbers)


def _dishes(
    first: Result, second: Result, names: tuple[str, str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    after = {dish["label"]: dish["ap"] for dish in second["per_label"]}
    changes = [
        (dish["label"], dish["queries"], dish["ap"], after[dish["label"]])
        for dish in first["per_label"]
    ]
    changes.sort(key=lambda row: row[2] - row[3])
    rows: list[tuple[str, ...]] = [
        (dish_name(label), str(queries), f"{one:.4f}", f"{other:.4f}", signed(other - one, 4))
        for label, queries, one, other in changes
    ]
    return ("dish", "queries", f"AP, {names[0]}", f"AP, {names[1]}", "second − first"), rows
