from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from engine import LabelName
from foodsearch_gui.models.bit_cells import BitCells, BitOrder, arrange, make_cells

LOGITS = np.array([0.9, -0.04, 0.5, -2.0], np.float32)
LABEL_NAMES = {
    2: LabelName(("bread",), True, 0.87, 0.7),
    3: LabelName(("pie", "fried_rice", "som_tum"), False, 0.912, 0.7),
}


def order(by: BitOrder, **wanted: object) -> list[int]:
    cells = make_cells(LOGITS, ("soup", None, None, "Salad"), LABEL_NAMES, {})
    return [cell.bit for cell in arrange(cells, by, **wanted)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "bits"),
    [
        (BitOrder.SURE, [3, 0, 2, 1]),
        (BitOrder.UNSURE, [1, 2, 0, 3]),
        (BitOrder.NUMBER, [0, 1, 2, 3]),
        (BitOrder.NAME, [2, 3, 0, 1]),
    ],
)
def test_bits_are_sorted(by: BitOrder, bits: list[int]) -> None:
    assert order(by) == bits


def test_bits_are_found_by_name_and_number() -> None:
    assert order(BitOrder.NUMBER, only_named=True) == [0, 2, 3]
    assert order(BitOrder.NUMBER, text=" SAL") == [3]
    assert order(BitOrder.NUMBER, text="1") == [1]
    assert order(BitOrder.NUMBER, text="cake") == []


def test_the_users_name_comes_before_that_of_the_labels() -> None:
    cells = make_cells(LOGITS, ("soup", None, None, "Salad"), LABEL_NAMES, {})
    assert [cell.shown_name for cell in cells] == ["soup", "", "bread", "Salad"]
    assert cells[3].explain() == "Bit 3 “Salad”: off −2.00"


def test_a_name_of_the_labels_says_for_what_the_bit_is_on_and_how_sure_that_is() -> None:
    cells = make_cells(LOGITS, (), LABEL_NAMES, {})
    assert cells[2].explain() == (
        "Bit 2 “bread”: on +0.50\nNamed after your folders: mostly on for bread, mostly off for "
        "the others. It is on for at least 87 % of these photos, and at least 87 % of the photos "
        "with it on are these."
    )
    assert cells[3].describe() == "Bit 3 “not pie, fried rice or som tum”: off −2.00"
    assert (
        "mostly off for pie, fried rice or som tum, mostly on for the others" in cells[3].explain()
    )
    assert "off for at least 91 % of these photos" in cells[3].explain()


def test_a_bit_says_what_it_is_in_words() -> None:
    cells = make_cells(LOGITS, ("soup",), {}, {}, 0.05)
    assert cells[0].describe() == cells[0].explain() == "Bit 0 “soup”: on +0.90"
    assert cells[1].describe() == "Bit 1: off −0.04, may flip"
    assert "at least one in five turned" in cells[1].explain()


def test_bits_may_flip_that_are_as_near_zero_as_those_that_were_seen_to() -> None:
    def may_flip(near: float) -> list[bool]:
        return [cell.may_flip for cell in make_cells(LOGITS, (), {}, {}, near)]

    assert may_flip(0.6) == [False, True, True, False]
    assert may_flip(0.0) == [False] * 4, "nothing is guessed before it is measured"
    assert [cell.may_flip for cell in make_cells(0 * LOGITS, (), {}, {})] == [False] * 4


def test_rows_keep_their_place_while_maps_arrive(qtmodeltester: ModelTester) -> None:
    model = BitCells()
    qtmodeltester.check(model)
    cells = make_cells(LOGITS, (), {}, {}, 0.05)
    model.set_cells(cells)
    qtmodeltester.check(model)
    resets: list[object] = []
    model.modelReset.connect(lambda: resets.append(1))
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.add_maps({})
    assert changed == []
    model.add_maps({2: object()})  # type: ignore[dict-item]
    assert changed == [(2, 2)]
    assert resets == []
    assert model.row_of(2) == 2
    assert model.row_of(9) == -1
    text = model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert text == "Bit 1: off −0.04, may flip"
    tip = model.index(1).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith(f"{text}\nMay flip: ")
