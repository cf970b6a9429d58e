from __future__ import annotations

import numpy as np
import pytest

from foodsearch_gui.widgets import plot_axes
from foodsearch_gui.widgets.plot_axes import Axis


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.41, 0.72, 4, [0.5, 0.6, 0.7]),
        (-3, 12, 5, [0, 5, 10]),
        (1e-5, 9e-5, 5, [2e-5, 4e-5, 6e-5, 8e-5]),
        (48_000, 51_000, 3, [48_000, 49_000, 50_000, 51_000]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, most: int, ticks: list[float]) -> None:
    assert Axis(low, high).ticks(most) == pytest.approx(ticks)


def test_whole_positions_get_whole_ticks() -> None:
    assert Axis(1, 3).ticks(10, is_whole=True) == [1, 2, 3]
    assert Axis(0.5, 1.5).ticks(10, is_whole=True) == [1]


def test_logarithmic_ticks_are_powers_of_ten_or_what_has_room_between() -> None:
    assert Axis(1e-5, 1, True).ticks(6) == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1])
    assert Axis(0.1, 3, True).ticks(6) == pytest.approx([0.1, 0.2, 0.5, 1, 2])
    assert len(Axis(1e-30, 1e30, True).ticks(6)) <= 6
    assert Axis(0.5, 0.9, True).ticks(4) == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])


@pytest.mark.parametrize("axis", [Axis(2, 10), Axis(0.01, 100, True)])
def test_places_and_values_undo_each_other(axis: Axis) -> None:
    places = np.array([0, 0.25, 1])
    values = np.array([axis.value(place) for place in places])
    assert axis.place(values) == pytest.approx(places)
    assert values[[0, -1]] == pytest.approx([axis.low, axis.high])


def test_values_that_have_no_logarithm_have_no_place() -> None:
    places = Axis(0.1, 10, True).place(np.array([1.0, 0.0, -1.0, np.nan]))
    assert np.isnan(places).tolist() == [False, True, True, True]


def test_ticks_have_as_many_decimals_as_tell_them_apart() -> None:
    assert plot_axes.digits([0, 0.5, 1]) == 1
    assert plot_axes.digits([0.25, 0.5]) == 2
    assert plot_axes.digits([3 * 0.1, 0.4]) == 1
    assert plot_axes.digits([10, 20]) == plot_axes.digits([]) == 0


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("values", [[], [np.nan], [0.0], [-1.0], [3.0], [3.0, 3.0], [1e-9, 1e9]])
def test_every_set_of_values_has_a_range(values: list[float], is_log: bool) -> None:
    axis = plot_axes.upright(np.array(values), is_log=is_log)
    assert np.isfinite([axis.low, axis.high]).all()
    assert axis.low < axis.high
    assert not is_log or axis.low > 0
    seen = [value for value in values if np.isfinite(value) and (value > 0 or not is_log)]
    assert all(axis.low <= value <= axis.high for value in seen)


def test_room_is_left_around_the_values_but_not_below_zero() -> None:
    axis = plot_axes.upright(np.array([0.01, 1.0]))
    assert (axis.low, axis.high > 1) == (0, True)
    assert plot_axes.upright(np.array([-1.0, 1.0])).low < -1
    assert plot_axes.upright(np.array([0.0, 1.0]), headroom=0.5).high == pytest.approx(1.55)


def test_outliers_are_the_rare_far_values() -> None:
    rng = np.random.default_rng(0)
    plain = rng.normal(size=500)
    shown = plot_axes.upright(plain, hides_outliers=True)
    assert np.mean((plain < shown.low) | (plain > shown.high)) < 0.01, "nothing is far away here"
    spiked = np.r_[plain, [50.0, -80.0]]
    shown = plot_axes.upright(spiked, hides_outliers=True)
    assert -5 < shown.low < shown.high < 5
    few = np.array([1.0, 1.1, 1.2])
    assert plot_axes.upright(few, hides_outliers=True) == plot_axes.upright(few)


def test_recent_is_the_last_fifth() -> None:
    assert plot_axes.recent(0, 30) == (24, 30)
    assert plot_axes.across(np.array([np.nan, 2.0, 7.0])) == (2, 7)
    assert plot_axes.across(np.array([4.0])) == (3.5, 4.5)
    assert plot_axes.across(np.empty(0)) == (0, 1)


def test_columns_keep_every_peak_and_every_gap() -> None:
    rng = np.random.default_rng(1)
    places = np.sort(rng.uniform(0, 300, 100_000))
    heights = rng.normal(size=100_000)
    heights[(places > 100) & (places < 130)] = np.nan
    columns = plot_axes.by_column(places, heights, 2.0)
    assert len(columns.places) <= 151
    assert np.nanmax(columns.highest) == np.nanmax(heights)
    assert np.nanmin(columns.lowest) == np.nanmin(heights)
    inside = (columns.places > 102) & (columns.places < 128)
    assert inside.any()
    assert np.isnan(columns.mean[inside]).all()
    outside = (columns.places < 98) | (columns.places > 132)
    assert np.isfinite(columns.mean[outside]).all()
    chosen = (places >= 10) & (places < 12)
    assert columns.mean[5] == pytest.approx(heights[chosen].mean())
    assert columns.places[5] == 11
