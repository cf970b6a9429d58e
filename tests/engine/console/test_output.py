from __future__ import annotations

import io
import json
import logging
import os
from pathlib import Path

import pytest

from engine.console.output import Console, describe_progress, logs_shown
from engine.errors import describe
from engine.events import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress("Loading the model"), "Loading the model"),
        (Progress("Counting", 42), "Counting  42"),
        (
            Progress("Indexing", 1203, 5193, rate=41.3, eta=97, details={"failed": 2}),
            "Indexing  1,203 of 5,193  23 %  41 a second  1 min 37 s left  2 failed",
        ),
        (Progress("Indexing", 3, 30, rate=0.25), "Indexing  3 of 30  10 %  4.0 s each"),
        (Progress("Training", 3, 30, rate=0.01), "Training  3 of 30  10 %  1 min 40 s each"),
        (Progress("Ranking", 7, 7, eta=0.0, details={"failed": 0}), "Ranking  7 of 7  100 %"),
        (Progress("Encoding", 0, 0), "Encoding"),
    ],
)
def test_progress_in_words(progress: Progress, line: str) -> None:
    assert describe_progress(progress) == line


def test_json_lines_are_whole_objects_and_the_result_is_flat() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(True, out, err)
    console.progress(Progress("Indexing", 1, 2, details={"failed": 1}))
    console.note("for people only")
    console.warn(describe("FS-201", path="/x"))
    console.result({"path": os.fsdecode(b"/caf\xe9")}, ["for people only"])
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["progress", "warning", "result"]
    assert events[0] == {
        "event": "progress",
        "stage": "Indexing",
        "done": 1,
        "total": 2,
        "rate": None,
        "eta": None,
        "failed": 1,
    }
    assert os.fsencode(events[2]["path"]) == b"/caf\xe9"
    assert err.getvalue() == str(describe("FS-201", path="/x")) + "\n"


def test_a_terminal_shows_one_line_that_is_wiped_before_the_result() -> None:
    out, err = io.StringIO(), Terminal()
    console = Console(False, out, err)
    console.progress(Progress("Indexing", 10, 20))
    console.progress(Progress("Done", 1, 1))
    console.result({}, ["result"])
    shown = err.getvalue()
    assert "\n" not in shown
    longest = len("Indexing  10 of 20  50 %")
    assert shown.split("\r")[2] == "Done  1 of 1  100 %".ljust(longest)
    assert shown.endswith("\r")
    assert out.getvalue() == "result\n"


def test_a_long_line_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    err = Terminal()
    Console(False, io.StringIO(), err).progress(Progress("Indexing", 10, 20, rate=3.0))
    assert err.getvalue() == "\rIndexing  10 of 20 "


def test_a_log_file_gets_few_lines() -> None:
    err = io.StringIO()
    console = Console(False, io.StringIO(), err)
    for done in range(1001):
        console.progress(Progress("Indexing", done, 1000))
    console.progress(Progress("Ranking", 0, 5))
    assert [line.split("  ")[1] for line in err.getvalue().splitlines()] == [
        "0 of 1,000",
        "1,000 of 1,000",
        "0 of 5",
    ]


def test_messages_cannot_steer_the_terminal() -> None:
    err = io.StringIO()
    Console(False, io.StringIO(), err).error("FS-107", "\x1b[2Jname")
    assert err.getvalue() == "\\x1b[2Jname\n"


def test_a_small_character_set_is_no_reason_to_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "out").open("w+", encoding="ascii") as file:
        monkeypatch.setattr("sys.stdout", file)
        Console().result({}, ["“soup” 寿司"])
        file.seek(0)
        assert file.read() == "\\u201csoup\\u201d \\u5bff\\u53f8\n"


def test_warnings_of_the_engine_are_shown_and_details_only_on_request() -> None:
    logger = logging.getLogger("engine.somewhere")
    for debug, expected in ((False, 1), (True, 2)):
        err = io.StringIO()
        with logs_shown(Console(False, io.StringIO(), err), debug):
            logger.warning("careful")
            logger.debug("detail")
        logger.warning("nobody listens any more")
        assert len(err.getvalue().splitlines()) == expected
    assert err.getvalue() == "warning: careful\ndebug: detail\n"
