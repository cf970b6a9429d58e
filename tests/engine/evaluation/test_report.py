from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.evaluation.report import SUFFIXES, check_report


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".MD"])
def test_a_report_may_go_beside_others_or_replace_one(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"report{suffix}"
    check_report(target)
    target.write_text("an older one")
    check_report(target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("report", "ending"),
        ("report.pdf", "ending"),
        ("none/report.json", "Its folder does not exist"),
        ("file/report.json", "Its folder does not exist"),
        ("folder.json", "It is a folder"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(InputError, match=reason):
        check_report(tmp_path / name)
