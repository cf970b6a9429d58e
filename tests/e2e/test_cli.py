"""The command line as scripts use it: options, JSON, exit codes, real photos and the starter."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine.cli import main
from engine.demo import DISHES, draw_dish
from engine.errors import InputError
from engine.library.catalogue import CATALOGUE
from engine.models.bundle import copy_bundle
from engine.models.places import bundled_folder

Result = dict[str, Any]


class Cli:
    """Calls ``main`` in this process, with a home of its own."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys

    def run(self, *words: object) -> tuple[int, str, str]:
        """Return exit code, stdout and stderr."""
        self._capsys.readouterr()
        code = main([*map(str, words), "--home", str(self.home)])
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def json(self, *words: object) -> Result:
        """Return the result of a command that must do its work."""
        code, out, err = self.run(*words, "--json")
        assert code == 0, err
        events = [json.loads(line) for line in out.splitlines()]
        assert [event["event"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
        assert events[-1].pop("event") == "result"
        return dict(events[-1])

    def refusal(self, *words: object) -> str:
        """Return the sentence with which a command refuses, checked for the house rules."""
        code, out, err = self.run(*words)
        assert code == 1
        assert out == ""
        assert "Traceback" not in err
        assert len(err.splitlines()) == 1
        error = json.loads(self.run(*words, "--json")[1].splitlines()[-1])
        assert error["event"] == "error"
        assert error["code"].startswith("FS-")
        assert error["message"] in err
        return err


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four drawings of five dishes."""
    folder = tmp_path_factory.mktemp("photos")
    for dish in ("pizza", "soup", "cake", "sushi", "burger"):
        for number in range(4):
            path = folder / dish / f"{dish}-{number}.jpg"
            path.parent.mkdir(exist_ok=True)
            draw_dish(dish, number).save(path, quality=90)
    return folder


@pytest.fixture(scope="module")
def indexed_home(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose library Home holds the drawings."""
    home = tmp_path_factory.mktemp("indexed")
    assert main(["index", str(photos), "--home", str(home)]) == 0
    return home


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """With an empty home."""
    return Cli(tmp_path / "own-home", capsys)


@pytest.fixture
def filled(indexed_home: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """With the drawings indexed; for commands that only look."""
    return Cli(indexed_home, capsys)


@pytest.fixture
def copied(indexed_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Likewise, for commands that change the library."""
    return Cli(shutil.copytree(indexed_home, tmp_path / "copy"), capsys)


# What there is.


def test_models_list_has_the_starter_as_its_default(cli: Cli) -> None:
    models = cli.json("models", "list")["models"]
    assert [(model["id"], model["bits"], model["default"]) for model in models] == [
        ("starter-64", 64, True)
    ]
    assert "starter-64" in cli.run("models", "list")[1]


def test_bits_of_a_bundled_model_can_be_named(cli: Cli) -> None:
    named = cli.json("models", "name-bit", "starter-64", 17, "crispy")
    assert named == {"id": "starter-64", "bit": 17, "name": "crispy"}
    assert cli.json("models", "show", "starter-64")["bit_names"][17] == "crispy"
    assert "bits 0 to 63" in cli.refusal("models", "name-bit", "starter-64", 64, "crispy")
    assert cli.json("models", "name-bit", "starter-64", 17)["name"] is None
    assert cli.json("models", "show", "starter-64")["bit_names"] == []


def test_methods_and_backbones_are_listed(cli: Cli) -> None:
    assert "itq" in [method["name"] for method in cli.json("methods")["methods"]]
    told = cli.run("methods")[1].splitlines()
    assert [line.split()[0] for line in told if "(the default)" in line] == ["dpn"]
    assert "    Jiang and Li, Asymmetric Deep Supervised Hashing, AAAI 2018" in told
    assert sum("20" in line for line in told[1::2]) == len(told) // 2, "a publication has a year"
    found = cli.json("backbones", "efficientnet_lite0", "--installed")["backbones"]
    assert [info["name"] for info in found] == ["tf_efficientnet_lite0"]
    assert "no backbone has such a name" in cli.refusal("backbones", "nonsense").lower()


def test_show_tells_everything_about_a_model(cli: Cli) -> None:
    shown = cli.json("models", "show", "starter-64")
    assert (shown["backbone"], shown["bits"]) == ("tf_efficientnet_lite0", 64)
    assert shown["preprocessing"]["input_size"] > 0
    assert "tf_efficientnet_lite0" in cli.run("models", "show", "starter-64")[1]


def test_a_model_is_exported_removed_and_brought_back(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.fsmodel"
    assert cli.json("models", "export", "starter-64", file)["size"] == file.stat().st_size
    assert "exists already" in cli.refusal("models", "export", "starter-64", file)
    assert "exists" in cli.refusal("models", "import", file)
    assert cli.json("models", "import", file, "--id", "mine")["id"] == "mine"
    cli.json("models", "default", "mine")
    assert [model["default"] for model in cli.json("models", "list")["models"]] == [False, True]
    folder = tmp_path / "models"
    folder.mkdir()
    cli.json("models", "export", "mine", folder)
    assert (folder / "mine.fsmodel").is_file()
    assert "folder does not exist" in cli.refusal("models", "export", "mine", folder / "a" / "b")
    cli.json("models", "default", "mine")
    assert "The default is now starter-64." in cli.run("models", "remove", "mine")[1]
    assert "the default again" in cli.run("models", "restore", "mine")[1]
    undo = shlex.split(cli.json("models", "remove", "mine")["undo"])
    assert len(cli.json("models", "list")["models"]) == 1
    assert undo[-2:] == ["--home", str(cli.home)]
    assert cli.json(*undo[1:])["id"] == "mine"
    assert "came with" in cli.refusal("models", "remove", "starter-64").replace("comes", "came")


def test_a_model_is_duplicated_and_what_its_codes_take_is_freed(copied: Cli) -> None:
    assert (
        copied.json("models", "duplicate", "starter-64", "--name", "My meals")["id"] == "my-meals"
    )
    assert "no model" in copied.refusal("models", "duplicate", "nothing", "--name", "x")
    assert copied.json("index", "--model", "my-meals")["encoded"] == 20
    assert copied.run("models", "tidy")[1] == "There was nothing to free.\n"
    copied.json("models", "remove", "my-meals")
    spare = copied.json("models", "tidy", "--dry-run")["spare"]
    assert spare == 20 * (8 + 44)
    assert "could be freed" in copied.run("models", "tidy", "--dry-run")[1]
    assert copied.json("models", "tidy")["codes"] == 20
    assert copied.json("models", "tidy") == {"codes": 0, "freed": 0, "refused": 0}
    assert copied.json("status")["models"][0]["indexed"] == 20
    copied.json("models", "restore", "my-meals")
    assert copied.json("status")["models"][1]["indexed"] == 0


def test_a_library_goes_on_with_its_model_when_a_better_one_comes(
    copied: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled, starter = tmp_path / "bundled", bundled_folder() / "starter-64.fsmodel"
    copy_bundle(starter, bundled / "starter-64.fsmodel")
    copy_bundle(starter, bundled / "dishes-64.fsmodel", id="dishes-64")
    (bundled / "default.json").write_text('{"id": "dishes-64"}')
    monkeypatch.setattr("engine.models.store.bundled_folder", lambda: bundled)
    assert copied.json("models", "list")["models"][0]["id"] == "dishes-64"
    photo = next(photos.rglob("*.jpg"))
    _, out, err = copied.run("search", photo)
    assert "searched with starter-64" in out
    assert f"index --model dishes-64 --home {copied.home}" in err
    assert copied.json("index")["model"] == "starter-64"
    assert copied.json("index", "--model", "dishes-64")["encoded"] == 20
    _, out, err = copied.run("search", photo)
    assert "searched with dishes-64" in out
    assert "better model" not in err


def test_a_library_that_is_not_there_is_named(cli: Cli, filled: Cli) -> None:
    assert cli.json("libraries") == {"libraries": []}
    for words in (["status"], ["problems"], ["forget", "x"]):
        assert "FOLDER" in cli.refusal(*words)
    for words in (["status"], ["index"], ["forget", "x"]):
        assert "Known are: Home" in filled.refusal(*words, "--library", "Hmoe")
    assert [library["name"] for library in filled.json("libraries")["libraries"]] == ["Home"]


# Indexing.


def test_index_reports_what_it_did(filled: Cli, photos: Path) -> None:
    status = filled.json("status")
    assert (status["library"], status["photos"], status["problems"]) == ("Home", 20, 0)
    assert status["roots"] == [{"path": str(photos), "state": "online", "photos": 20}]
    assert status["models"] == [{"id": "starter-64", "default": True, "indexed": 20, "total": 20}]
    assert filled.json("libraries")["libraries"][0]["photos"] == 20


def test_a_second_index_opens_no_photo_and_a_new_one_is_added(copied: Cli, photos: Path) -> None:
    again = copied.json("index", photos)
    assert (again["opened"], again["encoded"], again["unchanged"]) == (0, 0, 20)
    extra = photos.parent / f"{photos.name}-more"
    extra.mkdir()
    draw_dish("salad", 0).save(extra / "salad.png")
    (extra / "note.jpg").write_text("not a photo")
    added = copied.json("index", extra)
    assert (added["new"], added["encoded"], added["failed"]) == (2, 1, 1)
    assert (added["photos"], added["indexed"], added["problems"]) == (21, 21, 1)
    problems = copied.json("problems")["problems"]
    assert [(problem["code"], Path(problem["path"]).name) for problem in problems] == [
        ("FS-101", "note.jpg")
    ]
    assert "note.jpg" in copied.run("problems")[1]
    left = copied.json("forget", extra)
    assert left["photos"] == 20
    shutil.rmtree(extra)


def test_index_without_folders_rescans_and_a_folder_inside_is_known(
    copied: Cli, photos: Path
) -> None:
    assert copied.json("index")["unchanged"] == 20
    assert copied.json("index", photos / "pizza")["unchanged"] == 20
    assert len(copied.json("status")["roots"]) == 1


def test_a_folder_inside_another_is_said_to_be_there_already(copied: Cli, photos: Path) -> None:
    assert "lies in" in copied.run("index", photos / "soup")[2]
    assert "lies in" not in copied.run("index", photos)[2]


def test_a_folder_that_is_refused_does_not_keep_the_others_out(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    inner = shutil.copytree(photos / "pizza", tmp_path / "all" / "pizza")
    cli.json("index", inner)
    other = shutil.copytree(photos / "soup", tmp_path / "soup")
    code, out, err = cli.run("index", tmp_path / "all", other)
    assert code == 0
    assert "8 of 8 photos" in out
    assert f"It contains 1 folder of the library: “{inner}”" in err
    refusal = cli.refusal("index", tmp_path / "all")
    for command in refusal.partition("keep their codes: ")[2].split(" && "):
        assert main(shlex.split(command)[1:]) == 0
    assert cli.json("status")["photos"] == 8
    assert len(cli.json("status")["roots"]) == 2


def test_a_folder_that_vanished_keeps_its_photos_and_is_named(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(photos, tmp_path / "drive")
    cli.json("index", folder)
    folder.rename(tmp_path / "unplugged")
    code, out, err = cli.run("index")
    assert code == 0
    assert "The folder is not available." in err
    assert "20 of 20 photos" in out
    events = [json.loads(line) for line in cli.run("index", "--json")[1].splitlines()]
    assert [event["code"] for event in events if event["event"] == "warning"] == ["FS-201"]
    assert events[-1]["offline"] == [str(folder)]


def test_photos_that_are_gone_are_asked_about(cli: Cli, photos: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(photos, tmp_path / "drive")
    cli.json("index", folder)
    for dish in ("pizza", "soup", "cake"):
        shutil.rmtree(folder / dish)
    _, out, err = cli.run("index")
    assert "12 of 20 photos" in err
    assert "--remove-missing" in err
    assert "20 of 20 photos" in out
    assert cli.json("index", "--remove-missing")["photos"] == 8


def test_a_home_that_is_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert "It is not a folder" in Cli(file, capsys).refusal("models")


def test_libraries_and_homes_do_not_mix(copied: Cli, cli: Cli, photos: Path) -> None:
    copied.json("index", photos / "pizza", "--library", "Pizza & more")
    found = copied.json("libraries")["libraries"]
    assert [(library["name"], library["photos"]) for library in found] == [
        ("Home", 20),
        ("Pizza & more", 4),
    ]
    assert cli.json("libraries") == {"libraries": []}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["index", "/no/such/folder"], "There is no such folder"),
        (["index", __file__], "It is not a folder"),
        (["index"], "There is no library yet"),
        (["forget", "x"], "There is no library yet"),
        (["index", ".", "--model", "nonsense"], "no model named “nonsense”"),
        (["index", ".", "--library", "a" * 99], "1 to 60"),
        (["evaluate", "--split", "/none.csv"], "no such file"),
        (["models", "show", "nonsense"], "Known are: starter-64"),
        (["models", "import", "/none.fsmodel"], "There is no such file"),
        (["search", "/"], "It is a folder"),
        (["models", "restore", "x"], "removed model"),
        (["demo-photos", __file__], "cannot be used"),
        (["search", "/none.jpg"], "none.jpg"),
        (["search", __file__], "cannot be read as an image"),
        (["search", str(Path(__file__).parent)], "It is a folder. Choose a photo in it."),
    ],
)
def test_mistakes_are_answered_with_one_sentence(
    cli: Cli, words: list[str], reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason in cli.refusal(*words)


@pytest.mark.parametrize(
    "words",
    [
        ["cook"],
        ["search"],
        ["search", "x.jpg", "--top", "0"],
        ["search", "x.jpg", "--radius", "-1"],
        ["search", "x.jpg", "--flip", "one"],
        ["search", "x.jpg", "--require", "3=2"],
        ["search", "x.jpg", "--lib", "Home"],
        ["evaluate", "--split", "x.csv", "--map-at", "some"],
        ["search", "x.jpg", "--device", "gpu"],
        ["models", "bake"],
        ["search", "x.jpg", "--home"],
        ["evaluate", "photos"],
        ["train", "photos"],
        ["train", "--name", "mine"],
    ],
)
def test_wrong_usage_exits_with_two_and_a_line(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("The command was not understood. foodsearch-cli")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["serach", "x.jpg"], "there is no command “serach”. Did you mean “search”?"),
        (["models", "lst"], "models: there is no action “lst”. Did you mean “list”?"),
        (
            ["search", "x.jpg", "--tpo", "3"],
            "search: there is no option “--tpo”. Did you mean “--t",
        ),
        (["search", "x.jpg", "--topp=3"], "there is no option “--topp”. Did you mean “--top”?"),
        (["search", "x.jpg", "-top", "3"], "there is no option “-top”. Did you mean “--top”?"),
        (["search", "x.jpg", "--bit", "3"], "there is no option “--bit”. See foodsearch-cli se"),
        (["--jsn", "search", "x.jpg"], "there is no option “--jsn”. Did you mean “--json”?"),
        # What is misspelt is not what is missing.
        (["explain", "x.jpg", "--bt", "3", "--out", "a.png"], "“--bt”. Did you mean “--bit”?"),
        (["train", "photos", "--nmae", "mine"], "“--nmae”. Did you mean “--name”?"),
        (["explain", "x.jpg", "--bit", "3"], "explain: it needs --out. See foodsearch-cli explain"),
        (["search", "x.jpg", "--rerank", "margin"], "--rerank is one of margins, not “margin”."),
        (["forget", "--", "-x", "--all"], ""),  # names of folders
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def code() -> int:
        try:
            return main(["--home", str(tmp_path), *words])
        except SystemExit as end:
            return int(str(end.code))

    assert code() == (2 if sentence else 1)
    assert sentence in capsys.readouterr().err


def test_without_a_command_all_of_them_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "find the photos most similar to a photo" in capsys.readouterr().err


def test_models_alone_lists_them(cli: Cli) -> None:
    assert cli.json("models") == cli.json("models", "list")


def test_wrong_usage_is_an_error_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    for number in ("0", "-3"):
        with pytest.raises(SystemExit):
            main(["search", "x.jpg", "--top", number, "--json"])
        told = json.loads(capsys.readouterr().out)
        assert (told["event"], told["code"]) == ("error", "FS-003")
        assert "it must be at least 1" in told["message"]


def test_common_options_stand_before_or_behind(indexed_home: Path, capsys: Any) -> None:
    home = ["--home", str(indexed_home)]
    for words in (
        [*home, "--json", "models", "list"],
        ["models", *home, "--json", "list"],
        ["models", "list", *home, "--json"],
        [*home, "models", "--json", "list"],
    ):
        assert main(words) == 0
        assert json.loads(capsys.readouterr().out)["event"] == "result"


# Searching.


def test_search_answers_as_promised(filled: Cli, photos: Path) -> None:
    query = photos / "sushi" / "sushi-1.jpg"
    found = filled.json("search", query, "--top", "4", "--duplicates")
    assert set(found) >= {"query", "model", "bits", "hits", "suggestion", "ms"}
    assert (found["query"], found["model"], found["bits"]) == (str(query), "starter-64", 64)
    assert set(found["ms"]) == {"decode", "encode", "search"}
    first = found["hits"][0]
    assert (first["rank"], first["distance"], first["disagree"]) == (1, 0, [])
    assert first["path"] == str(query)
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4]
    distances = [hit["distance"] for hit in found["hits"]]
    assert distances == sorted(distances)
    assert all(len(hit["disagree"]) == hit["distance"] for hit in found["hits"])
    assert found["suggestion"][0]["label"] == "sushi"


def test_several_photos_are_answered_one_by_one(filled: Cli, photos: Path, tmp_path: Path) -> None:
    queries = [photos / "sushi" / "sushi-1.jpg", tmp_path / "none.jpg", photos / "cake/cake-0.jpg"]
    code, out, _ = filled.run("search", *queries, "--top", "2", "--json")
    assert code == 1, "one of them could not be answered"
    events = [json.loads(line) for line in out.splitlines()]
    hits = [event for event in events if event["event"] == "hits"]
    assert [event["query"] for event in hits] == [str(queries[0]), str(queries[2])]
    assert [event["code"] for event in events if event["event"] == "warning"] == ["FS-107"]
    assert events[-1]["queries"] == 3
    assert [result["hits"][0]["path"] for result in events[-1]["results"]] == [
        str(queries[0]),
        str(queries[2]),
    ]


def test_a_library_without_photos_says_so(cli: Cli, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    _, _, err = cli.run("index", tmp_path / "bare")
    assert f"No photos found in {tmp_path / 'bare'}" in err
    assert "It has no photos yet" in cli.refusal("search", photos / "sushi" / "sushi-1.jpg")


def test_the_starter_finds_the_same_dish_first(filled: Cli, tmp_path: Path) -> None:
    for dish in ("pizza", "cake", "sushi"):
        query = tmp_path / f"{dish}.png"
        draw_dish(dish, 17).save(query)
        labels = [hit["label"] for hit in filled.json("search", query, "--top", "3")["hits"]]
        assert labels.count(dish) >= 2, (dish, labels)


def test_search_is_shown_as_a_table(filled: Cli, photos: Path) -> None:
    code, out, _ = filled.run("search", photos / "cake" / "cake-0.jpg", "--top", "2")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("20 photos searched with starter-64 (decode ")
    assert lines[2].split() == ["rank", "distance", "label", "photo"]
    assert lines[3].split()[:3] == ["1", "0/64", "cake"]
    assert lines[-1].startswith("Looks like: cake")
    assert " % of the votes" in lines[-1]


def test_a_column_that_says_nothing_is_left_out(cli: Cli, photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "2024"  # names no dish
    shutil.copytree(photos / "soup", folder)
    cli.json("index", folder)
    out = cli.run("search", folder / "soup-2.jpg", "--duplicates")[1]
    assert out.splitlines()[2].split() == ["rank", "distance", "photo"]


def test_a_flipped_bit_is_where_the_photo_disagrees_with_itself(filled: Cli, photos: Path) -> None:
    query = photos / "soup" / "soup-2.jpg"
    found = filled.json("search", query, *("--flip", 40) * 2, "--flip", 7, "--top", "20")
    assert found["flip"] == [7, 40]
    itself = next(hit for hit in found["hits"] if hit["path"] == str(query))
    assert (itself["distance"], itself["disagree"]) == (2, [7, 40])


def test_what_is_asked_beyond_the_photo_is_told(filled: Cli, photos: Path) -> None:
    query, bent = photos / "cake" / "cake-0.jpg", ("--flip", 7, "--ignore", 9)
    plain = filled.run("search", query)[1]
    assert "Asked for" not in plain
    assert "For this" not in plain
    said = filled.run("search", query, *bent, "--require", "5=1", "--rerank", "margins")[1]
    asked = "Asked for: bit 5 must be on, bit 7 turned round, bit 9 does not count, sure bits count"
    assert said.splitlines()[1].startswith(asked)
    assert said.splitlines()[-1].startswith("For this all bits and all photos")


def test_a_bit_that_does_not_count_cannot_be_turned_round(filled: Cli, photos: Path) -> None:
    query = photos / "cake" / "cake-0.jpg"
    said = filled.refusal("search", query, "--flip", 7, "--flip", 9, "--ignore", 9)
    assert "bit 9" in said
    assert "It cannot be turned round and not count at once." in said


def test_required_bits_divide_the_library(filled: Cli, photos: Path) -> None:
    query = photos / "soup" / "soup-2.jpg"

    def paths(*words: str) -> set[str]:
        found = filled.json("search", query, "--top", "50", "--duplicates", *words)
        return {hit["path"] for hit in found["hits"]}

    ones, zeros = paths("--require", "5=1"), paths("--require", "5=0")
    assert not ones & zeros
    assert ones | zeros == paths()
    assert len(ones | zeros) == 20
    assert paths("--require", "5=1", "--require", "5=1") == ones


def test_the_radius_is_inclusive(filled: Cli, photos: Path) -> None:
    query = photos / "soup" / "soup-2.jpg"
    everything = filled.json("search", query, "--top", "50", "--duplicates")["hits"]
    radius = everything[3]["distance"]
    inside = filled.json("search", query, "--top", "50", "--duplicates", "--radius", radius)
    expected = [hit["path"] for hit in everything if hit["distance"] <= radius]
    assert [hit["path"] for hit in inside["hits"]] == expected
    alone = filled.run("search", query, "--flip", 3, "--radius", "0")
    assert "No photo fits. The nearest is at 1." in alone[1]


def test_ignored_bits_count_in_no_distance(filled: Cli, photos: Path) -> None:
    query = photos / "soup" / "soup-2.jpg"
    plain = filled.json("search", query, "--top", 50, "--duplicates")
    found = filled.json("search", query, "--top", 50, "--duplicates", "--ignore", 9, "--ignore", 3)
    assert found["ignore"] == [3, 9]
    disagree = {hit["path"]: set(hit["disagree"]) - {3, 9} for hit in plain["hits"]}
    assert {hit["path"]: set(hit["disagree"]) for hit in found["hits"]} == disagree
    distances = [hit["distance"] for hit in found["hits"]]
    assert distances == sorted(len(bits) for bits in disagree.values())
    assert "bits 0 to 63" in filled.refusal("search", query, "--ignore", 64)


def test_margins_put_hits_in_another_order(filled: Cli, photos: Path) -> None:
    query = photos / "soup" / "soup-2.jpg"
    plain = filled.json("search", query, "--top", 50, "--duplicates")
    found = filled.json("search", query, "--top", 50, "--duplicates", "--rerank", "margins")
    assert (plain["rerank"], found["rerank"]) == (None, "margins")
    weighted = [hit["weighted"] for hit in found["hits"]]
    assert weighted == sorted(weighted)
    assert found["hits"][0]["path"] == str(query)
    distance = {hit["path"]: hit["distance"] for hit in plain["hits"]}
    assert {hit["path"]: hit["distance"] for hit in found["hits"]} == distance
    assert "weighted" not in plain["hits"][0]


def test_photos_are_joined_to_one_question(filled: Cli, photos: Path) -> None:
    queries = [photos / "soup" / "soup-2.jpg", photos / "soup" / "soup-0.jpg"]
    found = filled.json("search", *queries, "--join", "--top", 4)
    assert found["joined"] == [str(query) for query in queries]
    code, out, _ = filled.run("search", *queries, photos / "none.jpg", "--join", "--top", 4)
    assert (code, out.splitlines()[0]) == (1, "Searched with 2 photos as one")
    assert {hit["path"] for hit in found["hits"][:2]} == set(map(str, queries))
    voters = {path for vote in found["suggestion"] for path in vote["photos"]}
    assert voters
    assert not voters & set(map(str, queries)), "they have no vote on what they show"


def test_a_search_is_explained_on_a_page(filled: Cli, photos: Path, tmp_path: Path) -> None:
    query, target = photos / "soup" / "soup-2.jpg", tmp_path / "why.html"
    filled.json("search", query, "--report", target)
    text = target.read_text(encoding="utf-8")
    assert "Why these photos were found for soup-2.jpg" in text
    assert text.count("<img ") == 5 * 6, "the photo and four matches, each with five maps"
    filled.json("search", query, "--report", target, "--require", "3=1", "--flip", 5, "--ignore", 7)
    wishes = "Asked for: bit 3 must be on, bit 5 turned round, bit 7 does not count."
    assert wishes in target.read_text(encoding="utf-8")
    for wrong in ([query, "--report", "why.doc"], [query, query, "--report", target]):
        assert filled.run("search", *wrong)[0] == 1


def test_a_search_that_is_explained_finds_the_same(filled: Cli, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"  # decoded smaller; how much smaller can change an unsure bit
    Image.effect_noise((2100, 1575), 90).convert("RGB").save(large)
    query = ["search", large, "--model", "dishes-64", "--rerank", "margins"]
    filled.json("models", "import", bundled_folder() / "dishes-64.fsmodel")
    filled.json("index", "--model", "dishes-64")
    plain, explained = filled.json(*query), filled.json(*query, "--report", tmp_path / "why.html")
    assert plain["code"] == explained["code"]
    assert plain["hits"] == explained["hits"], "weighted by the same logits"


def test_a_suggestion_comes_with_its_evidence(filled: Cli, photos: Path) -> None:
    found = filled.json("search", photos / "cake" / "cake-0.jpg", "--top", 2)
    assert found["similar_enough"] is None, "20 photos are too few to measure it"
    for vote in found["suggestion"]:
        assert vote["confidence"] is None
        assert all(Path(path).parent.name == vote["label"] for path in vote["photos"])
    assert sum(len(vote["photos"]) for vote in found["suggestion"]) == 10


def test_search_below_a_folder(filled: Cli, photos: Path) -> None:
    query = photos / "soup" / "soup-2.jpg"
    found = filled.json("search", query, "--folder", photos / "burger")
    assert {hit["label"] for hit in found["hits"]} == {"burger"}
    around = filled.json("search", query, "--folder", photos.parent, "--top", 50, "--duplicates")
    assert len(around["hits"]) == 20


def test_search_refuses_what_cannot_be(filled: Cli, photos: Path) -> None:
    query = photos / "soup" / "soup-2.jpg"
    assert "bits 0 to 63" in filled.refusal("search", query, "--flip", 64)
    assert "bits 0 to 63" in filled.refusal("search", query, "--require", "64=1")
    assert "no library named “Lab”" in filled.refusal("search", query, "--library", "Lab")
    both = filled.refusal("search", query, "--require", "3=0", "--require", "3=1")
    assert "0 and 1 at once" in both
    elsewhere = filled.refusal("search", query, "--folder", "/no/such")
    assert "lies in no folder of the library" in elsewhere
    assert str(photos) in elsewhere
    missing = filled.refusal("search", query, "--folder", photos / "none")
    assert "There is no such folder" in missing


def test_a_photo_that_ends_too_early_is_searched_with_a_warning(
    filled: Cli, photos: Path, tmp_path: Path
) -> None:
    whole = (photos / "pizza" / "pizza-1.jpg").read_bytes()
    query = tmp_path / "cut.jpg"
    query.write_bytes(whole[: len(whole) * 9 // 10])
    code, out, err = filled.run("search", query, "--top", "1")
    assert code == 0
    assert "The picture is damaged." in err
    assert "pizza" in out


def test_a_library_without_an_index_is_no_place_to_search(
    copied: Cli, photos: Path, tmp_path: Path
) -> None:
    copied.json("models", "export", "starter-64", tmp_path / "other.fsmodel")
    copied.json("models", "import", tmp_path / "other.fsmodel", "--id", "other")
    query = photos / "soup" / "soup-2.jpg"
    assert "index --model other" in copied.refusal("search", query, "--model", "other")


# Measuring.


def test_evaluate_has_the_promised_keys(cli: Cli, photos: Path, tmp_path: Path) -> None:
    lines = ["path,label,split"]
    for path in sorted(photos.rglob("*.jpg")):
        split = "query" if path.stem.endswith("0") else "database"
        lines.append(f"{path.relative_to(photos)},{path.parent.name},{split}")
    splits = tmp_path / "splits.csv"
    splits.write_text("\n".join(lines))
    report = tmp_path / "report.json"
    words = ["evaluate", "--model", "starter-64", "--split", splits, "--root", photos]
    found = cli.json(*words, "--map-at", "all", "--out", report)
    assert set(found) >= {
        *("map", "map_at", "map_expected_ties", "map_normalizer", "p_at", "p_at_h2"),
        *("empty_balls", "queries", "gallery", "unreadable", "model", "bits", "encode_ms"),
    }
    assert (found["queries"], found["gallery"], found["map_at"]) == (5, 15, "all")
    assert list(found["p_at"]) == ["1", "5", "10"]
    assert found["map"] > 0.6
    assert found["p_at"]["1"] >= 0.8
    assert json.loads(report.read_text()) == found


def test_a_folder_of_dishes_is_measured_without_a_file_of_splits(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    found = cli.json("evaluate", "--folder", photos, "--out", report)
    assert found["task"]["kind"] == "folder"
    assert (found["queries"], found["gallery"]) == (5, 15)
    assert len(found["map_of_codes"]["photos"]) == 20
    page = report.read_text()
    assert page.count('src="data:image/jpeg;base64,') >= 5 * 9
    assert "a draw of 20 %" in page
    assert found["map_at"] == "all", "as in the window"


def test_two_models_are_compared_on_the_same_photos(cli: Cli, photos: Path, tmp_path: Path) -> None:
    cli.json("models", "duplicate", "starter-64", "--name", "twin")
    words = ["evaluate", "--folder", photos, "--compare", "twin"]
    report = tmp_path / "both.json"
    found = cli.json(*words, "--out", report)
    assert (found["model"], found["compared"]["model"]) == ("starter-64", "twin")
    assert (found["map"], found["map_at"]) == (found["compared"]["map"], "all")
    difference = found["difference"]
    assert (difference["model"], difference["value"], difference["clear"]) == ("twin", 0, False)
    assert {"low", "high", "p_value", "queries"} <= set(difference)
    assert json.loads(report.read_text()) == found
    code, out, err = cli.run(*words, "--out", tmp_path / "both.html")
    assert code == 0
    assert out.splitlines()[0].split() == ["starter-64", "twin"]
    assert "No clear difference in mAP: twin has +0.000 (95 % interval" in out
    assert f"Wrote {tmp_path / 'both.html'}" in err
    assert "starter-64 and twin" in (tmp_path / "both.html").read_text(encoding="utf-8")
    assert "with itself" in cli.refusal(*words[:-1], "starter-64")
    assert ".html or .json" in cli.refusal(*words, "--out", tmp_path / "both.md")


def test_judgements_are_measured(filled: Cli, photos: Path) -> None:
    refusal = filled.refusal("evaluate", "--judgements")
    assert "no judged match" in refusal
    assert "Good match" in refusal


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_measured(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    words = ["evaluate", "--split", tmp_path / "none.csv", "--out"]
    assert "folder does not exist" in cli.refusal(*words, tmp_path / "none" / "report.json")
    assert ".json, .md" in cli.refusal(*words, tmp_path / "report.docx")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is closed to the superuser too")
@pytest.mark.parametrize(
    "words",
    [
        ["search", "none.jpg", "--report", "/proc/why.html"],
        ["explain", "none.jpg", "--bit", "1", "--out", "/proc/bit.png"],
        ["evaluate", "--folder", "none", "--out", "/proc/report.html"],
        ["models", "export", "none", "/proc/none.fsmodel"],
    ],
)
def test_an_output_that_cannot_be_written_is_refused_first(cli: Cli, words: list[str]) -> None:
    assert f"“{words[-1]}” cannot be used. Its folder cannot be written to." in cli.refusal(*words)


# Samples, bugs, pipes.


def test_demo_photos_draws_what_index_understands(cli: Cli, tmp_path: Path) -> None:
    drawn = cli.json("demo-photos", tmp_path / "samples", "--per-dish", "1", "--seed", "5")
    assert drawn["photos"] == len(DISHES)
    assert len(list((tmp_path / "samples").rglob("*.jpg"))) == len(DISHES)


def test_a_bug_is_one_line_and_a_log(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("oven")

    monkeypatch.setattr("engine.console.listing.methods", broken)
    err = cli.refusal("methods")
    assert "FoodSearch has a bug (KeyError: 'oven')" in err
    log = cli.home / "log" / "foodsearch-cli.log"
    assert str(log) in err
    assert "Traceback" in log.read_text()
    code, _, err = cli.run("methods", "--debug")
    assert code == 1
    assert "Traceback" in err


def test_folders_that_cannot_be_used_are_no_bug(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise InputError("FS-002", name="home", reason="it is locked", advice="Unlock it.")

    monkeypatch.setattr("engine.console.invocation.ModelStore", refuse)
    assert "It is locked" in cli.refusal("methods")


def test_help_is_quick_and_without_numpy() -> None:
    program = (
        "import sys, engine.cli as cli\n"
        "try:\n    cli.main(['--help'])\n"
        "except SystemExit:\n    print({'numpy', 'torch', 'PIL', 'sqlite3'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.startswith("usage: foodsearch-cli")
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("command", [["index"], ["models", "export"], ["search"], ["evaluate"]])
def test_every_command_has_help_with_the_common_options(command: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert all(option in text for option in ("--home DIR", "--json", "--version"))


@contextmanager
def started(
    *words: object, home: Path, stdin: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """The program itself in a process of its own; its pipes are closed at the end."""
    command = [sys.executable, "-m", "engine", *map(str, words), "--home", str(home)]
    with subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    words = ("demo-photos", tmp_path / "x", "--per-dish", "1", "--json")
    with started(*words, home=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1


# Interruption.


def wait_for(process: subprocess.Popen[str], is_it: Callable[[Result], bool]) -> Result:
    """Read events until the one that is waited for."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if is_it(event):
            return dict(event)
    raise AssertionError("the program ended without it")


def codes_of(cli: Cli) -> dict[str, str]:
    """The code of every photo of the library, by path."""
    from engine.library.libraries import open_library
    from engine.models.store import ModelStore
    from engine.paths import Paths

    paths = Paths.resolve(cli.home)
    key = ModelStore(paths).get().key
    with open_library(paths, read_only=True) as catalogue:
        ids = catalogue.ids()
        codes = catalogue.codes(key, ids)
        names = [str(record.path) for record in catalogue.photos(ids)]
    return {name: code.tobytes().hex() for name, code in zip(names, codes, strict=True)}


def test_sigterm_keeps_what_is_done(tmp_path: Path) -> None:
    with started("demo-photos", tmp_path / "x", "--json", home=tmp_path) as process:
        wait_for(process, lambda event: event.get("done", 0) >= 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
    drawn = list((tmp_path / "x").rglob("*"))
    assert 2 <= len([path for path in drawn if path.suffix == ".jpg"]) < 100
    assert not [path for path in drawn if path.suffix == ".part"]


def test_stopped_in_the_middle_and_started_again_gives_the_same(
    cli: Cli, filled: Cli, photos: Path
) -> None:
    command = ("index", photos, "--model", "starter-64", "--batch-size", "2", "--json")
    with started(*command, home=cli.home) as process:
        wait_for(process, lambda event: event.get("stage") == "Indexing" and event["done"] >= 4)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        rest = [json.loads(line) for line in process.stdout.read().splitlines()]
        assert process.wait(60) == 130
    assert rest[-1]["event"] == "stopped"
    assert "Run the same command again" in rest[-1]["message"]
    before = cli.json("status")["models"][0]
    assert 4 <= before["indexed"] < before["total"] == 20
    after = cli.json("index")
    assert after["encoded"] == 20 - before["indexed"]
    assert after["indexed"] == 20
    assert codes_of(cli) == codes_of(filled)


def test_a_second_signal_ends_at_once(cli: Cli, photos: Path) -> None:
    with started("index", photos, "--json", home=cli.home) as process:
        wait_for(process, lambda event: event.get("stage") == "Loading the model")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "Stopping" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert cli.json("index")["indexed"] == 20


@pytest.mark.slow
def test_killed_without_warning_loses_nothing_stored(cli: Cli, photos: Path) -> None:
    with started("index", photos, "--batch-size", "1", "--json", home=cli.home) as process:
        wait_for(process, lambda event: event.get("stage") == "Indexing" and event["done"] >= 4)
        process.kill()
        process.wait(10)
    assert (cli.home / "data" / "libraries" / "Home" / CATALOGUE).is_file()
    assert cli.json("index")["indexed"] == 20


# Real photos.


@pytest.mark.realdata
@pytest.mark.slow
def test_photos_as_people_have_them_are_all_indexed_and_find_themselves(
    cli: Cli, photo_collections: Path
) -> None:
    queries = photo_collections / "queries"
    files = sorted(path for path in queries.iterdir() if path.is_file())
    done = cli.json("index", queries)
    assert (done["indexed"], done["photos"], done["problems"]) == (len(files), len(files), 0)
    for path in files:
        first = cli.json("search", path, "--top", "1")["hits"][0]
        assert (first["path"], first["distance"]) == (str(path), 0)
