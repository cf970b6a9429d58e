"""What a dish stands on: tables, plates, bowls, boards, cutlery."""

from __future__ import annotations

import numpy as np

from engine.demo.canvas import Canvas, Color
from engine.demo.shapes import Point, box, ellipse, leaf, ribbon, wave

WOODS: tuple[Color, ...] = ((168, 122, 82), (120, 82, 56), (198, 162, 120), (92, 68, 54))
CLOTHS: tuple[Color, ...] = ((226, 219, 205), (178, 195, 203), (205, 150, 136), (150, 168, 140))
STONES: tuple[Color, ...] = ((88, 92, 98), (206, 204, 200), (58, 62, 70), (150, 146, 142))
CERAMICS: tuple[Color, ...] = (
    (246, 243, 236),
    (232, 226, 212),
    (90, 110, 128),
    (196, 120, 90),
    (122, 142, 130),
    (74, 72, 74),
)
ROOMS: tuple[Color, ...] = ((96, 104, 112), (198, 186, 170), (72, 62, 58), (142, 158, 152))
WHITE: Color = (248, 246, 238)
STEEL: Color = (188, 190, 194)


def draw_table(canvas: Canvas, rng: np.random.Generator) -> None:
    """Cover the whole canvas with wood, cloth or stone."""
    kind = int(rng.integers(3))
    color = jitter(rng, (WOODS, CLOTHS, STONES)[kind][int(rng.integers(4))], 0.06)
    canvas.add(box((0, 0), 12, 12), color, bulge=0, shadow=0, grain=0.035)
    if kind == 0:
        _planks(canvas, rng, color)
    elif kind == 1:
        _checks(canvas, rng, color)
    else:
        _veins(canvas, rng, color)


def _planks(canvas: Canvas, rng: np.random.Generator, color: Color) -> None:
    width = rng.uniform(0.45, 0.8)
    left = np.arange(-3, 3, width)
    tones = [jitter(rng, color, 0.1) for _ in left]
    planks = [box((x + width / 2, 0), width - 0.012, 12, corner=0.01) for x in left]
    canvas.add(planks, tones, bulge=0.25, edge=0.03, shadow=0, grain=0.05)
    lines, inks = [], []
    for x, tone in zip(left, tones, strict=True):
        for at in x + rng.uniform(0.05, 0.95, 7) * width:
            path = wave((at, -3), (at + rng.uniform(-0.03, 0.03), 3), 0.012, rng.uniform(1, 3))
            lines.append(ribbon(path, 0.01))
            inks.append(shade(tone, 0.86))
    canvas.add(lines, inks, bulge=0, shadow=0, opacity=0.7)


def _checks(canvas: Canvas, rng: np.random.Generator, color: Color) -> None:
    stripe = shade(color, 0.84 if rng.random() < 0.7 else 1.12)
    step, width = rng.uniform(0.5, 0.9), rng.uniform(0.08, 0.24)
    places = np.arange(-3, 3, step)
    for bands in (
        [box((at, 0), width, 12) for at in places],
        [box((0, at), 12, width) for at in places],
    ):
        canvas.add(bands, stripe, bulge=0, shadow=0, opacity=0.45, grain=0.03)


def _veins(canvas: Canvas, rng: np.random.Generator, color: Color) -> None:
    lines, inks = [], []
    for _ in range(9):
        start, end = rng.uniform(-3, 3, 2), rng.uniform(-3, 3, 2)
        path = wave(start, end, rng.uniform(0.05, 0.25), rng.uniform(0.5, 2))
        lines.append(ribbon(path, rng.uniform(0.008, 0.03)))
        inks.append(shade(color, rng.choice([0.82, 1.18])))
    canvas.add(lines, inks, bulge=0, shadow=0, opacity=0.4)


def draw_plate(canvas: Canvas, rng: np.random.Generator, radius: float = 1.0) -> None:
    """Draw a round plate at the origin."""
    color = jitter(rng, CERAMICS[int(rng.choice(6, p=(0.4, 0.2, 0.1, 0.1, 0.1, 0.1)))], 0.03)
    canvas.add(ellipse((0, 0), radius), color, bulge=0.3, edge=0.06, shadow=0.09, gloss=0.06)
    if rng.random() < 0.4:
        tint = shade(color, 0.72) if rng.random() < 0.5 else (70, 96, 140)
        canvas.add(ellipse((0, 0), radius * 0.95), tint, bulge=0, shadow=0)
        canvas.add(ellipse((0, 0), radius * 0.92), color, bulge=0, shadow=0)
    well = ellipse((0, 0), radius * 0.72)
    canvas.add(well, shade(color, 0.98), bulge=-0.16, edge=0.05, shadow=0)


def draw_bowl(
    canvas: Canvas, rng: np.random.Generator, filling: Color, radius: float = 1.0
) -> None:
    """Draw a bowl with a liquid or ground of one colour in it."""
    color = jitter(rng, CERAMICS[int(rng.choice(6, p=(0.3, 0.15, 0.2, 0.1, 0.1, 0.15)))], 0.03)
    depth = 1 - canvas.view.tilt
    foot = _below(canvas, depth * 0.9)
    canvas.add(ellipse(foot, radius * 0.86), shade(color, 0.72), bulge=0.4, shadow=0.14)
    canvas.add(ellipse((0, 0), radius), color, bulge=0.35, edge=0.05, shadow=0.08, gloss=0.12)
    inside = shade(color, 0.8)
    canvas.add(ellipse((0, 0), radius * 0.92), inside, bulge=-0.5, edge=0.12, shadow=0)
    surface = _below(canvas, depth * 0.1)
    canvas.add(
        ellipse(surface, radius * 0.84), filling, bulge=-0.2, edge=0.06, shadow=0, grain=0.03
    )


