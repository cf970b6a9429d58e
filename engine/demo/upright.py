"""Dishes seen from the side, standing on a table in front of a dim room."""

from __future__ import annotations

import numpy as np

from engine.demo.canvas import Canvas, Color
from engine.demo.shapes import Outline, blob, box, ellipse, ribbon, scatter, wave
from engine.demo.table import draw_herb, draw_room, draw_side_plate, jitter, shade

_CREAM: Color = (250, 240, 222)
_BERRIES: tuple[Color, ...] = ((60, 66, 122), (204, 36, 48))
_CAKES: tuple[tuple[Color, Color, Color], ...] = (  # sponge, filling, icing
    ((238, 204, 132), _CREAM, (252, 244, 232)),
    ((96, 56, 38), (120, 72, 48), (74, 42, 30)),
    ((176, 48, 52), (252, 244, 234), (252, 246, 240)),
    ((240, 208, 140), (214, 80, 104), (250, 196, 208)),
    ((112, 66, 42), _CREAM, (252, 244, 232)),
)


def burger(canvas: Canvas, rng: np.random.Generator) -> None:
    """Bun, one or two patties with cheese, tomato and salad, sesame on top."""
    draw_room(canvas, rng)
    draw_side_plate(canvas, rng, 0.72, 1.25)
    bun = jitter(rng, (206, 134, 62), 0.08)
    heel = box((0, 0.58), 1.34, 0.32, corner=0.45)
    canvas.add(heel, bun, bulge=0.8, edge=0.35, shadow=0.06, grain=0.04)
    y = 0.4
    for _ in range(1 + int(rng.random() < 0.35)):
        patty = blob(rng, (0, 0), 1, 0.02) * [0.72, 0.15] + [0, y]
        brown = jitter(rng, (94, 56, 36), 0.12)
        canvas.add(patty, brown, bulge=0.9, edge=0.4, shadow=0.04, grain=0.3)
        cheese = _cheese(rng, y - 0.1)
        canvas.add(cheese, (250, 190, 58), bulge=0.4, edge=0.15, gloss=0.12)
        y -= 0.24
    for x in (-0.42, 0.02, 0.44):
        canvas.add(box((x, y + 0.02), 0.5, 0.11, 0, 0.5), (206, 54, 40), bulge=0.7, gloss=0.2)
    frill = wave((-0.82, y - 0.06), (0.82, y - 0.06), 0.04, 6.5, rng.uniform(0, 6))
    green = jitter(rng, (128, 178, 62), 0.1)
    canvas.add(ribbon(frill, 0.13), green, bulge=0.8, edge=0.06, grain=0.08)
    _lid(canvas, rng, bun, y)


def _lid(canvas: Canvas, rng: np.random.Generator, color: Color, y: float) -> None:
    turn = np.linspace(np.pi, 2 * np.pi, 60)
    dome = np.stack([0.75 * np.cos(turn), y - 0.08 + 0.55 * np.sin(turn)], axis=1)
    base = wave((0.74, y - 0.06), (-0.74, y - 0.06), 0.015, 1.5)
    top = np.concatenate([dome, base])
    canvas.add(top, color, bulge=0.9, edge=0.4, shadow=0.05, gloss=0.16, grain=0.03)
    spread = np.array([at for at in scatter(rng, 34, 1.0) if at[1] < 0.6])
    spots = np.stack(
        [0.55 * spread[:, 0], y - 0.34 + 0.16 * spread[:, 1] + 0.14 * spread[:, 0] ** 2], axis=1
    )
    seeds = [ellipse(spot, 0.026, 0.014, rng.uniform(0, 3)) for spot in spots]
    canvas.add(seeds, (250, 232, 190), edge=0.5, shadow=0.01)


def _cheese(rng: np.random.Generator, y: float) -> Outline:
    """A slice whose corners hang down."""
    x = np.linspace(-0.76, 0.76, 9)
    lower = y + 0.08 + 0.12 * rng.random(9) * (np.arange(9) % 2)
    edge = np.stack([x[::-1], lower[::-1]], axis=1)
    return np.concatenate([np.array([[-0.76, y], [0.76, y]]), edge])


