from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine import Message, ModelInfo, ModelStore, Paths
from foodsearch_gui.models.bundles import BundlesModel, Columns, list_bundles


@pytest.fixture
def starter(paths: Paths) -> ModelInfo:
    return ModelStore(paths).get("starter-64")


def filled(*models: ModelInfo, broken: Sequence[tuple[Path, Message]] = ()) -> BundlesModel:
    table = BundlesModel()
    table.set_records(list_bundles(models, broken, methods={}, coverage={}, chosen=None))
    return table


def heading(table: BundlesModel, role: Qt.ItemDataRole) -> str:
    return str(table.headerData(Columns.MAP, Qt.Orientation.Horizontal, role))


def test_the_column_of_the_map_has_figures_of_the_same_photos_only(
    starter: ModelInfo, qapp: object
) -> None:
    own = replace(starter.manifest, id="own", name="Own", metrics={"validation_map": 0.893})
    table = filled(starter, replace(starter, manifest=own))
    assert heading(table, Qt.ItemDataRole.DisplayRole) == "mAP on food10"
    assert heading(table, Qt.ItemDataRole.ToolTipRole) == (
        "Measured on the photos food10: 500 searched for in 2,500; 1.000 is perfect"
    )
    cells = [table.index(row, Columns.MAP) for row in range(2)]
    assert [cell.data() for cell in cells] == ["0.306", "–"]
    assert cells[1].data(Qt.ItemDataRole.ToolTipRole).splitlines() == [
        "0.893: photos held back from the training",
        "Not measured on the same photos as others; the page Evaluate can do that.",
    ]
    table.sort(Columns.MAP, Qt.SortOrder.DescendingOrder)
    assert [row.name for row in table.records] == ["Starter (no labels)", "Own"]


def test_a_file_that_is_no_model_hides_no_heading(starter: ModelInfo, qapp: object) -> None:
    table = filled(starter, broken=[(Path("A.fsmodel"), Message("FS-601", "No model."))])
    table.sort(0)
    assert [row.name for row in table.records] == ["A.fsmodel", "Starter (no labels)"]
    assert heading(table, Qt.ItemDataRole.DisplayRole) == "mAP on food10"


def test_without_common_photos_there_are_no_figures(starter: ModelInfo, qapp: object) -> None:
    own = replace(starter.manifest, metrics={"validation_map": 0.893})
    table = filled(replace(starter, manifest=own))
    assert heading(table, Qt.ItemDataRole.DisplayRole) == "mAP"
    assert table.index(0, Columns.MAP).data() == "–"
