from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.storage import atomic_write, check_target, write_json


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "file.json"
    write_json(target, {"dish": "crème"})
    write_json(target, {"dish": "phở"})
    assert json.loads(target.read_text(encoding="utf-8")) == {"dish": "phở"}
    assert [path.name for path in target.parent.iterdir()] == ["file.json"]


def test_an_error_leaves_the_old_file_and_no_rubbish(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), atomic_write(target) as file:
        file.write(b"new, but only ha")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from engine.storage import atomic_write\n"
        "with atomic_write(Path(sys.argv[1])) as file:\n"
        "    file.write(b'new' * 1000); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(target)], check=False)
    assert target.read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX here")
def test_a_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_json(tmp_path / "written", {})
    modes = [(tmp_path / name).stat().st_mode for name in ("plain", "written")]
    assert modes[0] == modes[1]


def test_a_file_that_can_be_written_leaves_nothing_when_it_is_checked(tmp_path: Path) -> None:
    check_target(tmp_path / "new")
    (tmp_path / "old").write_text("kept")
    check_target(tmp_path / "old")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none/file", "Its folder does not exist"),
        ("plain/file", "Its folder does not exist"),
        ("folder", "It is a folder"),
        ("n" * 250, "Its name is too long"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "plain").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=f"cannot be used. {reason}. Choose another place"):
        check_target(tmp_path / name)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "Its folder cannot be written to"),
        (errno.EROFS, "Its drive can only be read"),
        (errno.ENOSPC, "The disk is full"),
    ],
)
def test_a_folder_that_is_closed_is_told_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    def refuse(**_: object) -> None:  # the superuser, who may run this, is denied nothing
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(InputError, match=reason):
        check_target(tmp_path / "file")
