from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from foodsearch_gui.core.bit_state import may_flip
from foodsearch_gui.models.bit_cells import BitCells, BitOrder, arrange, make_cells

LOGITS = np.array([0.9, -0.04, 0.5, -2.0], np.float32)


def order(by: BitOrder, **wanted: object) -> list[int]:
    cells = make_cells(LOGITS, ("soup", None, None, "Salad"), {2: "bread 0.87", 3: "pie"}, {})
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
    cells = make_cells(LOGITS, ("soup", None, None, "Salad"), {2: "bread 0.87", 3: "pie"}, {})
    assert [cell.shown_name for cell in cells] == ["soup", "", "bread 0.87", "Salad"]


def test_a_bit_says_what_it_is_in_words() -> None:
    cells = make_cells(LOGITS, ("soup",), {}, {})
    assert cells[0].describe() == "Bit 0 “soup”: on +0.90"
    assert cells[1].describe() == "Bit 1: off −0.04, near the boundary, may flip"


def test_bits_near_the_boundary_are_those_far_below_the_usual_margin() -> None:
    assert may_flip(LOGITS).tolist() == [False, True, False, False]
    assert may_flip(100 * LOGITS).tolist() == [False, True, False, False]
    assert may_flip(np.zeros(0, np.float32)).tolist() == []


def test_rows_keep_their_place_while_maps_arrive(qtmodeltester: ModelTester) -> None:
    model = BitCells()
    qtmodeltester.check(model)
    cells = make_cells(LOGITS, (), {}, {})
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
    assert text == "Bit 1: off −0.04, near the boundary, may flip"
