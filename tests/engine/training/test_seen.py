"""Whether a model is measured on what it has learned from."""

from __future__ import annotations

from pathlib import Path

from engine.evaluation.splits import read_splits
from engine.evaluation.tasks import folder_task
from engine.paths import Paths
from engine.training.seen import has_seen
from tests.engine.training.runs import begin, complete, draw_photos


def test_photos_that_are_only_searched_in_may_have_been_learned_from(
    paths: Paths, tmp_path: Path
) -> None:
    """As in the protocols of the papers, whose gallery holds the photos of the training."""
    meals = tmp_path / "meals"
    learned, others = draw_photos(meals / "learned"), draw_photos(meals / "others")
    model = complete(paths, begin(paths, learned, epochs=1)).model
    rows = [f"others/{place.parent.name}/{place.name},x,query" for place in others.rglob("*.png")]
    rows += [f"learned/bowl/{place.name},x,database" for place in (learned / "bowl").iterdir()]
    table = meals / "splits.csv"
    table.write_text("\n".join(["path,label,split", *rows]))
    assert not has_seen(paths, model, read_splits(table))
    assert not has_seen(paths, model, folder_task(others))
    assert has_seen(paths, model, folder_task(learned))
    assert has_seen(paths, model, folder_task(meals)), "some of the queries"


def test_a_table_tells_what_was_learned_from_wherever_it_lies(paths: Paths, tmp_path: Path) -> None:
    """Labels of judgements lie in the program's folder, and lists of photos anywhere."""
    learned, others = draw_photos(tmp_path / "meals"), draw_photos(tmp_path / "others")
    table = tmp_path / "tables" / "labels.csv"
    table.parent.mkdir()
    kept = sorted(learned.rglob("*.png"))
    rows = [f"{place},{place.parent.name},train" for place in kept if place.name != "00.png"]
    rows += [f"{place},{place.parent.name},query" for place in kept if place.name == "00.png"]
    table.write_text("\n".join(["path,label,split", *rows]))
    model = complete(paths, begin(paths, "", split=table, epochs=1)).model
    assert not has_seen(paths, model, read_splits(table))
    assert not has_seen(paths, model, folder_task(others))
    assert has_seen(paths, model, folder_task(learned))
    try:
        (tmp_path / "link").symlink_to(learned)
    except OSError:
        return  # this system has no links for everybody
    assert has_seen(paths, model, folder_task(tmp_path / "link"))
    table.unlink()
    assert not has_seen(paths, model, folder_task(learned)), "nothing is known any more"
