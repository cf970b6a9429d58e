from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.svg_axes import Axis, number, shortened


@given(st.floats(-1000, 1000), st.floats(0.001, 5000))
def test_a_linear_axis_has_a_few_round_ticks_within(low: float, length: float) -> None:
    axis = Axis("", low, low + length)
    ticks = [value for value, _ in axis.ticks()]
    assert 2 <= len(ticks) <= 7
    assert all(-1e-6 <= axis.place(value) <= 1 + 1e-6 for value in ticks)


@given(st.integers(2, 10**7))
def test_a_logarithmic_axis_has_ticks_in_equal_ratios(high: int) -> None:
    axis = Axis("", 1, high, logarithmic=True)
    ticks = [value for value, _ in axis.ticks()]
    assert ticks[0] == 1
    assert 2 <= len(ticks) <= 9
    assert axis.place(1) == 0
    assert axis.place(high) == pytest.approx(1)
    assert axis.place(high**0.5) == pytest.approx(0.5)


def test_ticks_read_well() -> None:
    assert [text for _, text in Axis("", 0, 1).ticks()] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    percent = Axis("", 0, 0.085, percent=True).ticks()
    assert [text for _, text in percent] == ["0 %", "2 %", "4 %", "6 %", "8 %"]
    ratios = Axis("", 1, 20_000, logarithmic=True).ticks()
    assert [text for _, text in ratios] == ["1", "10", "100", "1,000", "10,000"]


def test_coordinates_and_names_are_short() -> None:
    assert [number(value) for value in (1.0, 2.5, 1 / 3, 100)] == ["1", "2.5", "0.33", "100"]
    assert shortened("apple_pie", 100) == "apple_pie"
    assert len(shortened("w" * 500, 65)) == 10
