"""Dishes in a bowl, seen from above."""

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
    spiral,
)
from engine.demo.table import WHITE, draw_bowl, draw_cutlery, draw_herb, jitter, shade

_GREENS: tuple[Color, ...] = ((104, 160, 58), (70, 124, 48), (150, 190, 84))


def soup(canvas: Canvas, rng: np.random.Generator) -> None:
    """A pumpkin or tomato soup with a swirl of cream, croutons and herbs."""
    broth = jitter(rng, ((226, 128, 38), (206, 74, 38))[int(rng.random() < 0.4)], 0.06)
    draw_bowl(canvas, rng, broth)
    swirl = spiral(
        rng.uniform(-0.1, 0.1, 2),
        radius=rng.uniform(0.38, 0.55),
        turns=rng.uniform(1.6, 2.4),
        phase=rng.uniform(0, 7),
    )
    cream = ribbon(swirl, 0.075 * np.sin(np.linspace(0.3, np.pi, len(swirl))))
    canvas.add(cream, (252, 240, 216), bulge=0.2, shadow=0, opacity=0.9)
    for at in scatter(rng, int(rng.integers(4, 9)), 0.5):
        bread = box(at, 0.15, 0.14, rng.uniform(0, 3), 0.25)
        canvas.add(bread, jitter(rng, (206, 154, 88), 0.12), bulge=0.8, shadow=0.03, grain=0.16)
    herbs = [leaf(at, 0.06, 0.03, rng.uniform(0, 6)) for at in scatter(rng, 26, 0.68)]
    canvas.add(herbs, [jitter(rng, (64, 116, 46), 0.2) for _ in herbs], shadow=0.008)
    draw_herb(canvas, rng, rng.uniform(-0.1, 0.1, 2), 0.2)
    draw_cutlery(canvas, rng, "spoon", 1.25)


def salad(canvas: Canvas, rng: np.random.Generator) -> None:
    """Leaves, tomatoes, cucumber, onion rings and cheese cubes."""
    draw_bowl(canvas, rng, (60, 92, 40))
    for at in scatter(rng, 40, 0.74):
        green, size = jitter(rng, _GREENS[int(rng.integers(3))], 0.1), rng.uniform(0.3, 0.5)
        outline = leaf(at, size, size * rng.uniform(0.45, 0.7), rng.uniform(0, 6.3))
        canvas.add(outline, green, bulge=0.7, edge=0.3, shadow=0.03, grain=0.06)
        rib = ribbon(outline[[0, 12, 23]], 0.012)
        canvas.add(rib, shade(green, 1.25), bulge=0, shadow=0, opacity=0.6)
    for at in scatter(rng, int(rng.integers(5, 9)), 0.6):
        _cucumber(canvas, at)
    for at in scatter(rng, int(rng.integers(5, 9)), 0.62):
        red = jitter(rng, (212, 46, 34), 0.08)
        canvas.add(ellipse(at, 0.125, 0.115), red, bulge=0.8, shadow=0.03, gloss=0.35)
        canvas.add(ellipse(at, 0.085, 0.078), (232, 92, 66), bulge=-0.2, shadow=0, opacity=0.7)
    for at in scatter(rng, 5, 0.6):
        ring = ellipse(at, rng.uniform(0.09, 0.13))[: int(rng.integers(50, 72))]
        canvas.add(ribbon(ring, 0.022), (150, 70, 120), bulge=0.6, shadow=0.015)
    for at in scatter(rng, int(rng.integers(6, 12)), 0.6):
        cube = box(at, 0.11, 0.1, rng.uniform(0, 3), 0.15)
        canvas.add(cube, WHITE, bulge=0.5, shadow=0.025, grain=0.03)


def _cucumber(canvas: Canvas, at: Outline) -> None:
    canvas.add(ellipse(at, 0.13), (84, 130, 60), bulge=0.2, shadow=0.03)
    canvas.add(ellipse(at, 0.117), (222, 234, 172), bulge=0, shadow=0, grain=0.05)
    seeds = [ellipse(at + 0.06 * direction(t), 0.022, 0.01, t) for t in np.arange(0, 6.2, 0.9)]
    canvas.add(seeds, (244, 246, 214), bulge=0.2, shadow=0)


def noodles(canvas: Canvas, rng: np.random.Generator) -> None:
    """Noodles in broth with egg halves, roast pork, spring onion, seaweed and chopsticks."""
    draw_bowl(canvas, rng, jitter(rng, (150, 92, 44), 0.12))
    for _ in range(36):
        tone = jitter(rng, (242, 210, 134), 0.08)
        canvas.add(_strand(rng), tone, bulge=0.9, edge=0.02, shadow=0.016)
    turn = rng.uniform(0, 2 * np.pi)
    sheet = box(0.55 * direction(turn), 0.42, 0.34, turn, 0.05)
    canvas.add(sheet, (34, 48, 38), bulge=0.3, shadow=0.03, grain=0.2)
    for i in range(int(rng.integers(1, 3))):
        _egg(canvas, rng, turn + 2 + 0.95 * i)
    for i in range(3):
        pork = blob(rng, 0.45 * direction(turn - 1.9 + 0.45 * i), 0.19, 0.1)
        tone = jitter(rng, (196, 132, 100), 0.08)
        canvas.add(pork, tone, bulge=0.6, shadow=0.03, grain=0.12)
        canvas.add(ribbon(pork[:60], 0.025), (120, 62, 40), bulge=0.2, shadow=0)
    for at in scatter(rng, 26, 0.55):
        ring = ribbon(ellipse(at, 0.026), 0.014)
        canvas.add(ring, jitter(rng, (116, 178, 70), 0.2), bulge=0.4, shadow=0.01)
    draw_cutlery(canvas, rng, "chopsticks", 1.2)


def _strand(rng: np.random.Generator) -> Outline:
    """A long noodle that loops inside the bowl."""
    along = np.linspace(0, 1, 90)
    turn = rng.uniform(0, 6.3) + rng.choice([-1, 1]) * rng.uniform(2.0, 5.5) * along
    reach = rng.uniform(0.22, 0.6) + 0.14 * np.sin(rng.uniform(3, 7) * along + rng.uniform(0, 6))
    loop = reach[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return ribbon(loop + rng.uniform(-0.1, 0.1, 2), 0.05)


def _egg(canvas: Canvas, rng: np.random.Generator, turn: float) -> None:
    at = 0.42 * direction(turn)
    canvas.add(ellipse(at, 0.24, 0.18, turn), WHITE, bulge=0.4, shadow=0.03, gloss=0.1)
    yolk = ellipse(at * 0.97, 0.125, 0.115, turn)
    canvas.add(yolk, jitter(rng, (244, 158, 38), 0.06), shadow=0, gloss=0.25)
