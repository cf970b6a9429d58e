"""Axes, ticks and text of plots that are drawn as SVG; colours come from the page's style sheet.

A drawing is 380 units wide, whatever its content: on a phone a unit is nearly a pixel, and texts of
12 units stay readable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

WIDTH = 380
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 10, 46
LEGEND = 30  # units above a plot that has one
_STEPS = (1, 2, 2.5, 5, 10)
_LETTER = 6.5  # units, on average, at 12 units of height


@dataclass(frozen=True)
class Axis:
    """A scale with its caption.

    Attributes:
        title: Caption, with the unit.
        low: Value at the start, above 0 if logarithmic.
        high: Value at the end, above ``low``.
        logarithmic: Whether equal steps are equal ratios.
        percent: Whether ticks show shares as percentages.
    """

    title: str
    low: float
    high: float
    logarithmic: bool = False
    percent: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at the start, 1 at the end."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return round values within the axis, with their texts."""
        values = self._ratios() if self.logarithmic else self._steps()
        return [(value, self._text(value)) for value in values]

    def _steps(self) -> list[float]:
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * step for step in _STEPS if power * step >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [step * number for number in range(first, last + 1)]

    def _ratios(self) -> list[float]:
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        factors = (1, 2, 5) if self.high / self.low < 500 else (1,)
        values = [float(factor * 10**decade) for decade in decades for factor in factors]
        return [value for value in values if self.low <= value <= self.high]

    def _text(self, value: float) -> str:
        return f"{100 * value:.3g} %" if self.percent else f"{round(value, 9):,.10g}"


@dataclass(frozen=True)
class Frame:
    """The rectangle that two axes span.

    Attributes:
        x: To the right.
        y: Upwards.
        height: Of the whole drawing.
        top: Units above the rectangle; a legend needs more of them.
    """

    x: Axis
    y: Axis
    height: int = 270
    top: int = TOP

    def px(self, value: float) -> float:
        """Return the horizontal position of a value."""
        return LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)

    def py(self, value: float) -> float:
        """Return the vertical position of a value."""
        return self.height - BOTTOM - self.y.place(value) * (self.height - self.top - BOTTOM)

    def axes(self) -> str:
        """Return grid, ticks and captions."""
        left, right = LEFT, WIDTH - RIGHT
        top, bottom = self.top, self.height - BOTTOM
        parts = []
        for value, label in self.y.ticks():
            y = self.py(value)
            parts.append(line(left, y, right, y, "grid") + text(left - 6, y + 4, label, "end"))
        for value, label in self.x.ticks():
            x = self.px(value)
            parts.append(line(x, bottom, x, bottom + 4, "axis"))
            parts.append(text(x, bottom + 16, label, "middle"))
        parts.append(line(left, bottom, right, bottom, "axis"))
        parts.append(text((left + right) / 2, self.height - 8, self.x.title, "middle", "caption"))
        middle = (top + bottom) / 2
        turned = f'transform="rotate(-90 12 {number(middle)})"'
        parts.append(text(12, middle, self.y.title, "middle", "caption", turned))
        return "".join(parts)


def drawing(content: str, height: float, title: str, description: str) -> str:
    """Return an SVG element with its texts for those who cannot see it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {number(height)}" role="img" '
        f'aria-label="{escape(f"{title}. {description}")}">'
        f"<title>{escape(title)}</title>{content}</svg>"
    )


def text(
    x: float, y: float, value: str, anchor: str = "start", kind: str = "", more: str = ""
) -> str:
    """Return a line of text; any value is safe."""
    return (
        f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"'
        f"{_attribute(kind)}{' ' if more else ''}{more}>{escape(value)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f"<line {ends}{_attribute(kind)}/>"


def box(x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> str:
    """Return a rectangle, with a text that appears where the pointer rests on it."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    inside = f"><title>{escape(tip)}</title></rect>" if tip else "/>"
    return f"<rect {place}{_attribute(kind)}{inside}"


def legend(entries: list[tuple[str, str]]) -> str:
    """Return names behind samples of their line, side by side above the plot."""
    parts, x = [], float(LEFT)
    for name, kind in entries:
        parts.append(line(x, 12, x + 20, 12, kind) + text(x + 26, 16, name))
        x += 26 + _LETTER * len(name) + 18
    return "".join(parts)


def shortened(value: str, width: float) -> str:
    """Return a text that fits into a width, with an ellipsis if it is cut."""
    fitting = max(int(width / _LETTER), 2)
    return value if len(value) <= fitting else value[: fitting - 1].rstrip() + "…"


def number(value: float) -> str:
    """Return a coordinate, short."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _attribute(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
