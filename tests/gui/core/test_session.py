"""The chain: open, add folders, scan, index, search, with what can go wrong on the way."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

import engine
from engine import JobContext, Message, ModelInfo, PhotoRecord, describe
from engine.errors import LibraryError
from foodsearch_gui.core.gpu_engine import GpuEngine
from foodsearch_gui.core.library_edits import LibraryEdits
from foodsearch_gui.core.session import Session
from tests.gui.cheap_engine import CheapEncoder, CheapEngine, draw_photos


@pytest.fixture
def banners(session: Session) -> dict[str, tuple[Message, dict[str, Callable[[], object] | None]]]:
    """The banners that are shown, by code."""
    shown: dict[str, tuple[Message, dict[str, Callable[[], object] | None]]] = {}
    session.banner.connect(lambda m, actions: shown.update({m.code: (m, dict(actions))}))
    session.banner_withdrawn.connect(lambda code: shown.pop(code, None))
    return shown


@pytest.fixture
def started(session: Session, qtbot: QtBot) -> Session:
    """A session with its engine, an empty library and the bundled model."""
    session.start()
    qtbot.waitUntil(lambda: session.searcher is not None and session.device is not None)
    return session


def at_rest(session: Session) -> bool:
    kinds = ("open", "roots", "root", "scan", "index", "samples", "refresh", "query")
    return not (session.jobs.active() or any(map(session.running, kinds)))


def cheap_encoder(session: Session) -> CheapEncoder:
    assert isinstance(session.engine, CheapEngine)
    assert session.model is not None
    return session.engine.encoder(session.model)


def indexed(session: Session) -> tuple[int, int]:
    assert session.coverage is not None
    return session.coverage.indexed, session.coverage.total


def first_photo(session: Session) -> PhotoRecord:
    assert session.catalogue is not None
    return session.catalogue.photos(session.catalogue.ids()[:1])[0]


def wait_for(session: Session, photos: int, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: (
            at_rest(session)
            and session.coverage is not None
            and indexed(session) == (photos, photos)
        ),
        timeout=10_000,
    )


def test_a_start_opens_library_model_and_engine(started: Session) -> None:
    assert started.catalogue is not None
    assert started.catalogue.name == "Home"
    assert started.can_change
    assert started.model is not None
    assert started.device is not None
    assert started.device.label == "Processor, test"
    assert indexed(started) == (0, 0)
    assert [job.title for job in started.jobs.handles()] == ["Starting the engine"]


def test_what_a_job_warns_of_is_a_banner(
    started: Session, banners: dict[str, tuple[Message, object]], qtbot: QtBot
) -> None:
    message = describe("FS-402", batch=32, part=8)
    handle = started.gpu.submit("Training", lambda context: context.warn(message))
    with qtbot.waitSignal(handle.succeeded):
        pass
    assert banners["FS-402"][0] == message


def test_a_folder_that_is_added_is_scanned_indexed_and_searchable(
    started: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    paths = draw_photos(tmp_path / "meals", 30)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 30, qtbot)
    handle = started.encode_query(started.model, paths[7], paths[7].name)
    with qtbot.waitSignal(handle.succeeded) as signal:
        pass
    query = signal.args[0]
    assert started.searcher is not None
    answer = started.searcher.search(query.code, hide_duplicates=False)
    assert answer.hits[0].photo.path == paths[7]
    assert answer.hits[0].distance == 0
    titles = [job.title for job in reversed(started.jobs.handles())]
    assert titles == ["Starting the engine", "Looking for photos in “meals”", "Indexing the photos"]


def test_what_is_indexed_can_be_searched_while_indexing_goes_on(
    started: Session, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = cheap_encoder(started)
    batches: list[int] = []
    original = CheapEncoder.encode

    def encode(self: CheapEncoder, batch: object) -> object:
        batches.append(1)
        if len(batches) == 24:
            encoder.gate.clear()
        return original(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(CheapEncoder, "encode", encode)
    started.work.set_refresh_interval(20)
    draw_photos(tmp_path / "meals", 600)
    started.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(lambda: not encoder.gate.is_set() and indexed(started)[0] >= 256)
    assert started.running("index") is not None
    assert started.searcher is not None
    assert 256 <= len(started.searcher) < 600
    encoder.gate.set()
    wait_for(started, 600, qtbot)
    assert len(started.searcher) == 600


def test_a_query_is_answered_between_the_batches_of_indexing(
    started: Session, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = CheapEncoder.encode

    def encode(self: CheapEncoder, batch: object) -> object:
        time.sleep(0.05)
        return original(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(CheapEncoder, "encode", encode)
    paths = draw_photos(tmp_path / "meals", 200)
    started.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(
        lambda: (job := started.running("index")) is not None and bool(job.last_progress)
    )
    handle = started.encode_query(started.model, paths[0])
    with qtbot.waitSignal(handle.succeeded, timeout=3000):
        pass
    assert started.running("index") is not None
    wait_for(started, 200, qtbot)


def test_the_newest_query_wins(started: Session, tmp_path: Path, qtbot: QtBot) -> None:
    encoder = cheap_encoder(started)
    old, new = draw_photos(tmp_path, 2)
    encoder.gate.clear()
    answers: list[str] = []
    first = started.encode_query(started.model, old)
    second = started.encode_query(started.model, new)
    first.succeeded.connect(lambda _query: answers.append("old"))
    second.succeeded.connect(lambda _query: answers.append("new"))
    encoder.gate.set()
    with qtbot.waitSignals([first.cancelled, second.succeeded]):
        pass
    assert answers == ["new"]


def test_a_bit_that_is_named_while_the_index_is_refreshed_leaves_it_open(
    started: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    gate = threading.Event()
    started.library_worker.submit("Waiting", lambda _context: gate.wait(10), interactive=True)
    before, model = started.searcher, started.model
    assert model is not None
    started.model_actions.name_bit(model, 3, "soup")
    started.work.refresh_index()
    gate.set()
    qtbot.waitUntil(lambda: at_rest(started) and started.model is not model)
    assert started.searcher is before
    draw_photos(tmp_path / "meals", 3)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 3, qtbot)
    assert started.searcher is before
    assert len(before) == 3


def test_the_model_in_use_is_known_by_its_new_name(started: Session, qtbot: QtBot) -> None:
    other = started.store.duplicate(started.model.id, "Other")
    started.choose_model(other.id)
    qtbot.waitUntil(lambda: at_rest(started) and started.searcher is not None)
    searcher = started.searcher
    with qtbot.waitSignal(started.model_actions.models_changed):
        started.model_actions.rename(other, "Canteen")
    assert started.model.name == "Canteen"
    assert started.searcher is searcher


def test_a_model_left_and_chosen_again_gets_an_index_that_is_open(
    started: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    gate = threading.Event()
    model = started.model
    assert model is not None
    other = started.store.duplicate(model.id, "Other")
    started.library_worker.submit("Waiting", lambda _context: gate.wait(10), interactive=True)
    started.work.refresh_index()
    started.choose_model(other.id)
    started.choose_model(model.id)
    gate.set()
    qtbot.waitUntil(lambda: at_rest(started) and started.searcher is not None)
    draw_photos(tmp_path / "meals", 3)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 3, qtbot)
    assert len(started.searcher) == 3


def test_a_query_is_remembered(started: Session, tmp_path: Path, qtbot: QtBot) -> None:
    (path,) = draw_photos(tmp_path, 1)
    started.encode_query(started.model, path, "dinner.png")
    assert started.catalogue is not None
    catalogue = started.catalogue
    qtbot.waitUntil(lambda: [q.name for q in catalogue.recent_queries()] == ["dinner.png"])
    assert catalogue.recent_queries()[0].path == path


def test_a_query_that_is_no_picture_fails_without_a_banner(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    menu = tmp_path / "menu.pdf"
    menu.write_bytes(b"%PDF-1.4")
    handle = started.encode_query(started.model, menu, "menu.pdf")
    with qtbot.waitSignal(handle.failed) as signal:
        pass
    assert signal.args[0].code == "FS-101"
    assert banners == {}


def test_the_largest_picture_is_the_users_choice(
    started: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "poster.png"
    Image.new("L", (4000, 3000)).save(path)
    started.settings.change(max_megapixels=10)
    handle = started.encode_query(started.model, path, "poster.png")
    with qtbot.waitSignal(handle.failed) as signal:
        pass
    assert signal.args[0].code == "FS-103"
    started.settings.change(max_megapixels=12)
    with qtbot.waitSignal(started.encode_query(started.model, path, "poster.png").succeeded):
        pass


def test_search_from_anywhere_brings_the_search_page_first(started: Session) -> None:
    calls: list[object] = []
    started.page_requested.connect(calls.append)
    started.search_requested.connect(lambda source, name: calls.append((source, name)))
    started.similar_requested.connect(calls.append)
    started.search_photo(b"bytes", "pasted")
    started.find_similar(2**40)
    assert calls == ["search", (b"bytes", "pasted"), "search", 2**40]


def test_photos_that_cannot_be_read_are_counted_once(
    started: Session, tmp_path: Path, banners: dict[str, tuple[Message, object]], qtbot: QtBot
) -> None:
    folder = tmp_path / "meals"
    draw_photos(folder, 5)
    (folder / "text.jpg").write_text("no picture", encoding="utf-8")
    started.add_roots([folder])
    qtbot.waitUntil(lambda: "FS-204" in banners and at_rest(started))
    assert banners["FS-204"][0].title.startswith("1 ")
    started.rescan()
    banners.clear()
    wait_for(started, 5, qtbot)
    assert "FS-204" not in banners


def test_without_automatic_indexing_a_banner_offers_it(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    started.settings.change(index_after_scan=False)
    draw_photos(tmp_path / "meals", 5)
    started.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(lambda: "FS-302" in banners and "FS-301" in banners and at_rest(started))
    message, actions = banners["FS-301"]  # type: ignore[misc]
    actions[message.actions[0]]()
    wait_for(started, 5, qtbot)
    assert banners == {}


def test_an_index_that_is_not_complete_says_how_much_it_covers(
    started: Session, tmp_path: Path, banners: dict[str, tuple[Message, object]], qtbot: QtBot
) -> None:
    draw_photos(tmp_path / "meals", 30)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 30, qtbot)
    started.settings.change(index_after_scan=False)
    draw_photos(tmp_path / "more", 10, seed=1)
    started.add_roots([tmp_path / "more"])
    qtbot.waitUntil(lambda: "FS-302" in banners and at_rest(started))
    assert "FS-303" not in banners  # it would say the same once more
    started.open_library("Home")
    qtbot.waitUntil(lambda: "FS-303" in banners)
    assert banners["FS-303"][0].title == "The index covers 75 % of the photos."


def test_a_folder_that_is_away_loses_nothing(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    draw_photos(tmp_path / "stick", 12)
    started.add_roots([tmp_path / "stick"])
    wait_for(started, 12, qtbot)
    shutil.move(tmp_path / "stick", tmp_path / "unplugged")
    started.rescan()
    qtbot.waitUntil(lambda: "FS-201" in banners and at_rest(started))
    assert indexed(started)[0] == 12
    _message, actions = banners["FS-201"]  # type: ignore[misc]
    shutil.move(tmp_path / "unplugged", tmp_path / "stick")
    actions["Try again"]()
    qtbot.waitUntil(lambda: "FS-201" not in banners and at_rest(started))
    assert first_photo(started).state == "ok"


@pytest.mark.parametrize("choice", ["Keep", "Remove"])
def test_most_photos_gone_is_a_question(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot, choice: str
) -> None:
    paths = draw_photos(tmp_path / "meals", 40)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 40, qtbot)
    for path in paths[:30]:
        path.unlink()
    started.rescan()
    qtbot.waitUntil(lambda: "FS-202" in banners and at_rest(started))
    message, actions = banners["FS-202"]  # type: ignore[misc]
    assert "30 of 40" in message.cause
    action = next(do for caption, do in actions.items() if caption.startswith(choice))
    if choice == "Keep":
        assert action is None
        assert indexed(started)[1] == 40
    else:
        action()
        wait_for(started, 10, qtbot)
        assert "FS-202" not in banners


def test_removing_a_folder_can_be_undone(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    draw_photos(tmp_path / "meals", 6)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 6, qtbot)
    assert started.catalogue is not None
    (root,) = started.catalogue.roots()
    started.remove_root(root)
    wait_for(started, 0, qtbot)
    _message, actions = banners[""]  # type: ignore[misc]
    actions["Undo"]()
    wait_for(started, 6, qtbot)


def test_a_folder_that_cannot_be_added_says_why(
    started: Session, tmp_path: Path, banners: dict[str, tuple[Message, object]], qtbot: QtBot
) -> None:
    draw_photos(tmp_path / "meals", 1)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 1, qtbot)
    started.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(lambda: "FS-213" in banners)
    assert "meals" in banners["FS-213"][0].title


def test_a_folder_takes_the_place_of_those_it_contains(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    for number, name in enumerate(("soups", "cakes")):
        draw_photos(tmp_path / "all" / name, 3, seed=number)
    started.add_roots([tmp_path / "all" / "soups", tmp_path / "all" / "cakes"])
    wait_for(started, 6, qtbot)
    started.add_roots([tmp_path / "all"])
    qtbot.waitUntil(lambda: "FS-212" in banners)
    _message, actions = banners["FS-212"]  # type: ignore[misc]
    actions["Replace 2 inner folders"]()
    wait_for(started, 6, qtbot)
    assert started.catalogue is not None
    assert started.catalogue.root_paths() == [tmp_path / "all"]
    index_jobs = [job for job in started.jobs.handles() if job.title == "Indexing the photos"]
    assert len(index_jobs) == 1, "the photos keep their codes"


def test_a_folder_without_photos_is_told_of_and_can_be_taken_out(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    (tmp_path / "bare").mkdir()
    started.add_roots([tmp_path / "bare"])
    qtbot.waitUntil(lambda: "FS-215" in banners and at_rest(started))
    message, actions = banners.pop("FS-215")  # type: ignore[misc]
    assert message.title.startswith("No photos found in “")
    started.rescan()
    qtbot.waitUntil(lambda: at_rest(started))
    assert "FS-215" not in banners, "it is told once"
    actions["Remove"]()
    qtbot.waitUntil(lambda: at_rest(started))
    assert started.catalogue is not None
    assert started.catalogue.root_paths() == []


def test_the_first_folder_of_ones_own_may_send_the_samples_away(
    started: Session,
    tmp_path: Path,
    banners: dict[str, object],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        engine, "draw_demo_photos", lambda folder, _context: draw_photos(folder / "pizza", 4)
    )
    started.add_sample_photos()
    wait_for(started, 4, qtbot)
    assert "FS-214" not in banners
    draw_photos(tmp_path / "meals", 3, seed=5)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 7, qtbot)
    _message, actions = banners["FS-214"]  # type: ignore[misc]
    actions["Take them out"]()
    wait_for(started, 3, qtbot)
    _message, actions = banners[""]  # type: ignore[misc]
    actions["Undo"]()
    wait_for(started, 7, qtbot)


def test_known_and_ignored_problems_are_not_told_again(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    folder = tmp_path / "meals"
    draw_photos(folder, 3)
    (folder / "text.jpg").write_text("no picture", encoding="utf-8")
    started.add_roots([folder])
    qtbot.waitUntil(lambda: "FS-204" in banners and at_rest(started))
    banners.clear()
    started.open_library("Home")
    wait_for(started, 3, qtbot)
    assert "FS-204" not in banners
    (folder / "more.jpg").write_text("no picture either", encoding="utf-8")
    started.rescan()
    qtbot.waitUntil(lambda: "FS-204" in banners and at_rest(started))
    message, _actions = banners["FS-204"]  # type: ignore[misc]
    assert message.title.startswith("2 "), "as many as the list has"
    assert started.catalogue is not None
    edits = LibraryEdits(started, started)
    edits.ignore_problems([problem.id for problem in started.catalogue.problems()])
    qtbot.waitUntil(lambda: "FS-204" not in banners)


def test_folders_beside_one_that_is_refused_are_scanned(
    started: Session, tmp_path: Path, banners: dict[str, tuple[Message, object]], qtbot: QtBot
) -> None:
    draw_photos(tmp_path / "all" / "meals", 1)
    started.add_roots([tmp_path / "all" / "meals"])
    wait_for(started, 1, qtbot)
    draw_photos(tmp_path / "more", 2, seed=1)
    started.add_roots([tmp_path / "all", tmp_path / "gone", tmp_path / "more"])
    wait_for(started, 3, qtbot)
    assert "gone" in banners["FS-002"][0].title
    assert "all" in banners["FS-212"][0].title


def test_sample_photos_come_in_a_folder_of_that_name(
    started: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(folder: Path, context: JobContext) -> int:
        return len(draw_photos(folder / "pizza", 4))

    monkeypatch.setattr(engine, "draw_demo_photos", draw)
    started.add_sample_photos()
    wait_for(started, 4, qtbot)
    assert started.catalogue is not None
    (root,) = started.catalogue.roots()
    assert root.path.name == "Drawn samples"
    assert first_photo(started).label == "pizza"


def test_samples_that_were_stopped_half_way_are_drawn_again(
    started: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw_a_part(folder: Path, context: JobContext) -> int:
        draw_photos(folder, 1)
        context.cancel()
        context.checkpoint()
        return 1

    monkeypatch.setattr(engine, "draw_demo_photos", draw_a_part)
    started.add_sample_photos()
    qtbot.waitUntil(lambda: at_rest(started))
    monkeypatch.setattr(engine, "draw_demo_photos", lambda folder, _c: draw_photos(folder, 3))
    started.add_sample_photos()
    wait_for(started, 3, qtbot)


def test_a_library_that_is_open_elsewhere_is_read_only(
    session: Session, banners: dict[str, object], tmp_path: Path, qtbot: QtBot
) -> None:
    program = (
        "import sys, engine\n"
        "catalogue = engine.open_library(engine.Paths.resolve(), 'Home')\n"
        "print('open', flush=True); sys.stdin.read(); catalogue.close()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    session.start()
    qtbot.waitUntil(lambda: session.catalogue is not None, timeout=10_000)
    assert not session.can_change
    message, actions = banners["FS-207"]  # type: ignore[misc]
    assert str(other.pid) in message.cause
    session.rescan()
    session.build_index()
    session.add_roots([tmp_path])
    assert session.running("scan") is None
    assert "FS-209" in banners
    other.communicate("")
    actions["Try again"]()
    qtbot.waitUntil(lambda: session.can_change, timeout=10_000)
    assert "FS-207" not in banners


def test_another_library_waits_for_the_work_on_this_one(
    started: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    encoder = cheap_encoder(started)
    encoder.gate.clear()
    draw_photos(tmp_path / "meals", 100)
    started.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(lambda: started.running("index") is not None)
    home = started.catalogue
    started.open_library("Restaurant")
    assert started.catalogue is home
    encoder.gate.set()
    qtbot.waitUntil(
        lambda: started.catalogue is not None and started.catalogue.name == "Restaurant"
    )
    assert started.settings.value.library == "Restaurant"
    qtbot.waitUntil(lambda: at_rest(started) and started.coverage is not None)
    assert indexed(started) == (0, 0)
    started.open_library("Home")
    wait_for(started, 100, qtbot)


def test_another_model_has_an_index_of_its_own(
    started: Session, tmp_path: Path, banners: dict[str, object], qtbot: QtBot
) -> None:
    draw_photos(tmp_path / "meals", 8)
    started.add_roots([tmp_path / "meals"])
    wait_for(started, 8, qtbot)
    assert started.model is not None
    copy = tmp_path / "copy.fsmodel"
    started.store.export(started.model.id, copy)
    second = started.store.import_file(copy, id="second")
    started.choose_model("second")
    qtbot.waitUntil(lambda: "FS-301" in banners)
    assert started.model.id == second.id
    assert started.store.default_id == "second"
    assert indexed(started) == (0, 8)
    started.build_index()
    wait_for(started, 8, qtbot)


def test_a_fault_in_a_job_is_reported_as_a_bug(
    started: Session, bugs: list[str], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "scan", lambda *_a, **_k: 1 // 0)
    started.rescan()
    qtbot.waitUntil(lambda: bool(bugs))
    assert "ZeroDivisionError" in bugs.pop()


def test_an_engine_that_cannot_start_says_so_in_a_banner(
    session: Session, banners: dict[str, object], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: GpuEngine, context: JobContext) -> None:
        raise engine.InputError("FS-001", kind="device", name="cuda", known="cpu")

    monkeypatch.setattr(CheapEngine, "start", fail)
    session.start()
    qtbot.waitUntil(lambda: "FS-001" in banners and session.searcher is not None)


def test_a_library_that_cannot_be_opened_can_be_tried_again(
    session: Session, banners: dict[str, object], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def fail(*_arguments: object, **_options: object) -> None:
            raise LibraryError("FS-211", path="/home", reason="Input/output error")

        patch.setattr(engine, "open_library", fail)
        session.start()
        qtbot.waitUntil(lambda: "FS-211" in banners)
        assert session.catalogue is None
    _message, actions = banners["FS-211"]  # type: ignore[misc]
    actions["Try again"]()
    qtbot.waitUntil(lambda: session.can_change)


def test_a_button_that_does_nothing_here_is_not_shown(
    session: Session, banners: dict[str, object]
) -> None:
    session.notify(engine.describe("FS-403", device="Processor"), {"Choose model": print})
    session.notify(engine.describe("FS-302", new=1, changed=0, gone=0), {})
    assert list(banners["FS-403"][1]) == ["Choose model"]  # type: ignore[index]
    assert list(banners["FS-302"][1]) == ["Later"]  # type: ignore[index]


def test_closing_while_everything_is_busy_ends_quickly(
    started: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    draw_photos(tmp_path / "meals", 200)
    started.add_roots([tmp_path / "meals"])
    qtbot.waitUntil(lambda: started.running("index") is not None)
    assert started.shutdown(5000)
    assert started.catalogue is None


def test_two_models_stay_loaded_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(model: ModelInfo, device: object) -> str:
        loaded.append(model.key)
        return model.key

    class Model:
        def __init__(self, key: str) -> None:
            self.key = key

    monkeypatch.setattr(engine, "Encoder", load, raising=False)
    gpu = GpuEngine()
    for key in ("a", "b", "a", "c", "a", "b"):
        gpu.encoder(Model(key))  # type: ignore[arg-type]
    assert loaded == ["a", "b", "c", "b"]
