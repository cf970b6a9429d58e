from __future__ import annotations

import pytest

from engine.wording import percent, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.916, "+0.92"), (-0.11, "−0.11"), (-0.003, "−0.003"), (-0.0001, "−0.00"), (0.0, "+0.00")],
)
def test_a_number_has_its_sign_and_a_minus_is_no_hyphen(value: float, text: str) -> None:
    assert signed(value) == text


def test_more_digits_are_kept_on_request() -> None:
    assert signed(-0.01234, 3) == "−0.012"


def test_a_share_is_told_in_hundredths() -> None:
    assert (percent(0.375), percent(0.375, 1), percent(1)) == ("38 %", "37.5 %", "100 %")


def test_less_than_all_of_it_is_never_told_as_all() -> None:
    assert (percent(0.9999), percent(0.9999, 1), percent(0)) == ("99 %", "99.9 %", "0 %")
