"""Dishes on a plate, on a board or in a pan, seen from above."""

from __future__ import annotations

import numpy as np

from engine.demo.canvas import Canvas, Color
from engine.demo.shapes import (
    Outline,
    blob,
    box,
    direction,
    ellipse,
    leaf,
    ribbon,
    scatter,
    sector,
    wave,
)
from engine.demo.table import (
    WHITE,
    draw_board,
    draw_cutlery,
    draw_herb,
    draw_plate,
    jitter,
    shade,
)

_FILLINGS: tuple[Color, ...] = ((244, 128, 84), (206, 60, 60), (150, 190, 80), (250, 204, 90))
_GRAIN = np.array([0.11, 0.035])  # half a stripe of fat in the fish
_FISH: tuple[Color, ...] = ((246, 138, 92), (214, 70, 70), (252, 214, 190))
_VEGETABLES: tuple[Color, ...] = ((232, 190, 104), (228, 116, 34), (168, 112, 70))


def pizza(canvas: Canvas, rng: np.random.Generator) -> None:
    """Crust, tomato, melted cheese, salami, olives, basil."""
    draw_plate(canvas, rng, 1.02)
    crust = jitter(rng, (208, 150, 84), 0.1)
    canvas.add(blob(rng, (0, 0), 0.9, 0.03), crust, bulge=0.9, edge=0.09, shadow=0.05, grain=0.1)
    burnt = [blob(rng, 0.84 * direction(turn), 0.05) for turn in rng.uniform(0, 6.3, 9)]
    canvas.add(burnt, (126, 76, 40), bulge=0, shadow=0, opacity=0.4)
    canvas.add(blob(rng, (0, 0), 0.77, 0.03), (176, 48, 28), bulge=-0.3, edge=0.05, shadow=0)
    cheese = jitter(rng, (246, 206, 112), 0.06)
    canvas.add(blob(rng, (0, 0), 0.72, 0.05), cheese, edge=0.06, shadow=0.01, grain=0.06)
    for at in scatter(rng, 12, 0.6):
        patch = blob(rng, at, rng.uniform(0.08, 0.16), 0.2)
        tone = shade(cheese, 0.9) if rng.random() < 0.5 else (252, 232, 170)
        canvas.add(patch, tone, bulge=0.4, shadow=0, gloss=0.12, opacity=0.75)
    salami = jitter(rng, (184, 54, 40), 0.1)
    for at in scatter(rng, int(rng.integers(7, 12)), 0.6):
        piece, tone = ellipse(at, rng.uniform(0.115, 0.14)), jitter(rng, salami, 0.1)
        canvas.add(piece, tone, edge=0.2, shadow=0.02, gloss=0.15, grain=0.12)
    for at in scatter(rng, int(rng.integers(5, 10)), 0.62):
        canvas.add(ellipse(at, 0.05), (46, 40, 44), bulge=0.8, shadow=0.015, gloss=0.25)
        canvas.add(ellipse(at, 0.02), shade(cheese, 0.85), bulge=0, shadow=0)
    for at in scatter(rng, int(rng.integers(3, 6)), 0.5):
        draw_herb(canvas, rng, at, rng.uniform(0.14, 0.2))


def curry(canvas: Canvas, rng: np.random.Generator) -> None:
    """Rice on one half of the plate, curry with vegetables on the other."""
    draw_plate(canvas, rng)
    sauce, tone = blob(rng, (0.16, 0), 0.66, 0.05), jitter(rng, (188, 106, 32), 0.1)
    canvas.add(sauce, tone, bulge=0.5, edge=0.1, shadow=0.02, gloss=0.2, grain=0.06)
    mound = blob(rng, (-0.36, 0), 0.44, 0.06) * [0.82, 1.3]
    canvas.add(mound, (232, 226, 208), bulge=0.7, edge=0.3, shadow=0.05, grain=0.05)
    middles = [at * [0.7, 1.22] + [-0.3, 0] for at in scatter(rng, 170, 0.41)]
    rice = [ellipse(at, 0.036, 0.014, rng.uniform(0, 3.2)) for at in middles]
    whites = [jitter(rng, (250, 247, 236), 0.05) for _ in rice]
    canvas.add(rice, whites, bulge=0.6, edge=0.4, shadow=0.012)
    for at in scatter(rng, int(rng.integers(9, 14)), 0.42, (0.3, 0)):
        kind, size = int(rng.integers(3)), rng.uniform(0.13, 0.2)
        meat = kind == 2
        cube = box(at, size, size * 0.8, rng.uniform(0, 3), 0.4)
        piece, tone = blob(rng, at, size * 0.6, 0.2) if meat else cube, _VEGETABLES[kind]
        canvas.add(piece, jitter(rng, tone, 0.08), bulge=0.9, shadow=0.03, gloss=0.15, grain=0.06)
    peas = [ellipse(at, 0.036) for at in scatter(rng, 9, 0.46, (0.26, 0))]
    canvas.add(peas, (120, 164, 60), bulge=0.8, shadow=0.015, gloss=0.2)
    for at in scatter(rng, 3, 0.3, (0.2, 0)):
        draw_herb(canvas, rng, at, 0.15)
    draw_cutlery(canvas, rng, "spoon", 1.25)


