from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from foodsearch_gui.dialogs.help_dialog import SECTIONS, HelpDialog
from foodsearch_gui.pages import PAGES

ROOT = Path(__file__).parents[3]
PICTURE = re.compile(r"!\[[^\]]+\]\((images/[a-z-]+\.png)\)\n\n")


def guide() -> str:
    return (resources.files("resources") / "help" / "guide.md").read_text(encoding="utf-8")


def test_the_guide_on_paper_is_the_guide_in_the_window_with_pictures() -> None:
    paper = (ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
    assert PICTURE.sub("", paper) == guide()
    pictures = PICTURE.findall(paper)
    assert len(pictures) >= 4
    assert [p for p in pictures if not (ROOT / "docs" / p).is_file()] == []


def test_every_page_has_its_section() -> None:
    assert set(SECTIONS) == {entry.name for entry in PAGES}
    for title in SECTIONS.values():
        assert f"\n## {title}\n" in guide()


@pytest.mark.parametrize("title", ["The library", "Models", "Keyboard"])
def test_a_section_is_brought_to_the_top(qtbot: QtBot, title: str) -> None:
    dialog = HelpDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.choose_section(title)
    qtbot.waitUntil(lambda: dialog.text.textCursor().block().text() == title)
    qtbot.waitUntil(lambda: 0 <= dialog.text.cursorRect().top() < 60)
