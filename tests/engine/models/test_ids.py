from __future__ import annotations

import pytest

from engine.errors import InputError
from engine.models.ids import free_id, model_id


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("My meals (64)", "my-meals-64"),
        ("  soup  ", "soup"),
        ("Crème", "cr-me"),
        ("A" * 80, "a" * 64),
    ],
)
def test_a_name_becomes_an_id(name: str, id: str) -> None:
    assert model_id(name) == id


def test_a_name_without_a_latin_letter_has_no_id() -> None:
    with pytest.raises(InputError, match="料理"):
        model_id("料理")


def test_a_taken_id_gets_the_first_free_number() -> None:
    taken = {"soup", "soup-2", "a" * 64}
    assert free_id("rice", taken.__contains__) == "rice"
    assert free_id("soup", taken.__contains__) == "soup-3"
    assert free_id("a" * 64, taken.__contains__) == "a" * 62 + "-2"
