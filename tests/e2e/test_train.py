"""The command ``train`` as people and scripts use it."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from engine.models.store import ModelStore
from engine.paths import Paths
from engine.training.run import Run
from foodsearch_gui.core.training_choices import TrainingChoices, make_request
from tests.e2e.test_cli import Cli, started, wait_for
from tests.engine.training.runs import draw_photos

SMALL = [
    *("--backbone", "test_efficientnet", "--weights", "none", "--set", "input_size=32"),
    *("--bits", "16", "--workers", "1"),
]
FLAT = (str, int, float, type(None))


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(tmp_path / "home", capsys)


@pytest.fixture(scope="module")
def meals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_photos(tmp_path_factory.mktemp("meals"))


def quick(meals: Path, name: str = "x", *more: object) -> list[object]:
    return ["train", meals, "--name", name, "--preset", "quick", "--epochs", 1, *SMALL, *more]


def test_a_model_is_trained_installed_and_ready(cli: Cli, meals: Path) -> None:
    result = cli.json(*quick(meals, "My Meals"))
    assert result.pop("left_out") == []
    assert all(isinstance(value, FLAT) for value in result.values())
    assert (result["model"], result["epochs"], result["best_epoch"]) == ("my-meals", 1, 1)
    assert 0 <= result["validation_map"] <= 1
    (model,) = [m for m in cli.json("models", "list")["models"] if m["id"] == "my-meals"]
    assert model["bits"] == 16
    assert cli.json("index", meals, "--model", "my-meals")["indexed"] == 27


def test_a_model_that_is_measured_on_what_it_learned_is_said_to(
    cli: Cli, meals: Path, tmp_path: Path
) -> None:
    """Also where another training came between, but not of what it has never seen."""
    others = draw_photos(tmp_path / "others")
    cli.json(*quick(meals))
    more = ("train", others, "--name", "y", "--from", "x", "--preset", "quick", "--workers", 1)
    assert cli.run(*more, "--epochs", 1)[0] == 0

    def told(folder: Path, model: str) -> str:
        code, _, err = cli.run("evaluate", "--folder", folder, "--model", model)
        assert code == 0
        return err

    warning = "“{}” has learned from these photos."
    assert warning.format("x") in told(meals, "x")
    assert warning.format("y") in told(meals, "y")
    assert warning.format("y") in told(others / ".." / "others", "y")
    assert "has learned" not in told(others, "x")
    assert "has learned" not in told(meals, "starter-64")


def test_every_epoch_is_an_event(cli: Cli, meals: Path) -> None:
    code, out, _ = cli.run(*quick(meals), "--epochs", 3, "--json")
    assert code == 0
    events = [json.loads(line) for line in out.splitlines()]
    ends = [event["epoch_end"] for event in events if "epoch_end" in event]
    assert [end["epoch"] for end in ends] == [1, 2, 3]
    assert all({"polarization", "total"} <= set(end["losses"]) for end in ends)


def test_people_are_told_the_figure_and_what_was_left_out(cli: Cli, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine")
    (folder / "bowl" / "03.png").write_bytes(b"no picture")
    code, out, err = cli.run(*quick(folder))
    assert code == 0
    assert "x is installed: 1 epoch in" in out
    assert "validation mAP 0." in out
    assert "index --model x" in out
    assert "dpn on Processor" in err
    assert err.splitlines()[:2] == [
        "Training x from random weights of test_efficientnet.",
        "Loading the model",
    ]
    assert "left out: bowl/03.png: This file is not a picture." in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere", "--name", "x"], "There is no such f"),
        (["MEALS", "--name", "x", "--method", "nope"], "no method named “nope”"),
        (["MEALS", "--name", "x", "--preset", "nope"], "no preset of dpn named “nope”"),
        (["MEALS", "--name", "x", "--backbone", "nope"], "no backbone named “nope”"),
        (["MEALS", "--name", "x", "--set", "rl=1"], "no setting named “rl”"),
        (["MEALS", "--name", "x", "--set", "lr=-1"], "“lr” cannot be used. It must be positive."),
        (
            ["MEALS", "--name", "x", "--set", "epochs=zero"],
            "“epochs” cannot be used. It cannot be 'zero', only a whole number.",
        ),
        (
            ["MEALS", "--name", "x", "--set", "augment=crops"],
            "It cannot be 'crops', only none or crop or resized_crop.",
        ),
        (["MEALS", "--name", "x", "--set", "lr"], "It is not like NAME=VALUE"),
        (["MEALS", "--name", "x", "--set", "network.typo=1"], "no option of dpn named “typo”"),
        (["MEALS", "--name", "x", "--from", "nope"], "no model named “nope”"),
        (["MEALS", "--name", "…"], "“…” cannot be used"),
        (["MEALS", "--name", "starter-64"], "A training or model named “starter-64” exists"),
        (["--resume", "nope"], "no run named “nope”"),
        (["--keep-best", "nope"], "no run named “nope”"),
        (["--discard", "nope"], "no run named “nope”"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    words: list[str], sentence: str, cli: Cli, meals: Path
) -> None:
    given = [str(meals) if word == "MEALS" else word for word in words]
    code, out, err = cli.run("train", *given)
    assert (code, out) == (1, "")
    assert sentence in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not list(cli.home.glob("data/runs/*"))
    error = json.loads(cli.run("train", *given, "--json")[1].splitlines()[-1])
    assert error["event"] == "error"
    assert error["code"].startswith("FS-")


def test_the_id_that_a_name_becomes_is_said(cli: Cli, meals: Path) -> None:
    err = cli.run(*quick(meals, "a/B"))[2]
    assert err.splitlines()[0] == "“a/B” becomes the model a-b."
    told = cli.refusal(*quick(meals, "A:b"))
    assert told.startswith("A training or model named “a-b” exists")


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ([], "the weights of tf_efficientnet_lite0, which know general pictures only"),
        (["--weights", "none"], "random weights of tf_efficientnet_lite0"),
        (["--weights", "x/../mine.pt"], "{here}/mine.pt, weights of tf_efficientnet_lite0"),
        (["--from", "starter-64"], "the model starter-64"),
    ],
)
def test_what_a_training_begins_from_is_said_before(
    cli: Cli, meals: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], start: str
) -> None:
    monkeypatch.chdir(cli.home.parent)
    # There is no such card, so that nothing more begins.
    code, _, err = cli.run("train", meals, "--name", "x", "--device", "cuda:99", *words)
    assert code == 1
    where = start.format(here=cli.home.parent)
    assert err.splitlines()[0] == f"Training x from {where}."
    assert not list(cli.home.glob("data/runs/*"))


def test_a_name_is_given_once(cli: Cli, meals: Path) -> None:
    cli.json(*quick(meals))
    assert "A training or model named “x” exists" in cli.refusal(*quick(meals))
    assert "has ended" in cli.refusal("train", "--resume", "x")
    cli.json("train", "--discard", "x")
    assert "exists" in cli.refusal(*quick(meals))  # the model is still there
    cli.run("models", "remove", "x")
    cli.json(*quick(meals))


def interrupt(cli: Cli, meals: Path) -> str:
    """Press Ctrl-C in the third epoch; return what is said then."""
    words = [*map(str, quick(meals)), "--epochs", "200", "--json"]
    with started(*words, home=cli.home) as process:
        wait_for(process, lambda event: event.get("epoch_end", {}).get("epoch") == 2)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        rest = [json.loads(line) for line in process.stdout.read().splitlines()]
        assert process.wait(60) == 130
    assert rest[-1]["event"] == "stopped"
    return str(rest[-1]["message"])


def test_interrupted_it_says_how_to_go_on_and_the_best_can_be_kept(cli: Cli, meals: Path) -> None:
    message = interrupt(cli, meals)
    assert "of 200 epochs" in message
    assert f"foodsearch-cli train --resume x --home {cli.home}" in message
    assert f"foodsearch-cli train --keep-best x --home {cli.home}" in message
    refused = cli.refusal("train", "--resume", "x", "--epochs", 3)
    assert "“--epochs” cannot be used" in refused
    assert "keeps its settings" in refused
    for words in (["--preset", "paper"], ["--seed", 0], ["--set", "lr=1"], ["--from", "y"]):
        refused = cli.refusal("train", "--keep-best", "x", *words)
        assert f"“{words[0]}” cannot be used" in refused
    with pytest.raises(SystemExit):
        cli.run("train", "--keep-best", "x", "--discard", "x")
    said = cli.run("train", "--keep-best", "x")[1]
    assert said.startswith("x is installed: validation mAP ")
    assert f"foodsearch-cli index --model x --home {cli.home}" in said
    assert "has ended" in cli.refusal("train", "--keep-best", "x")
    assert "“x” exists" in cli.refusal("train", meals, "--name", "x", "--check")


@pytest.mark.slow
def test_interrupted_it_can_be_resumed_or_discarded(cli: Cli, meals: Path) -> None:
    interrupt(cli, meals)
    description = cli.home / "data" / "runs" / "x" / "run.json"
    values = json.loads(description.read_text())
    log = description.with_name("log.jsonl")
    done = len(log.read_text().splitlines())
    values["config"]["epochs"] = done + 1
    description.write_text(json.dumps(values))
    code, _, err = cli.run("train", "--resume", "x")
    assert code == 0
    assert err.startswith(f"Going on with x after {done} of {done + 1} epochs.")
    cli.run("models", "remove", "x")
    assert cli.json("train", "--discard", "x") == {"discarded": "x"}
    assert not description.parent.exists()


def test_the_window_asks_for_what_the_command_line_asks_for(cli: Cli, meals: Path) -> None:
    cli.json(*quick(meals, "tiny"))
    words = ["--from", "tiny", "--preset", "quick", "--bits", 32, "--method", "csq"]
    code, out, _ = cli.run("train", meals, "--name", "mine", *words)
    assert code == 0
    assert "--model mine --compare tiny" in out.splitlines()[-1]
    paths = Paths.resolve(cli.home)
    asked = json.loads((paths.runs / "mine" / "run.json").read_text())
    choices = TrainingChoices(
        folder=str(meals), parent="tiny", name="mine", method="csq", num_bits=32, preset="quick"
    )
    request = make_request(choices, ModelStore(paths).get("tiny"))
    assert json.loads(json.dumps(dataclasses.asdict(request))) == asked


@pytest.mark.slow
def test_the_starter_can_be_trained_on(cli: Cli, meals: Path) -> None:
    words = ["--preset", "quick", "--epochs", 1, "--set", "input_size=64"]
    code, _, err = cli.run("train", meals, "--name", "mine", "--from", "starter-64", *words)
    assert code == 0
    assert "starts from “starter-64”" in err
    shown = cli.json("models", "show", "mine")
    assert (shown["parent"], shown["backbone"], shown["method"], shown["bits"]) == (
        *("starter-64", "tf_efficientnet_lite0", "dpn"),
        64,
    )


def test_unlabelled_photos_need_the_label_free_method(
    cli: Cli, meals: Path, tmp_path: Path
) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in meals.glob("*/*.png"):
        (flat / f"{file.parent.name}-{file.name}").write_bytes(file.read_bytes())
    assert "Too few photos" in cli.run(*quick(flat))[2]
    result = cli.json(*quick(flat), "--method", "itq")
    assert (result["epochs"], result["validation_map"]) == (0, None)


def check(meals: Path, *more: object) -> list[object]:
    return ["train", meals, "--check", "--preset", "quick", *SMALL, *more]


def test_a_check_tells_what_would_happen_and_starts_nothing(cli: Cli, meals: Path) -> None:
    code, out, _ = cli.run(*check(meals))
    assert code == 0
    assert "27 photos: 24 to train on, 3 held back to choose the epoch" in out
    assert "Nothing has to be mended." in out
    assert "MB" in out.splitlines()[-1]
    result = cli.json(*check(meals))
    assert (result["can_start"], result["findings"]) == (True, [])
    assert [entry["photos"] for entry in result["classes"]] == [9, 9, 9]
    assert result["seconds"] > 0
    assert result["bytes"] > 0
    assert cli.json("runs") == {"runs": []}


def test_a_check_that_finds_a_stop_ends_with_1(cli: Cli, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "mine", classes=("soup",))
    code, out, err = cli.run(*check(folder))
    assert code == 1
    assert "stop: Too few photos." in out
    assert "\n9 photos\n" in out
    assert "to train on" not in out
    assert "This training cannot start." in err
    code, out, _ = cli.run(*check(folder), "--json")
    *_, result, error = (json.loads(line) for line in out.splitlines())
    assert (code, result["event"], result["can_start"]) == (1, "result", False)
    assert (result["seconds"], result["findings"][0]["severity"]) == (None, "error")
    assert (error["event"], error["code"]) == ("error", "FS-521")


def test_a_check_tells_of_the_photos_where_only_the_weights_are_missing(
    cli: Cli, meals: Path, tmp_path: Path
) -> None:
    words = ["train", meals, "--check", *SMALL, "--weights", tmp_path / "nowhere.safetensors"]
    code, out, err = cli.run(*words)
    assert code == 1
    assert "27 photos" in out
    assert "nowhere.safetensors" in err


def test_a_file_of_labels_needs_no_splits(cli: Cli, meals: Path, tmp_path: Path) -> None:
    files = sorted(meals.glob("*/*.png"))
    rows = [f"{file},{'round' if file.parent.name == 'bowl' else 'square'}" for file in files]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(["path,label", *rows]))
    words = ["--split", table, "--name", "x", "--preset", "quick", "--epochs", 1, *SMALL]
    assert cli.json("train", *words)["model"] == "x"
    assert cli.json("models", "show", "x")["classes"] == ["round", "square"]
    assert "lacks the column split" in cli.refusal("evaluate", "--split", table)


def test_judgements_are_labels_too(cli: Cli, tmp_path: Path) -> None:
    from engine.library.libraries import open_library
    from engine.paths import Paths

    flat = tmp_path / "2024"
    flat.mkdir()
    for file in draw_photos(tmp_path / "drawn", each=12).glob("*/*.png"):
        shutil.copy(file, flat / f"{file.parent.name}-{file.name}")
    Image.new("RGB", (40, 40), "red").save(flat / "plain.png")
    words = ["train", "--judgements", "--preset", "quick", "--epochs", 1, *SMALL]
    assert "There is no library yet" in cli.refusal(*words, "--name", "x")
    cli.json("index", flat)
    assert "There are no judgements" in cli.refusal(*words, "--name", "x")
    with open_library(Paths.resolve(cli.home)) as catalogue:
        photos = {photo.path.stem: photo for photo in catalogue.photos(catalogue.ids())}
        for name, photo in photos.items():
            kind = name.partition("-")[0]
            if kind != "plain":
                asked = photos[f"{kind}-00"].content_hash
                catalogue.judge(asked, photo.id, True)
    result = cli.json(*words, "--check")
    assert [entry["name"] for entry in result["classes"]] == ["group 1", "group 2", "group 3"]
    assert result["photos"] == 36
    assert cli.json(*words, "--name", "x")["model"] == "x"
    assert "or leave FOLDER and --split out" in cli.refusal(*words, "--name", "y", flat)


def test_trainings_are_listed_with_how_far_they_are(cli: Cli, meals: Path) -> None:
    assert "There is no training yet" in cli.run("runs")[1]
    cli.json(*quick(meals, "done"))
    interrupt(cli, meals)
    broken = cli.home / "data" / "runs" / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{}")
    runs = {run["name"]: run for run in cli.json("runs")["runs"]}
    assert (runs["done"]["epochs"], runs["done"]["of"]) == (1, 1)
    assert (runs["done"]["state"], runs["broken"]["state"]) == ("finished", "damaged")
    assert (runs["x"]["state"], runs["x"]["of"]) == ("unfinished", 200)
    assert runs["x"]["epochs"] >= 2
    assert 0 <= runs["x"]["best"] <= 1
    with Run(cli.home / "data" / "runs" / "x").held():
        states = {run["name"]: run["state"] for run in cli.json("runs")["runs"]}
    assert states == {"done": "finished", "x": "running", "broken": "damaged"}
    lines = cli.run("runs")[1]
    assert f"{runs['x']['epochs']}/200" in lines
    assert f"train --resume NAME --home {cli.home}" in lines


def test_a_training_can_be_held_and_stopped_by_who_started_it(cli: Cli, meals: Path) -> None:
    words = [*map(str, quick(meals)), "--epochs", "500", "--json", "--attached"]
    with started(*words, home=cli.home, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        event = wait_for(process, lambda event: "training" in event)
        state = event["training"]
        assert {"epoch", "epochs", "batch", "batches", "best", "part", "lr"} <= set(state)
        assert "total" in state["losses"]
        process.stdin.write("pause\nresume\n")
        process.stdin.flush()
        wait_for(process, lambda event: event.get("epoch_end", {}).get("epoch", 0) >= 2)
        process.stdin.write("stop\n")
        process.stdin.flush()
        assert process.stdout is not None
        rest = [json.loads(line) for line in process.stdout.read().splitlines()]
        assert process.wait(60) == 130
    assert rest[-1]["event"] == "stopped"
    assert cli.json("train", "--keep-best", "x")["model"] == "x"


def test_a_training_ends_with_who_started_it_even_while_it_is_held(cli: Cli, meals: Path) -> None:
    words = [*map(str, quick(meals)), "--epochs", "500", "--json", "--attached"]
    with started(*words, home=cli.home, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        wait_for(process, lambda event: event.get("epoch_end", {}).get("epoch") == 1)
        process.stdin.write("pause\n")
        process.stdin.close()
        assert process.stdout is not None
        process.stdout.read()
        assert process.wait(60) == 130
    (run,) = cli.json("runs")["runs"]
    assert run["state"] == "unfinished"
    assert run["epochs"] >= 1
