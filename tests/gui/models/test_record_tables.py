from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt

from engine import describe
from engine.library.records import Problem, Root
from foodsearch_gui.models.bundles import BundlesModel, list_bundles
from foodsearch_gui.models.problems import ProblemsModel
from foodsearch_gui.models.record_table import RecordRole
from foodsearch_gui.models.roots import RootsModel

WHEN = "2001-11-12T12:00:00+00:00"

BROKEN = [
    (Path(f"/{name}.fsmodel"), describe("FS-601", name=name, reason="no manifest"))
    for name in ("a", "b", "c")
]


def make_root(number: int, photos: int = 0, **changes) -> Root:
    values = {"state": "online", "offline_since": None, **changes}
    return Root(number, Path(f"/photos/{number}"), photos=photos, **values)


def make_problem(number: int, **changes) -> Problem:
    values = {"first_seen": WHEN, "ignored": False, "cause": "It ends too early.", **changes}
    return Problem(number, Path(f"/photos/{number}.jpg"), "FS-102", advice="Copy it.", **values)


def cells(model, role=Qt.ItemDataRole.DisplayRole) -> list[list[object]]:
    return [
        [model.index(row, column).data(role) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


@pytest.mark.parametrize("start", [0, 1, 3])
@pytest.mark.parametrize(
    ("make_model", "records"),
    [
        (RootsModel, [make_root(n) for n in range(3)]),
        (ProblemsModel, [make_problem(n) for n in range(3)]),
        (BundlesModel, list_bundles([], BROKEN, methods={}, coverage={}, chosen=None)),
    ],
    ids=["roots", "problems", "bundles"],
)
def test_tables_obey_the_rules_of_item_models(qtmodeltester, make_model, records, start):
    model = make_model()
    model.set_records(records[:start])
    qtmodeltester.check(model, force_py=True)  # it also watches every change from now on
    for count in (0, 1, 3, 2, 2):
        model.set_records(records[:count])
        assert model.rowCount() == count
    model.sort(0, Qt.SortOrder.DescendingOrder)


def test_roots_tell_their_state_in_words_and_with_an_icon(qtbot):
    model = RootsModel()
    model.set_records(
        [make_root(1, 41_002), make_root(2, 7211, state="offline", offline_since=WHEN)]
    )
    assert cells(model) == [
        ["/photos/1", "41,002", "current"],
        ["/photos/2", "7,211", "offline since 12 Nov 2001"],
    ]
    icons = cells(model, Qt.ItemDataRole.DecorationRole)
    assert not icons[0][2].isNull()
    assert not icons[1][2].isNull()
    assert model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "Photos: 41,002"


def test_problems_name_file_reason_folder_and_day(qtbot):
    model = ProblemsModel()
    model.set_records([make_problem(1), make_problem(2, ignored=True)])
    assert cells(model) == [
        ["1.jpg", "It ends too early.", "/photos", "12 Nov 2001"],
        ["2.jpg", "Ignored: It ends too early.", "/photos", "12 Nov 2001"],
    ]
    assert "Copy it." in model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)


def test_rows_sort_by_value_not_by_text(qtbot):
    model = RootsModel()
    model.set_records([make_root(1, 9), make_root(2, 10_000), make_root(3, 200)])
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert [root.photos for root in model.records] == [10_000, 200, 9]
    model.set_records([make_root(1, 300), make_root(2, 10_000), make_root(3, 200)])
    assert [root.photos for root in model.records] == [10_000, 300, 200]


def test_sorting_keeps_the_selection_on_its_record(qtbot):
    model = RootsModel()
    model.set_records([make_root(1, 9), make_root(2, 10_000)])
    selection = QItemSelectionModel(model)
    selection.select(model.index(0, 0), QItemSelectionModel.SelectionFlag.Select)
    held = QPersistentModelIndex(model.index(0, 1))
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert held.row() == 1
    assert [model.record(i).id for i in selection.selectedIndexes()] == [1]


def test_an_update_of_the_same_rows_is_no_reset(qtbot):
    model = RootsModel()
    model.set_records([make_root(1, 5)])
    with qtbot.waitSignal(model.dataChanged, timeout=100), qtbot.assertNotEmitted(model.modelReset):
        model.set_records([make_root(1, 6)])
    assert model.index(0, 1).data() == "6"
    with qtbot.waitSignal(model.modelReset, timeout=100):
        model.set_records([])


def test_a_row_hands_out_its_record(qtbot):
    model = RootsModel()
    model.set_records([make_root(7)])
    assert model.index(0, 2).data(RecordRole).id == 7
    assert model.record(model.index(5, 0)) is None