def cake(canvas: Canvas, rng: np.random.Generator) -> None:
    """A slice of layer cake with cream and a berry on top."""
    draw_room(canvas, rng)
    draw_side_plate(canvas, rng, 0.62, 1.3)
    sponge, filling, icing = _CAKES[int(rng.integers(len(_CAKES)))]
    sponge, icing = jitter(rng, sponge, 0.06), jitter(rng, icing, 0.03)
    side = np.array([rng.choice([-1, 1]), 1])  # which way the tip points
    tip, back, far = np.array([-0.85, 0.0]), np.array([0.8, -0.1]), np.array([0.42, -0.36])
    outer, height = back + np.array([0.1, -0.04]), np.array([0.0, rng.uniform(0.56, 0.7)])
    cut = _strip(tip, back, height) * side
    canvas.add(cut, sponge, bulge=0.15, edge=0.08, shadow=0.08, grain=0.14)
    layers = int(rng.integers(2, 5))
    for low in [height * i / layers for i in range(1, layers)]:
        band = _strip(tip + low, back + low, np.array([0, 0.07])) * side
        canvas.add(band, filling, bulge=0.4, edge=0.3, shadow=0.008, grain=0.04)
    canvas.add(_strip(back, outer, height) * side, shade(icing, 0.86), bulge=0.1, shadow=0)
    top = np.array([tip, back, outer, far]) * side
    canvas.add(top, icing, bulge=0.3, edge=0.15, shadow=0.02, gloss=0.05)
    rim = _strip(tip, back, np.array([0, 0.075])) * side
    canvas.add(rim, shade(icing, 0.95), bulge=0.3, edge=0.3, shadow=0.012)
    for at in ([0.45, -0.22], [0.1, -0.14]):
        canvas.add(blob(rng, at * side, 0.13, 0.08), _CREAM, bulge=0.7, edge=0.4)
    berry = np.array([0.45, -0.36]) * side
    red = jitter(rng, (204, 30, 44), 0.1)
    canvas.add(ellipse(berry, 0.13, 0.14), red, bulge=0.9, edge=0.4, shadow=0.02, gloss=0.35)
    draw_herb(canvas, rng, berry + np.array([0, -0.13]), 0.13)
    crumbs = [ellipse((rng.uniform(-0.9, 0.9), rng.uniform(0.66, 0.76)), 0.016) for _ in range(14)]
    canvas.add(crumbs, shade(sponge, 0.9), shadow=0.008)


def _strip(start: Outline, end: Outline, height: Outline) -> Outline:
    return np.array([start, end, end + height, start + height])


def pancakes(canvas: Canvas, rng: np.random.Generator) -> None:
    """A stack with butter, syrup and berries."""
    draw_room(canvas, rng)
    draw_side_plate(canvas, rng, 0.72, 1.3)
    count, brown = int(rng.integers(4, 8)), jitter(rng, (190, 118, 54), 0.08)
    for y in 0.66 - 0.15 * np.arange(count):
        x, width = rng.uniform(-0.04, 0.04), rng.uniform(1.36, 1.5)
        edge = box((x, y), width, 0.18, rng.uniform(-0.015, 0.015), 0.5)
        canvas.add(edge, (240, 204, 132), bulge=0.7, edge=0.4, grain=0.04)
        face, tone = ellipse((x, y - 0.06), width * 0.49, 0.11), jitter(rng, brown, 0.06)
        canvas.add(face, tone, bulge=0.4, edge=0.2, shadow=0, grain=0.1)
    _syrup_and_butter(canvas, rng, 0.6 - 0.15 * (count - 1))
    for _ in range(int(rng.integers(4, 9))):
        at = (rng.choice([-1, 1]) * rng.uniform(0.72, 1.08), rng.uniform(0.66, 0.82))
        tone = _BERRIES[int(rng.random() < 0.4)]
        canvas.add(ellipse(at, 0.085), tone, bulge=0.9, edge=0.4, gloss=0.25)


def _syrup_and_butter(canvas: Canvas, rng: np.random.Generator, y: float) -> None:
    x = np.linspace(0.5, -0.5, 80)
    drops = np.clip(np.sin(x * rng.uniform(11, 17) + rng.uniform(0, 6)), 0, 1)
    front = np.stack([x, y + 0.07 + rng.uniform(0.1, 0.36) * drops], axis=1)
    pool = np.concatenate([ellipse((0, y), 0.5, 0.085)[36:], front])
    canvas.add(pool, (146, 70, 18), bulge=0.8, edge=0.12, shadow=0.015, gloss=0.35, opacity=0.88)
    left, back, right, front_corner = np.array(
        [[-0.16, y - 0.1], [0.04, y - 0.15], [0.2, y - 0.09], [0.0, y - 0.03]]
    )
    down = np.array([0, 0.09])
    sides = [left, front_corner, right, right + down, front_corner + down, left + down]
    canvas.add(np.array(sides), (246, 214, 110), bulge=0.3)
    butter = np.array([left, back, right, front_corner])
    canvas.add(butter, (254, 234, 150), bulge=0.4, shadow=0, gloss=0.1)
