"""Outlines of things on a plate: polygons in dish units (a plate's radius is 1, y points down)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Outline: TypeAlias = NDArray[np.float64]  # shape (points, 2)
Point: TypeAlias = Sequence[float] | NDArray[np.float64]


def ellipse(center: Point, rx: float, ry: float | None = None, angle: float = 0.0) -> Outline:
    """Return an ellipse, a circle when only one radius is given."""
    turn = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    points = np.stack([rx * np.cos(turn), (rx if ry is None else ry) * np.sin(turn)], axis=1)
    return _place(points, center, angle)


def blob(rng: np.random.Generator, center: Point, radius: float, wobble: float = 0.1) -> Outline:
    """Return a round shape with an uneven edge, as dough or an egg has it."""
    turn = np.linspace(0.0, 2 * np.pi, 90, endpoint=False)
    edge = np.ones_like(turn)
    for order in range(2, 9):
        edge += wobble / order**0.8 * rng.normal() * np.cos(order * turn + rng.uniform(0, 7))
    points = radius * edge[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return _place(points, center, 0.0)


def leaf(center: Point, length: float, width: float, angle: float) -> Outline:
    """Return a pointed leaf."""
    along = np.linspace(0.0, 1.0, 24)
    side = width / 2 * np.sin(np.pi * along**0.8)
    x = (along - 0.5) * length
    upper, lower = np.stack([x, side], axis=1), np.stack([x[::-1], -side[::-1]], axis=1)
    return _place(np.concatenate([upper, lower]), center, angle)


def box(
    center: Point, width: float, height: float, angle: float = 0.0, corner: float = 0.25
) -> Outline:
    """Return a rectangle whose corners are rounded by a share of its shorter side."""
    radius = corner * min(width, height)
    quarter = np.linspace(0.0, np.pi / 2, 9)
    corners = []
    for i, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        middle = np.array([sx * (width / 2 - radius), sy * (height / 2 - radius)])
        arc = quarter + i * np.pi / 2
        corners.append(middle + radius * np.stack([np.cos(arc), np.sin(arc)], axis=1))
    return _place(np.concatenate(corners), center, angle)


def sector(center: Point, radius: float, start: float, end: float) -> Outline:
    """Return a piece of pie between two angles."""
    turn = np.linspace(start, end, 24)
    arc = radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return _place(np.concatenate([np.zeros((1, 2)), arc]), center, 0.0)


def ribbon(path: Outline, width: float | NDArray[np.float64]) -> Outline:
    """Return the band of a given width along a path."""
    step = np.gradient(path, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    side = normal * np.reshape(width, (-1, 1)) / 2
    return np.concatenate([path + side, (path - side)[::-1]])


def wave(start: Point, end: Point, height: float, periods: float, phase: float = 0.0) -> Outline:
    """Return a wavy path from one point to another."""
    along = np.linspace(0.0, 1.0, 60)[:, None]
    first, last = np.asarray(start, float), np.asarray(end, float)
    across = np.array([-(last - first)[1], (last - first)[0]])
    across /= max(float(np.linalg.norm(across)), 1e-9)
    swing = height * np.sin(2 * np.pi * periods * along + phase)
    path: Outline = first + along * (last - first) + across * swing
    return path


def spiral(center: Point, radius: float, turns: float, phase: float) -> Outline:
    """Return a spiral path from the centre outwards."""
    along = np.linspace(0.05, 1.0, 120)
    turn = 2 * np.pi * turns * along + phase
    points = radius * along[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return _place(points, center, 0.0)


def direction(angle: float) -> Outline:
    """Return the unit vector of an angle."""
    return np.array([np.cos(angle), np.sin(angle)])


def scatter(
    rng: np.random.Generator, count: int, radius: float, center: Point = (0.0, 0.0)
) -> list[NDArray[np.float64]]:
    """Return points spread evenly over a disc, each the best of twelve random ones."""
    chosen: list[NDArray[np.float64]] = []
    for _ in range(count):
        turn, reach = rng.uniform(0, 2 * np.pi, 12), radius * np.sqrt(rng.uniform(0, 1, 12))
        tries = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1) + np.asarray(center)
        if chosen:
            gaps = np.linalg.norm(tries[:, None] - np.array(chosen)[None], axis=2).min(axis=1)
            chosen.append(tries[int(gaps.argmax())])
        else:
            chosen.append(tries[0])
    return chosen


def _place(points: Outline, center: Point, angle: float) -> Outline:
    cos, sin = np.cos(angle), np.sin(angle)
    placed: Outline = points @ np.array([[cos, sin], [-sin, cos]]) + np.asarray(center, float)
    return placed
