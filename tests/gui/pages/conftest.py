"""A real window on a real session; only the encoder is cheap and the dialogs answer themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine import Message
from foodsearch_gui.core.session import Session
from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.dialogs.questions import Questions
from foodsearch_gui.main_window import MainWindow
from foodsearch_gui.widgets.message_bar import Banner

PATIENCE = 15_000


class Answers(Questions):
    """Answers as told; everything else is "no". Remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.agrees = False
        self.files: list[Path] = []
        self.target: Path | None = None
        self.name: str | None = None
        self.patterns: tuple[str, ...] | None = None
        self.place: Path | None = None
        self.shown: list[QDialog] = []

    def confirm(self, parent: QWidget, title: str, text: str, verb: str) -> bool:
        self.asked.append(f"{title} {text} [{verb}]")
        return self.agrees

    def agree(self, parent: QWidget, message: Message) -> bool:
        self.asked.append(f"{message.code} {message}")
        return self.agrees

    def new_library(self, parent: QWidget, taken: Collection[str]) -> str | None:
        self.asked.append(f"not one of {sorted(taken)}")
        return self.name

    def exclusions(
        self, parent: QWidget, patterns: Sequence[str], defaults: Sequence[str]
    ) -> tuple[str, ...] | None:
        self.asked.append(f"now {list(patterns)}")
        return self.patterns

    def model_files(self, parent: QWidget) -> list[Path]:
        return self.files

    def photos(self, parent: QWidget) -> list[Path]:
        return self.files

    def folder(self, parent: QWidget, present: str) -> Path | None:
        return self.place

    def table(self, parent: QWidget, present: str) -> Path | None:
        return self.place

    def show(self, dialog: QDialog) -> None:
        self.shown.append(dialog)

    def save_as(self, parent: QWidget, title: str, proposal: str, kinds: str) -> Path | None:
        self.asked.append(f"{title}: {Path(proposal).name}")
        return self.target

    def new_name(self, parent: QWidget, name: str) -> str | None:
        self.asked.append(name)
        return self.name

    def bit_name(self, parent: QWidget, bit: int, name: str) -> str | None:
        self.asked.append(f"{bit} {name}".strip())
        return self.name

    def copy_name(self, parent: QWidget, proposal: str) -> str | None:
        self.asked.append(proposal)
        return self.name

    def one_of(self, parent: QWidget, title: str, label: str, names: Sequence[str]) -> int | None:
        self.asked.append(f"{title} {list(names)}")
        return list(names).index(self.name) if self.name in names else None


class Helper:
    """Drives the window the way a person does."""

    def __init__(self, window: MainWindow, session: Session, qtbot: QtBot) -> None:
        self.window = window
        self.session = session
        self.qtbot = qtbot
        self.answers = Answers()
        window.current_page.questions = self.answers  # type: ignore[attr-defined]

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until something is true."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)

    def wait_for_rest(self) -> None:
        """Wait until nothing is scanned, indexed or read any more."""
        kinds = ("open", "roots", "root", "scan", "index", "refresh", "edit", "contents")
        page = self.window.current_page
        self.wait(
            lambda: (
                not any(map(self.session.running, kinds))
                and not self.session.library_worker.active()
                and page.is_settled()
            )
        )

    def click(self, name: str) -> None:
        """Click the button of this object name."""
        button = self.window.findChild(QPushButton, name)
        assert button is not None, name
        assert button.isVisible(), f"{name} is hidden"
        assert button.isEnabled(), f"{name} is disabled"
        button.click()

    def trigger(self, name: str) -> None:
        """Choose a menu entry."""
        self.window.actions_registry.update()
        action = self.window.actions_registry[name]
        assert action.isEnabled(), f"{name} is disabled"
        action.trigger()

    def banner(self, start: str) -> Banner:
        """Wait for the banner whose title starts like this."""
        self.wait(lambda: self._find(start))
        found = self._find(start)
        assert found is not None
        return found

    def press(self, start: str, caption: str) -> None:
        """Click a button of a banner."""
        banner = self.banner(start)
        buttons = [b for b in banner.findChildren(QPushButton) if b.text() == caption]
        assert len(buttons) == 1, [b.text() for b in banner.findChildren(QPushButton)]
        buttons[0].click()

    def _find(self, start: str) -> Banner | None:
        banners = self.window.messages.banners()
        return next((b for b in banners if b.message.title.startswith(start)), None)


@pytest.fixture
def open_at(session: Session, settings: SettingsStore, qtbot: QtBot) -> Callable[[str], Helper]:
    """A maker of started windows with one page in front."""

    def make(page: str) -> Helper:
        settings.change(start_page="library")  # the search page is not built on the way
        window = MainWindow(session, ask=lambda message, _parent: message.actions[-1])
        qtbot.addWidget(window)
        window.show_page(page)
        window.show()
        session.start()
        helper = Helper(window, session, qtbot)
        helper.wait(lambda: session.catalogue is not None and session.model is not None)
        helper.wait_for_rest()
        return helper

    return make
