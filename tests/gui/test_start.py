"""The program as it is started: arguments, displays, what is loaded when."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from foodsearch_gui import display
from foodsearch_gui.options import Options, parse_options


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    keep.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [sys.executable, "-m", "foodsearch_gui", *arguments],
        env=keep | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_options_are_those_of_the_manual(tmp_path: Path) -> None:
    assert parse_options([]) == Options()
    arguments = ["a.jpg", "--home", "h", "--demo", "--screenshot", "s.png", "--page", "library"]
    assert parse_options([*arguments, "--theme", "dark"]) == Options(
        Path("a.jpg"), Path("h"), True, Path("s.png"), "library", "dark"
    )


def test_the_version_is_told_without_qt() -> None:
    program = (
        "import sys\n"
        "from foodsearch_gui.__main__ import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: print([m for m in sys.modules if 'PySide6' in m])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == f"FoodSearch {engine.__version__}\n[]\n"


def test_without_a_display_it_says_so_and_ends_with_3() -> None:
    ended = run()
    assert ended.returncode == 3
    assert ended.stderr == (
        "FS-802: No display found. Use foodsearch-cli, or set QT_QPA_PLATFORM.\n"
    )


def test_a_display_that_does_not_answer_is_none() -> None:
    ended = run(DISPLAY=":97")
    assert ended.returncode == 3
    assert ended.stderr.startswith("FS-802")


def test_a_missing_library_is_named_with_its_package() -> None:
    text = "libxcb-cursor.so.0: cannot open shared object file: No such file or directory"
    message = display.explain(OSError(text))
    assert message is not None
    assert message.code == "FS-801"
    assert "sudo apt install libxcb-cursor0" in message.advice
    assert display.explain(OSError("something else")) is None


def test_an_unknown_page_is_wrong_usage(tmp_path: Path) -> None:
    ended = run("--home", str(tmp_path), "--page", "cellar", QT_QPA_PLATFORM="offscreen")
    assert ended.returncode == 2
    assert "search" in ended.stderr


@pytest.mark.parametrize("heavy", ["torch", "timm", "faiss", "numpy", "PIL", "sqlite3"])
def test_nothing_heavy_is_loaded_before_the_first_paint(heavy: str, loaded: list[str]) -> None:
    assert heavy not in loaded


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The modules that are loaded when the window has been painted."""
    program = (
        "import sys\n"
        "from foodsearch_gui import app, main_window\n"
        "from foodsearch_gui.options import Options\n"
        "def painted(self):\n"
        "    print(*sys.modules)\n"
        "    app.QApplication.exit(0)\n"
        "main_window.MainWindow.build_first_page = painted\n"
        "app.run(Options())\n"
    )
    home = str(tmp_path_factory.mktemp("home"))
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "FOODSEARCH_HOME": home},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout.split()
