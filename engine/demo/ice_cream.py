"""Ice cream in a glass cup or a waffle cone, seen from the side."""

from __future__ import annotations

import numpy as np

from engine.demo.canvas import Canvas, Color
from engine.demo.shapes import Outline, Point, blob, box, ellipse, ribbon, wave
from engine.demo.table import draw_room, jitter, shade

_FLAVOURS: tuple[Color, ...] = (
    (252, 238, 200),
    (120, 74, 50),
    (246, 170, 180),
    (176, 214, 168),
    (250, 200, 110),
    (186, 156, 200),
)
_SAUCES: tuple[Color, ...] = ((84, 44, 26), (176, 28, 52))
_GLASS: Color = (214, 222, 226)
_WAFFLE: Color = (216, 162, 90)


def ice_cream(canvas: Canvas, rng: np.random.Generator) -> None:
    """Scoops with sauce and a cherry, in a cup with a wafer or in a cone."""
    draw_room(canvas, rng)
    cup = rng.random() < 0.6
    (_back_of_cup if cup else _cone)(canvas, rng)
    places = [(-0.3, -0.12), (0.3, -0.12), (0.0, -0.46)] if cup else [(0.0, -0.06), (0.0, -0.5)]
    for place, flavour in zip(places, rng.permutation(len(_FLAVOURS)), strict=False):
        _scoop(canvas, rng, place, jitter(rng, _FLAVOURS[flavour], 0.05))
    _topping(canvas, rng, *places[-1])
    if cup:
        _front_of_cup(canvas)


def _scoop(canvas: Canvas, rng: np.random.Generator, at: Point, color: Color) -> None:
    skirt = blob(rng, (0, 0), 0.32, 0.14) * [1.06, 0.6] + [at[0], at[1] + 0.22]
    canvas.add(skirt, color, bulge=0.6, shadow=0.02, grain=0.06)
    ball = blob(rng, at, 0.36, 0.03)
    canvas.add(ball, color, bulge=0.75, edge=0.42, shadow=0.04, grain=0.07, gloss=0.05)


def _topping(canvas: Canvas, rng: np.random.Generator, x: float, y: float) -> None:
    turn = np.linspace(0, 2 * np.pi, 90)
    drop = np.where(turn < np.pi, 0.2 * np.abs(np.sin(3.5 * turn)), 0.19 * np.sin(turn))
    sauce = np.stack([x + 0.33 * np.cos(turn), y - 0.16 + drop], axis=1)
    tone = _SAUCES[int(rng.random() < 0.4)]
    canvas.add(sauce, tone, bulge=0.7, edge=0.2, shadow=0.015, gloss=0.3)
    cherry = ellipse((x, y - 0.4), 0.1)
    canvas.add(cherry, (196, 20, 40), bulge=0.9, edge=0.4, gloss=0.4)
    stem = ribbon(wave((x, y - 0.48), (x + 0.14, y - 0.74), 0.02, 0.5), 0.016)
    canvas.add(stem, (96, 110, 50), bulge=0.3, shadow=0.01)


def _back_of_cup(canvas: Canvas, rng: np.random.Generator) -> None:
    foot, stand = ellipse((0, 1.02), 0.46, 0.1), box((0, 0.8), 0.12, 0.4, corner=0.3)
    canvas.add(foot, _GLASS, shadow=0.06, gloss=0.3, opacity=0.85)
    canvas.add(stand, _GLASS, bulge=0.8, shadow=0.02, gloss=0.4, opacity=0.85)
    rim = ellipse((0, 0.02), 0.74, 0.14)
    canvas.add(rim, shade(_GLASS, 0.93), bulge=-0.3, shadow=0, opacity=0.7)
    wafer = box((0.42, -0.55), 0.14, 0.9, rng.uniform(0.25, 0.45), 0.1)
    canvas.add(wafer, _WAFFLE, bulge=0.4, grain=0.1)


def _front_of_cup(canvas: Canvas) -> None:
    turn = np.linspace(0, np.pi, 60)
    cup: Outline = np.stack([0.74 * np.cos(turn), 0.06 + 0.62 * np.sin(turn)], axis=1)
    canvas.add(cup, _GLASS, bulge=0.8, edge=0.2, shadow=0, gloss=0.5, opacity=0.5)
    glint = ribbon(cup[5:26] * 0.86, 0.03)
    canvas.add(glint, (255, 255, 255), bulge=0, shadow=0, opacity=0.5)


def _cone(canvas: Canvas, rng: np.random.Generator) -> None:
    color = jitter(rng, _WAFFLE, 0.08)
    cone = np.array([[-0.36, 0.08], [0.36, 0.08], [0.03, 1.25], [-0.03, 1.25]])
    canvas.add(cone, color, bulge=0.7, edge=0.4, shadow=0.06, grain=0.08)
    lines = []
    for y in np.arange(0.245, 1.2, 0.145):
        half = 0.36 * (1.25 - y) / 1.17
        for sign in (-1, 1):
            path = wave((-half * sign, y), (half * 0.8 * sign, y - 0.16), 0, 1)
            lines.append(ribbon(path, 0.014))
    canvas.add(lines, shade(color, 0.74), bulge=0, shadow=0, opacity=0.8)
