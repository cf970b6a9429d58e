from __future__ import annotations

import pytest

from engine.errors import InputError
from engine.registry import Registry


def test_entries_are_found_by_name_and_listed_in_order() -> None:
    spices: Registry[int] = Registry("spice")
    spices.register("salt")(1)
    spices.register("cumin")(2)
    assert list(spices) == ["cumin", "salt"]
    assert spices["cumin"] == 2
    assert "salt" in spices


def test_an_unknown_name_lists_the_known_ones() -> None:
    spices: Registry[int] = Registry("spice")
    spices.register("salt")(1)
    with pytest.raises(InputError, match=r"no spice named “slat”.*salt"):
        spices["slat"]


def test_a_name_is_taken_once() -> None:
    spices: Registry[int] = Registry("spice")
    spices.register("salt")(1)
    with pytest.raises(ValueError, match="twice"):
        spices.register("salt")(2)
