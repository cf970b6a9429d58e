"""``foodsearch-cli explain``: a picture of a bit, with numbers that add up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.demo import draw_dish
from engine.device import choose_device
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.search.encode import Encoder
from tests.e2e.test_cli import Cli

STARTER = ("--model", "starter-64")


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(tmp_path / "home", capsys)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "lunch.jpg"
    draw_dish("pizza", 1).resize((600, 400)).save(path, quality=90)
    return path


def test_a_bit_is_drawn_over_the_photo(cli: Cli, photo: Path, tmp_path: Path) -> None:
    target = tmp_path / "bit.png"
    told = cli.json("explain", photo, *STARTER, "--bit", 7, "--out", target)
    assert (told["bit"], told["kind"], told["model"]) == (7, "exact", "starter-64")
    assert told["sum"] + told["constant"] == pytest.approx(told["logit"], rel=1e-3, abs=1e-4)
    assert told["on"] == (told["logit"] > 0)
    assert told["picture"] == [600, 400]
    assert told["grid"] == [7, 7]
    assert "makes exactly this number" in told["caption"]
    drawn = Image.open(target)
    assert (drawn.format, drawn.width) == ("PNG", 600)
    assert drawn.height > 440, "with a title above and a legend below"
    lines = tmp_path / "lines.png"
    cli.json("explain", photo, *STARTER, "--bit", 7, "--contours", "--out", lines)
    assert not np.array_equal(np.asarray(drawn), np.asarray(Image.open(lines)))


def test_people_read_what_the_map_means(cli: Cli, photo: Path, tmp_path: Path) -> None:
    code, out, _ = cli.run("explain", photo, *STARTER, "--bit", 0, "--out", tmp_path / "a.png")
    assert code == 0
    assert out.startswith("Bit 0 is o")
    assert "does not tell" in " ".join(out.split())
    assert out.endswith("a.png\n")
    place = tmp_path / "x" / ".." / "b.png"
    place.parent.parent.mkdir()
    out = cli.run("explain", photo, *STARTER, "--bit", 0, "--out", place)[1]
    assert out.endswith(f"Wrote {tmp_path / 'b.png'}\n"), "without .."


def test_the_bit_is_that_of_a_search_and_bears_its_name(cli: Cli, tmp_path: Path) -> None:
    photo = tmp_path / "large.jpg"  # a decoder leaves out other pixels for a larger picture
    Image.effect_noise((3000, 2200), 90).convert("RGB").save(photo, quality=95)
    cli.json("models", "name-bit", "starter-64", 3, "noise")
    model = ModelStore(Paths.resolve(cli.home)).get("starter-64")
    logit = Encoder(model, choose_device("cpu")).encode_photo(photo).logits[3]
    told = cli.json("explain", photo, *STARTER, "--bit", 3, "--out", tmp_path / "a.png")
    assert told["logit"] == pytest.approx(float(logit), abs=1e-5)
    assert told["name"] == "noise"
    said = cli.run("explain", photo, *STARTER, "--bit", 3, "--out", tmp_path / "a.png")[1]
    assert said.startswith("Its name: noise.")
    assert "--kind occlusion" in said


def test_a_photo_and_itself_are_alike_in_every_bit(cli: Cli, photo: Path, tmp_path: Path) -> None:
    words = ["explain", photo, *STARTER, "--match", photo, "--out", tmp_path / "match.png"]
    told = cli.json(*words)
    assert (told["bit"], told["kind"]) == (None, "exact")
    assert told["logit"] > 0
    assert told["sum"] + told["constant"] == pytest.approx(told["logit"], rel=1e-3, abs=1e-4)
    code, _, said = cli.run(*words, "--kind", "gradient")
    assert code == 1
    assert "Maps of the kind gradient do not add up to a match" in said


def test_an_estimate_is_called_one(cli: Cli, photo: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    told = cli.json("explain", photo, *STARTER, "--bit", 1, "--kind", "gradient", "--out", target)
    assert told["kind"] == "gradient"
    assert told["caption"].startswith("An estimate")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["{photo}", *STARTER, "--bit", "64", "--out", "{folder}/a.png"],
            "The codes of starter-64 have",
        ),
        (["{photo}", "--bit", "1", "--out", "{folder}/a.jpg"], "Its ending is not .png"),
        (["{photo}", "--bit", "1", "--out", "{folder}/none/a.png"], "Its folder does not exist"),
        (["{folder}/none.jpg", "--bit", "1", "--out", "{folder}/a.png"], "none.jpg"),
        (["{photo}", "--bit", "1", "--model", "no", "--out", "{folder}/a.png"], "Known are"),
    ],
)
def test_mistakes_are_answered_with_one_sentence(
    cli: Cli, photo: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    filled = [word.format(photo=photo, folder=tmp_path) for word in words]
    assert reason in cli.refusal("explain", *filled)
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--attention"], "Nothing in this model looks at the photo as a whole"),
        (["--bit", "1", "--kind", "attention"], "This model offers: exact, gradient, occlusion."),
    ],
)
def test_what_a_model_does_not_have_is_said(
    cli: Cli, photo: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    code, out, _ = cli.run(
        "explain", photo, *STARTER, *words, "--out", tmp_path / "a.png", "--json"
    )
    event = json.loads(out.splitlines()[-1])
    assert (code, event["event"], event["code"]) == (1, "error", "FS-002")
    assert reason in event["message"]


@pytest.mark.parametrize(
    "words",
    [
        ["x.jpg", "--out", "a.png"],
        ["x.jpg", "--bit", "1", "--attention", "--out", "a.png"],
        ["x.jpg", "--bit", "1"],
        ["x.jpg", "--bit", "-1", "--out", "a.png"],
        ["x.jpg", "--bit", "1", "--out", "a.png", "--opacity", "2"],
    ],
)
def test_wrong_usage_exits_with_two(cli: Cli, words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.run("explain", *words)
    assert caught.value.code == 2
