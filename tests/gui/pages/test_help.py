from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources

from PySide6.QtGui import QKeySequence

from foodsearch_gui.dialogs.help_dialog import SECTIONS, HelpDialog
from tests.gui.pages.conftest import Helper

Open = Callable[[str], Helper]


def test_f1_opens_the_section_of_the_page(open_at: Open) -> None:
    helper = open_at("library")
    action = helper.window.actions_registry["help.guide"]
    assert QKeySequence("F1") in action.shortcuts()
    for page in ("library", "models"):
        helper.window.show_page(page)
        action.trigger()
        dialog = helper.window.findChild(HelpDialog)
        assert dialog.isVisible()
        helper.wait(lambda p=page, d=dialog: d.sections.currentItem().text() == SECTIONS[p])
    assert len(helper.window.findChildren(HelpDialog)) == 1


def test_every_key_of_the_guide_is_one_of_the_program(open_at: Open) -> None:
    helper = open_at("search")
    known = {
        key.toString(QKeySequence.SequenceFormat.PortableText)
        for entry in helper.window.actions_registry
        for key in entry.action.shortcuts()
    }
    guide = (resources.files("resources") / "help" / "guide.md").read_text(encoding="utf-8")
    section = guide.split("## Keyboard\n")[1].split("\n\n")[1]
    words = {"Plus": "+", "Minus": "-", "comma": ",", "Enter": "Return"}
    for line in section.splitlines():
        for key in re.findall(r"(?:Ctrl|Alt|F\d)[^ :]*", line.split(": ")[0]):
            key = key.rstrip(",")
            for word, sign in words.items():
                key = key.replace(word, sign)
            assert key in known, key