def draw_board(canvas: Canvas, rng: np.random.Generator, width: float, height: float) -> None:
    """Draw a rectangular board of slate or wood at the origin."""
    slate = rng.random() < 0.6
    color = jitter(rng, STONES[2] if slate else WOODS[2], 0.06)
    plate = box((0, 0), width, height, corner=0.06)
    canvas.add(plate, color, bulge=0.25, edge=0.03, shadow=0.06, grain=0.03)


def draw_room(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fill the canvas with a blurred wall and a table whose edge is behind the dish."""
    wall = jitter(rng, ROOMS[int(rng.integers(4))], 0.1)
    canvas.add(box((0, 0), 12, 12), wall, bulge=0, shadow=0)
    for _ in range(7):
        spot = ellipse((rng.uniform(-2, 2), rng.uniform(-2, -0.3)), rng.uniform(0.15, 0.5))
        glow, opacity = shade(wall, rng.uniform(1.1, 1.35)), rng.uniform(0.15, 0.4)
        canvas.add(spot, glow, bulge=0, shadow=0, opacity=opacity)
    tops = WOODS if rng.random() < 0.7 else CLOTHS
    color, horizon = jitter(rng, tops[int(rng.integers(4))], 0.08), rng.uniform(0.1, 0.3)
    top = box((0, horizon + 3), 12, 6, corner=0)
    canvas.add(top, color, bulge=0.15, edge=0.01, shadow=0.02, grain=0.05)
    heights = horizon + 0.03 + 1.2 * rng.random(8) ** 1.5
    lines = [ribbon(wave((-3, y), (3, y), 0.006, 3), 0.012) for y in heights]
    canvas.add(lines, shade(color, 0.88), bulge=0, shadow=0, opacity=0.6)


def draw_side_plate(canvas: Canvas, rng: np.random.Generator, y: float, radius: float) -> None:
    """Draw a plate seen from the side, its middle at height ``y``."""
    color = jitter(rng, CERAMICS[int(rng.integers(6))], 0.04)
    foot, rim = ellipse((0, y + 0.05), radius * 0.9, radius * 0.2), radius * 0.23
    canvas.add(foot, (60, 50, 44), bulge=0, shadow=0.08, opacity=0.5)
    canvas.add(ellipse((0, y), radius, rim), color, bulge=0.4, edge=0.14, shadow=0.04, gloss=0.1)
    well = ellipse((0, y), radius * 0.76, rim * 0.7)
    canvas.add(well, shade(color, 0.94), bulge=-0.2, edge=0.1, shadow=0)


def draw_cutlery(canvas: Canvas, rng: np.random.Generator, kind: str, x: float) -> None:
    """Lay a fork, a spoon or chopsticks beside the dish, at ``x``."""
    lean = rng.uniform(-0.06, 0.06)
    if kind == "chopsticks":
        color = jitter(rng, (110, 58, 38), 0.2)
        for shift in (-0.05, 0.05):
            path = wave((x + shift, -1.15), (x + shift * 0.4 + lean, 1.15), 0, 1)
            canvas.add(ribbon(path, np.linspace(0.055, 0.03, 60)), color, shadow=0.04)
        return
    handle = ribbon(wave((x, -0.1), (x + lean, 0.95), 0, 1), np.linspace(0.04, 0.075, 60))
    canvas.add(handle, STEEL, bulge=0.7, shadow=0.03, gloss=0.3)
    if kind == "spoon":
        canvas.add(ellipse((x, -0.3), 0.13, 0.22), STEEL, bulge=-0.7, shadow=0.03, gloss=0.3)
        return
    canvas.add(box((x, -0.16), 0.17, 0.18, corner=0.45), STEEL, bulge=0.6, shadow=0.03, gloss=0.2)
    tines = [box((x + at, -0.4), 0.028, 0.42, corner=0.5) for at in (-0.066, -0.022, 0.022, 0.066)]
    canvas.add(tines, STEEL, bulge=0.6, shadow=0.025, gloss=0.2)


def draw_herb(canvas: Canvas, rng: np.random.Generator, at: Point, size: float = 0.12) -> None:
    """Put a sprig of three leaves."""
    turn = rng.uniform(0, 2 * np.pi)
    for i in range(3):
        angle = turn + i * 2.1
        middle = np.asarray(at) + size * 0.45 * np.array([np.cos(angle), np.sin(angle)])
        green = jitter(rng, (72, 128, 52), 0.16)
        canvas.add(leaf(middle, size, size * 0.5, angle), green, bulge=0.7, shadow=0.018, gloss=0.1)


def jitter(rng: np.random.Generator, color: Color, amount: float) -> Color:
    """Return a colour near ``color``: brighter or darker, its hue a little off."""
    red, green, blue = (
        np.asarray(color)
        * (1 + amount * rng.uniform(-1, 1))
        * (1 + 0.35 * amount * rng.uniform(-1, 1, 3))
    )
    return float(red), float(green), float(blue)


def shade(color: Color, factor: float) -> Color:
    """Return ``color`` brighter (above 1) or darker (below 1)."""
    red, green, blue = (value * factor for value in color)
    return red, green, blue


def _below(canvas: Canvas, distance: float) -> tuple[float, float]:
    """Return the dish point that lies ``distance`` further down in the picture."""
    rotation = canvas.view.rotation
    return distance * float(np.sin(rotation)), distance * float(np.cos(rotation))
