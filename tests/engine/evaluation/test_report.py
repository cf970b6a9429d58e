from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.evaluation.report import SUFFIXES, check_target


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".MD"])
def test_a_report_may_go_beside_others_or_replace_one(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"report{suffix}"
    check_target(target)
    target.write_text("an older one")
    check_target(target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("report", "ending"),
        ("report.pdf", "ending"),
        ("none/report.json", "no such folder"),
        ("file/report.json", "no such folder"),
        ("folder.json", "It is a folder"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(InputError, match=reason):
        check_target(tmp_path / name)


def test_a_folder_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser is never denied anything
    with pytest.raises(InputError, match="cannot be written to"):
        check_target(tmp_path / "report.json")
