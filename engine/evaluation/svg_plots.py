"""The plots of a report: lines, columns, bars and heat maps, each one SVG element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.evaluation.svg_axes import (
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Frame,
    box,
    drawing,
    legend,
    line,
    number,
    shortened,
    text,
)

_NAMES = 144  # units for the names of rows
_BAR = 20  # units for a row of bars
_ROW = 15  # at least, for a row of a heat map
_LEVELS = 10  # of a heat map's colour


@dataclass(frozen=True)
class Series:
    """A line of a plot.

    Attributes:
        name: For the legend; no legend for a single one.
        points: Pairs of x and y.
        kind: Style: "a" or "b".
        dots: Whether each point is marked.
    """

    name: str
    points: Sequence[tuple[float, float]]
    kind: str = "a"
    dots: bool = False


def line_plot(title: str, frame: Frame, series: Sequence[Series]) -> str:
    """Return lines between points."""
    parts = [frame.axes()]
    for one in series:
        places = [(frame.px(x), frame.py(y)) for x, y in one.points]
        path = " ".join(f"{number(x)},{number(y)}" for x, y in places)
        parts.append(f'<polyline points="{path}" class="line {one.kind}"/>')
        if one.dots:
            parts += [
                f'<circle cx="{number(x)}" cy="{number(y)}" r="2.6" class="dot {one.kind}"/>'
                for x, y in places
            ]
    if len(series) > 1:
        entries = [(one.name, f"line {one.kind}") for one in series]
        parts.append(legend(entries))
    description = f"{frame.y.title} against {frame.x.title}"
    return drawing("".join(parts), frame.height, title, description)


def column_plot(
    title: str, frame: Frame, values: Sequence[float], mark: float | None = None
) -> str:
    """Return a column for each of the x values 0, 1, ...; ``mark`` is drawn as a line across."""
    parts = [frame.axes()]
    wide = frame.px(1) - frame.px(0)
    floor = frame.py(frame.y.low)
    for position, value in enumerate(values):
        top = frame.py(value)
        left = frame.px(position) - 0.42 * wide
        parts.append(box(left, top, 0.84 * wide, floor - top, "fill a", f"{position}: {value:.3f}"))
    if mark is not None:
        parts.append(line(LEFT, frame.py(mark), WIDTH - RIGHT, frame.py(mark), "mark"))
    description = f"{frame.y.title} for each {frame.x.title}"
    return drawing("".join(parts), frame.height, title, description)


def histogram_plot(title: str, frame: Frame, series: Sequence[Series]) -> str:
    """Return stairs over whole numbers, filled, one over the other."""
    parts = [frame.axes()]
    floor = number(frame.py(frame.y.low))
    for one in series:
        path = f"M{number(frame.px(one.points[0][0] - 0.5))} {floor}"
        for x, y in one.points:
            path += f"V{number(frame.py(y))}H{number(frame.px(x + 0.5))}"
        parts.append(f'<path d="{path}V{floor}" class="stairs {one.kind}"/>')
    entries = [(one.name, f"line {one.kind}") for one in series]
    parts.append(legend(entries))
    description = f"{frame.y.title} at each {frame.x.title}"
    return drawing("".join(parts), frame.height, title, description)


def bar_plot(title: str, rows: Sequence[tuple[str, float, float]], names: tuple[str, str]) -> str:
    """Return a bar and a dot for each row, both from 0 to 1.

    Args:
        title: Of the plot.
        rows: Name, length of the bar, place of the dot.
        names: What bar and dot are.
    """
    scale = WIDTH - _NAMES - 50
    bottom = TOP + 18 + _BAR * len(rows)
    parts = [
        box(_NAMES, TOP - 2, 14, 9, "fill a"),
        text(_NAMES + 19, TOP + 7, names[0]),
        f'<circle cx="{_NAMES + 102}" cy="{TOP + 3}" r="4" class="dot b"/>',
        text(_NAMES + 111, TOP + 7, names[1]),
    ]
    for step in range(6):
        x = _NAMES + scale * step / 5
        parts.append(line(x, TOP + 14, x, bottom, "grid"))
        parts.append(text(x, bottom + 15, f"{step / 5:g}", "middle"))
    for row, (name, bar, dot) in enumerate(rows):
        y = TOP + 18 + _BAR * row
        parts.append(text(_NAMES - 6, y + 13, shortened(name, _NAMES - 8), "end"))
        parts.append(box(_NAMES, y + 3, scale * bar, _BAR - 6, "fill a", f"{name}: {bar:.3f}"))
        x = _NAMES + scale * dot
        parts.append(f'<circle cx="{number(x)}" cy="{y + _BAR / 2:g}" r="4" class="dot b"/>')
        parts.append(text(WIDTH - 2, y + 13, f"{bar:.3f}", "end", "value"))
    parts.append(line(_NAMES, bottom, _NAMES + scale, bottom, "axis"))
    parts.append(
        text(_NAMES + scale / 2, bottom + 33, f"{names[0]} and {names[1]}", "middle", "caption")
    )
    return drawing("".join(parts), bottom + 40, title, f"{names[0]} and {names[1]} for each row")


def confusion_plot(
    title: str, names: Sequence[str], shares: Sequence[Sequence[float]], captions: tuple[str, str]
) -> str:
    """Return a square of shares; rows bear names, columns the numbers of these rows.

    Args:
        title: Of the plot.
        names: Of rows and columns.
        shares: 0 to 1; the diagonal is outlined, and does not count for the scale.
        captions: Of the rows and of the columns.
    """
    wide = (WIDTH - _NAMES - 4) / len(names)
    high = max(wide, _ROW)
    top = 40.0
    bottom = top + high * len(names)
    step = 1 if wide >= 17 else 2  # numbers of two digits would touch
    largest = max(
        (share for i, row in enumerate(shares) for j, share in enumerate(row) if i != j),
        default=0.0,
    )
    parts = [
        text(_NAMES - 6, 16, captions[0], "end", "caption"),
        text((_NAMES + WIDTH) / 2, 16, captions[1], "middle", "caption"),
        _cells(shares, (_NAMES, top), (wide, high), lambda i, j: i != j, largest, "b"),
    ]
    for i, name in enumerate(names):
        y, x = top + high * i, _NAMES + wide * i
        label = f"{shortened(name, _NAMES - 26)} {i + 1}"
        parts.append(text(_NAMES - 6, y + high / 2 + 4, label, "end"))
        if i % step == 0:
            parts.append(text(x + wide / 2, top - 5, str(i + 1), "middle"))
        parts.append(box(x + 1, y + 1, wide - 2, high - 2, "outline"))
        if wide >= 21:
            parts += [
                text(_NAMES + wide * (j + 0.5), y + high / 2 + 4, f"{100 * share:.0f}", "middle")
                for j, share in enumerate(shares[i])
            ]
    parts.append(_scale("b", ("0 %", f"{100 * largest:.0f} %"), LEFT + 32, bottom + 12))
    return drawing("".join(parts), bottom + 32, title, f"{captions[0]} by {captions[1]}")


def correlation_plot(title: str, matrix: Sequence[Sequence[float]], caption: str) -> str:
    """Return a square of correlations, -1 to 1, with the numbers of the bits on both sides."""
    count = len(matrix)
    size = (WIDTH - LEFT - RIGHT) / count
    bottom = TOP + size * count
    at, cell = (LEFT, TOP), (size, size)
    positive = _cells(matrix, at, cell, lambda i, j: matrix[i][j] > 0, 1.0, "a")
    negative = _cells(matrix, at, cell, lambda i, j: matrix[i][j] < 0, 1.0, "b")
    parts = [positive, negative, box(LEFT, TOP, size * count, size * count, "outline")]
    step = next(step for step in (1, 2, 4, 8, 16, 32, 64, 128) if count / step <= 8 or step == 128)
    for bit in range(0, count, step):
        middle = size * (bit + 0.5)
        parts.append(text(LEFT - 5, TOP + middle + 4, str(bit), "end"))
        parts.append(text(LEFT + middle, bottom + 14, str(bit), "middle"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, bottom + 32, caption, "middle", "caption"))
    turned = f'transform="rotate(-90 12 {number((TOP + bottom) / 2)})"'
    parts.append(text(12, (TOP + bottom) / 2, caption, "middle", "caption", turned))
    parts.append(_scale("b", ("0", "−1"), LEFT + 32, bottom + 46))
    parts.append(_scale("a", ("0", "1"), LEFT + 192, bottom + 46))
    return drawing("".join(parts), bottom + 70, title, f"{caption} against {caption}")


def _cells(
    matrix: Sequence[Sequence[float]],
    corner: tuple[float, float],
    size: tuple[float, float],
    chosen: Callable[[int, int], bool],
    largest: float,
    kind: str,
) -> str:
    """Return the chosen cells as one path a colour: a rectangle each would be long."""
    paths = [""] * (_LEVELS + 1)
    outline = f"h{number(size[0])}v{number(size[1])}h-{number(size[0])}z"
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            level = round(_LEVELS * min(abs(value) / largest, 1)) if largest else 0
            if level and chosen(i, j):
                x, y = corner[0] + size[0] * j, corner[1] + size[1] * i
                paths[level] += f"M{number(x)} {number(y)}{outline}"
    return "".join(
        f'<path d="{path}" class="fill {kind}" fill-opacity="{level / _LEVELS:g}"/>'
        for level, path in enumerate(paths)
        if path
    )


def _scale(kind: str, ends: tuple[str, str], left: float, y: float) -> str:
    """Return the key to the colours of a heat map."""
    cells = "".join(
        f'<rect x="{left + 8 * level:g}" y="{number(y)}" width="8" height="10" '
        f'class="fill {kind}" fill-opacity="{level / _LEVELS:g}"/>'
        for level in range(_LEVELS + 1)
    )
    after = left + 8 * (_LEVELS + 1)
    return (
        cells
        + box(left, y, 8 * (_LEVELS + 1), 10, "outline")
        + text(left - 5, y + 9, ends[0], "end")
        + text(after + 5, y + 9, ends[1])
    )
