from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from engine import Paths
from foodsearch_gui.instance_name import may_be_running, server_name
from foodsearch_gui.single_instance import InstanceServer, hand_over


@pytest.fixture
def server(paths: Paths, qtbot: QtBot) -> Iterator[InstanceServer]:
    made = InstanceServer(server_name(paths))
    yield made
    made.close()


def from_elsewhere(name: str, photo: Path | None) -> subprocess.Popen[str]:
    """Start a second program, as it were; it prints whether the first one took over."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from foodsearch_gui.single_instance import hand_over\n"
        "application = QCoreApplication([])\n"
        "photo = Path(sys.argv[2]) if len(sys.argv) > 2 else None\n"
        "print(hand_over(sys.argv[1], photo))\n"
    )
    arguments = [sys.executable, "-c", program, name, *([str(photo)] if photo else [])]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("photo", [Path("/photos/é and spaces.jpg"), None])
def test_a_second_start_hands_over_its_photo(
    server: InstanceServer, paths: Paths, photo: Path | None, qtbot: QtBot
) -> None:
    assert may_be_running(server_name(paths))
    with qtbot.waitSignal(server.asked, timeout=20_000) as signal:
        second = from_elsewhere(server_name(paths), photo)
    assert second.communicate(timeout=20)[0] == "True\n"
    assert signal.args == [str(photo) if photo else ""]


def test_without_a_running_program_there_is_nobody_to_take_over(paths: Paths) -> None:
    assert not may_be_running(server_name(paths))
    assert not hand_over(server_name(paths), None)


def test_every_home_has_a_program_of_its_own(tmp_path: Path) -> None:
    names = {server_name(Paths.resolve(tmp_path / home)) for home in ("a", "b", "a")}
    assert len(names) == 2


def test_a_socket_left_by_a_crash_is_no_hindrance(paths: Paths, qtbot: QtBot) -> None:
    name = server_name(paths)
    left = InstanceServer(name)
    path = Path(left.full_name)
    left.close()
    path.write_bytes(b"")
    server = InstanceServer(name)
    with qtbot.waitSignal(server.asked, timeout=20_000):
        second = from_elsewhere(name, None)
    assert second.communicate(timeout=20)[0] == "True\n"
    server.close()


@pytest.mark.parametrize(
    "request_line", [b"not json\n", b"[1]\n", b'{"photo": 3}\n', b"x" * 200_000 + b"\n"]
)
def test_nonsense_is_not_taken(
    server: InstanceServer, paths: Paths, request_line: bytes, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(server.asked, wait=100):
        socket = QLocalSocket()
        socket.connectToServer(server_name(paths))
        assert socket.waitForConnected(1000)
        socket.write(request_line)
        socket.flush()
    socket.abort()