def eggs(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fried eggs and bacon in an iron pan."""
    handle = ribbon(wave((0.8, 0), (2.0, 0), 0, 1), np.linspace(0.2, 0.26, 60))
    canvas.add(handle, (52, 50, 52), bulge=0.7, shadow=0.06, gloss=0.1)
    canvas.add(ellipse((0, 0), 1.0), (60, 58, 60), edge=0.05, shadow=0.1, gloss=0.15)
    canvas.add(ellipse((0, 0), 0.9), (38, 37, 39), bulge=-0.5, edge=0.08, shadow=0, grain=0.1)
    count, start = int(rng.integers(2, 4)), rng.uniform(0, 6)
    for i in range(count):
        _fried_egg(canvas, rng, 0.42 * direction(start + i * 2 * np.pi / (count + 1)))
    _bacon(canvas, rng, start - 2 * np.pi / (count + 1))
    pepper = [ellipse(at, 0.009) for at in scatter(rng, 40, 0.7)]
    canvas.add(pepper, (52, 44, 40), bulge=0, shadow=0, opacity=0.8)
    for at in scatter(rng, 3, 0.5):
        draw_herb(canvas, rng, at, 0.12)


def _fried_egg(canvas: Canvas, rng: np.random.Generator, at: Outline) -> None:
    canvas.add(blob(rng, at, 0.41, 0.11), (214, 168, 104), bulge=0.3, shadow=0.02, grain=0.1)
    white = blob(rng, at, 0.37, 0.1)
    canvas.add(white, WHITE, bulge=0.35, edge=0.12, shadow=0, gloss=0.06, grain=0.02)
    yolk = ellipse(at + rng.uniform(-0.06, 0.06, 2), 0.17, 0.16)
    tone = jitter(rng, (250, 178, 34), 0.05)
    canvas.add(yolk, tone, bulge=0.8, edge=0.35, shadow=0.03, gloss=0.4)


def _bacon(canvas: Canvas, rng: np.random.Generator, turn: float) -> None:
    middle, along = 0.45 * direction(turn), direction(turn + np.pi / 2)
    for i in range(2):
        at, reach = middle * (0.75 + 0.5 * i), 0.42 - 0.08 * i
        path = wave(at - along * reach, at + along * reach, 0.035, 3, rng.uniform(0, 6))
        red = jitter(rng, (168, 62, 44), 0.1)
        canvas.add(ribbon(path, 0.16), red, bulge=0.7, shadow=0.03, gloss=0.15, grain=0.1)
        fat = ribbon(path + 0.03 * middle, 0.045)
        canvas.add(fat, (238, 196, 160), bulge=0.3, shadow=0, grain=0.05)


def fruit(canvas: Canvas, rng: np.random.Generator) -> None:
    """Slices of orange, kiwi and banana with strawberries and blueberries."""
    draw_plate(canvas, rng)
    kinds = (_orange, _kiwi, _banana, _strawberry)
    for at in scatter(rng, 24, 0.68):
        kinds[int(rng.integers(4))](canvas, rng, at)
    for at in scatter(rng, int(rng.integers(10, 18)), 0.62):
        blue = jitter(rng, (62, 70, 124), 0.15)
        canvas.add(ellipse(at, 0.06), blue, bulge=0.9, edge=0.4, shadow=0.02, gloss=0.2)
        canvas.add(ellipse(at, 0.02), (42, 46, 86), bulge=0, shadow=0)
    for at in scatter(rng, 3, 0.5):
        draw_herb(canvas, rng, at, 0.16)


def _orange(canvas: Canvas, rng: np.random.Generator, at: Outline) -> None:
    canvas.add(ellipse(at, 0.23), (244, 148, 28), edge=0.1, shadow=0.03)
    canvas.add(ellipse(at, 0.205), (255, 222, 160), bulge=0, shadow=0)
    turns = rng.uniform(0, 6) + np.arange(9) * 2 * np.pi / 9
    pieces = [sector(at, 0.19, turn + 0.04, turn + 0.64) for turn in turns]
    tone = jitter(rng, (250, 166, 44), 0.05)
    canvas.add(pieces, tone, bulge=0.3, edge=0.2, shadow=0, gloss=0.15)


def _kiwi(canvas: Canvas, rng: np.random.Generator, at: Outline) -> None:
    canvas.add(ellipse(at, 0.19), (126, 98, 56), bulge=0.4, shadow=0.03)
    green = jitter(rng, (132, 180, 50), 0.08)
    canvas.add(ellipse(at, 0.18), green, bulge=0.2, shadow=0, grain=0.05)
    canvas.add(ellipse(at, 0.06), (228, 236, 180), bulge=0, shadow=0)
    turns = rng.uniform(0, 6) + np.arange(11) * 2 * np.pi / 11
    seeds = [leaf(at + 0.085 * direction(turn), 0.04, 0.018, turn) for turn in turns]
    canvas.add(seeds, (40, 36, 26), bulge=0.2, shadow=0)


def _banana(canvas: Canvas, rng: np.random.Generator, at: Outline) -> None:
    tone = jitter(rng, (252, 232, 160), 0.03)
    canvas.add(ellipse(at, 0.15), tone, bulge=0.4, edge=0.12, shadow=0.03)
    canvas.add(ellipse(at, 0.06), (236, 208, 128), bulge=-0.2, shadow=0, grain=0.05)


def _strawberry(canvas: Canvas, rng: np.random.Generator, at: Outline) -> None:
    berry, red = blob(rng, at, 0.17, 0.06), jitter(rng, (212, 36, 44), 0.08)
    canvas.add(berry, red, bulge=0.9, edge=0.35, shadow=0.035, gloss=0.2)
    seeds = [ellipse(point, 0.011) for point in scatter(rng, 14, 0.12, at)]
    canvas.add(seeds, (246, 206, 110), bulge=0, shadow=0)
    draw_herb(canvas, rng, at + 0.12 * direction(rng.uniform(0, 6.3)), 0.11)


def sushi(canvas: Canvas, rng: np.random.Generator) -> None:
    """Rolls and slices of fish on rice, on a long board with ginger and wasabi."""
    draw_board(canvas, rng, 2.6, 1.3)
    for i in range(5):
        _roll(canvas, rng, np.array([-0.98 + 0.42 * i, 0.32]) + rng.uniform(-0.02, 0.02, 2))
    for i in range(4):
        _nigiri(canvas, rng, np.array([-0.9 + 0.5 * i, -0.28]) + rng.uniform(-0.02, 0.02, 2))
    wasabi = blob(rng, (1.1, 0.3), 0.11, 0.15)
    canvas.add(wasabi, (142, 182, 92), bulge=0.7, shadow=0.03, grain=0.08)
    for at in scatter(rng, 4, 0.1, (1.08, -0.25)):
        pink = jitter(rng, (246, 186, 166), 0.06)
        canvas.add(blob(rng, at, 0.12, 0.15), pink, shadow=0.02, opacity=0.9)


def _roll(canvas: Canvas, rng: np.random.Generator, at: Outline) -> None:
    canvas.add(ellipse(at, 0.185), (30, 38, 32), edge=0.1, shadow=0.05, grain=0.12)
    canvas.add(ellipse(at, 0.16), WHITE, bulge=0.1, shadow=0, grain=0.05)
    rice = [ellipse(p, 0.024, 0.012, rng.uniform(0, 3)) for p in scatter(rng, 18, 0.13, at)]
    canvas.add(rice, (255, 254, 250), edge=0.4, shadow=0.006)
    filling = box(at, 0.13, 0.12, rng.uniform(0, 3), 0.4)
    canvas.add(filling, _FILLINGS[int(rng.integers(4))], bulge=0.4, shadow=0.01, gloss=0.15)


def _nigiri(canvas: Canvas, rng: np.random.Generator, at: Outline) -> None:
    lean = 1.35 + rng.uniform(-0.08, 0.08)
    canvas.add(box(at, 0.52, 0.24, lean, 0.45), WHITE, bulge=0.6, shadow=0.05, grain=0.06)
    color = jitter(rng, _FISH[int(rng.integers(3))], 0.05)
    canvas.add(box(at, 0.56, 0.25, lean, 0.35), color, bulge=0.7, shadow=0.01, gloss=0.22)
    for step in (-0.17, -0.06, 0.05, 0.16):
        spot = at + step * direction(lean)
        stripe = ribbon(wave(spot - _GRAIN, spot + _GRAIN, 0.02, 0.5), 0.018)
        canvas.add(stripe, shade(color, 1.2), bulge=0, shadow=0, opacity=0.75)
