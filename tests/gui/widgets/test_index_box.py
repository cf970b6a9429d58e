from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from foodsearch_gui.widgets.index_box import IndexBox, IndexStatus


@pytest.fixture
def box(qtbot: QtBot) -> IndexBox:
    made = IndexBox()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(
    ("status", "line", "button", "is_enabled"),
    [
        (IndexStatus(), "Choose a model on the page Models first.", "&Build index", False),
        (IndexStatus("M"), "There are no photos to index yet.", "&Build index", False),
        (
            IndexStatus("M", 0, 1),
            "No index yet: none of 1 photo can be searched with this model.",
            "&Build index",
            True,
        ),
        (
            IndexStatus("M", 9799, 10_000),
            "97 % of photos. 201 photos cannot be searched yet.",
            "&Update index",
            True,
        ),
        (
            IndexStatus("M", 5, 5),
            "100 % of photos: 5 photos can be searched.",
            "&Update index",
            False,
        ),
        (
            IndexStatus("M", 4, 5, can_build=False),
            "80 % of photos. 1 photo cannot be searched yet.",
            "&Update index",
            False,
        ),
    ],
)
def test_coverage_in_words(
    box: IndexBox, status: IndexStatus, line: str, button: str, is_enabled: bool
) -> None:
    box.set_status(status)
    assert box.line.text() == line
    assert box.build.text() == button
    assert box.build.isEnabled() == is_enabled
    assert box.title == ("Index for M" if status.model else "Index")
    assert not box.pause.isVisible()
    assert box.bar.isVisible() == (0 < status.indexed < status.total)
