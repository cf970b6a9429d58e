"""The protocol of FoodHash (ACM TOMM 2026) on Food-101: our mAP@1000 beside the paper's.

    python benchmarks/food101.py --data food-101 --work DIR --out docs/results/food101.csv \
        --download

``--data`` holds ``images/<class>/*.jpg``. Of each class 30 photos are queries, 120 are trained on,
and all but the queries are the gallery; the draw is seeded and kept in ``DIR/splits.csv``. Every
method gets the recipe of FoodHash's paper (ViT-B/16 with ImageNet-21k weights, Adam, 1e-5, batch
128, 150 epochs), as in its comparison, and its own options from its own paper; ``--set`` changes
the recipe for all, ``method:name=value`` in ``--methods`` for one. ``dpn_vit`` is the paper's
baseline, FoodHash without AIP, CFM, S-cross-entropy and moving targets but with the same head over
all tokens; ``dpn`` hashes the class token, as ``foodhash:network.head=cls`` does. The ViT wants a
graphics card; ``--set amp=auto`` computes in reduced precision there, the paper in single.

A row a run, as from ``benchmarks/methods.py``, resumable like it; the columns ``map`` and
``map_expected`` are cut at 1000. Unlike the paper, the best epoch is chosen on photos held back
from the 120 (``--set validation_share=0`` trains on all of them and keeps the last epoch).
``--download`` fetches weights, never photos.
"""

from __future__ import annotations

import argparse
import csv
import io
import shlex
import statistics
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from methods import Job, add_options, plan, words, work_through

from engine.errors import EngineError
from engine.evaluation.splits import COLUMNS as SPLIT_COLUMNS
from engine.networks.backbone import create_backbone
from engine.photos import is_photo_name
from engine.storage import atomic_write
from engine.training.config import PAPER, assign, list_presets, load_preset

RECIPE_OF = "foodhash"
BASELINE = "dpn_vit"
BITS = (16, 32, 48, 64)
# mAP@1000 in percent. Only these are of ViT-B/16; the baseline is that of Table 4, head unknown.
PAPER_FIGURES = {
    "foodhash": (72.9, 76.0, 76.4, 77.4),
    BASELINE: (71.6, 74.8, 75.6, 76.2),
    "dpn": (71.6, 74.8, 75.6, 76.2),
}
# Of other, mostly weaker backbones (the paper's DPN has 26.5 to 43.9 on AlexNet).
PAPER_ELSEWHERE = {
    "csq": (52.0, 60.2, None, 63.1),
    "dbdh": (12.1, 18.8, 19.8, 19.6),
    "dch": (21.2, 25.9, 23.9, 22.8),
    "dfh": (8.0, 15.7, 18.8, 23.8),
    "dpsh": (10.7, 19.2, 24.3, 27.3),
    "dshsd": (20.7, 27.9, 29.3, 30.5),
    "greedyhash": (22.6, 31.1, 34.9, 36.0),
    "hashnet": (14.0, 23.2, 27.0, 29.6),
    "hybridhash": (35.1, 45.2, 50.9, 53.6),
    "idhn": (15.7, 21.8, 27.5, 30.6),
    "qsmih": (19.7, 23.2, 25.6, 27.1),
}


class PaperJob(Job):
    """One row: a method under the recipe of FoodHash's comparison."""

    map_at: ClassVar[int | None] = 1000

    def settings(self, arguments: argparse.Namespace) -> dict[str, Any]:
        """Return the settings of its training."""
        settings: dict[str, Any] = {
            **load_preset(PAPER, RECIPE_OF),
            "network": {},
            "criterion": {},
            **own_options(self.method),
            "method": RECIPE_OF if self.method == BASELINE else self.method,
            "num_bits": self.bits,
            "seed": self.seed,
            "epochs": arguments.epochs,
            "backbone": arguments.backbone,
            "input_size": arguments.input_size,
        }
        for assignment in (*arguments.set, *self.options.split()):
            assign(settings, assignment)
        return settings

    def command(self, arguments: argparse.Namespace) -> str:
        """Return the call that makes this row alone."""
        call = ["python", "benchmarks/food101.py", "--data", arguments.data.name]
        return shlex.join([*call, "--backbone", arguments.backbone, *self.words(arguments)])


def main(argv: list[str] | None = None) -> None:
    """Do what is not in the table yet, then compare it with the paper."""
    arguments = parse(argv)
    try:
        if not arguments.split.exists():
            counts = make_split(arguments)
            print(f"{arguments.split}: {counts}", file=sys.stderr)
        if not arguments.weights:  # better now than after the photos are read
            create_backbone(arguments.backbone, weights="pretrained", download=arguments.download)
        work_through(plan(arguments, PaperJob), arguments)
    except (EngineError, ValueError) as error:
        sys.exit(str(error))
    print(compare(arguments))


def own_options(method: str) -> dict[str, Any]:
    """Return what the preset of a method's own paper says of its network and its loss."""
    if method == BASELINE:
        head = load_preset(PAPER, RECIPE_OF)["network"]["head"]
        loss = {"class_weight": 0.0, "target_update": "off"}
        return {"network": {"head": head, "fuse": False}, "criterion": loss}
    own = load_preset(PAPER, method) if PAPER in list_presets(method) else {}
    return {table: own[table] for table in ("network", "criterion") if table in own}


def make_split(arguments: argparse.Namespace) -> dict[str, int]:
    """Draw queries and training photos of each class, and write them down.

    Raises:
        ValueError: There are no classes, or one of too few photos.
    """
    images = arguments.data / "images"
    folders = sorted(folder for folder in images.glob("*") if folder.is_dir())
    if not folders:
        raise ValueError(f"{images} has no folders: --data must hold images/<class>/*.jpg")
    rng = np.random.default_rng(arguments.split_seed)
    sizes = {"query": arguments.queries, "train": arguments.train}
    rows: list[tuple[str, str, str]] = []
    for folder in folders:
        photos = sorted(file.name for file in folder.iterdir() if is_photo_name(file.name))
        if len(photos) <= sum(sizes.values()):
            raise ValueError(f"{folder} has {len(photos)} photos, too few for {sizes}")
        splits = [split for split, size in sizes.items() for _ in range(size)]
        splits += ["database"] * (len(photos) - len(splits))
        drawn = dict(zip(rng.permutation(photos).tolist(), splits, strict=True))
        rows += [(f"images/{folder.name}/{name}", folder.name, drawn[name]) for name in photos]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([SPLIT_COLUMNS, *rows])
    arguments.split.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(arguments.split) as file:
        file.write(text.getvalue().encode("utf-8", "surrogateescape"))
    drawn_splits = [split for _, _, split in rows]
    return {split: drawn_splits.count(split) for split in (*sizes, "database")}


def compare(arguments: argparse.Namespace) -> str:
    """Return a line a method and length: our figure over the seeds, and the paper's."""
    found: dict[tuple[str, str, int], list[float]] = {}
    with arguments.out.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["dataset"] == arguments.dataset and int(row["epochs"]) in (0, arguments.epochs):
                key = (row["method"], row["options"], int(row["bits"]))
                found.setdefault(key, []).append(100 * float(row["map"]))
    lines = [f"mAP@1000 in percent, {arguments.backbone}, {arguments.epochs} epochs"]
    lines.append(f"{'method':<40} bits  seeds   mean  spread  paper")
    for (method, options, bits), figures in sorted(found.items()):
        name = ":".join([method, *options.split()])
        spread = f"{statistics.stdev(figures):6.2f}" if len(figures) > 1 else f"{'-':>6}"
        mean = statistics.mean(figures)
        said = paper_figure(method, bits)
        lines.append(f"{name:<40} {bits:>4}  {len(figures):>5}  {mean:>5.1f}  {spread}  {said}")
    lines.append("* measured by the paper on another backbone")
    return "\n".join(lines)


def paper_figure(method: str, bits: int) -> str:
    """Return the paper's figure, with a star if it is of another backbone."""
    alike, other = PAPER_FIGURES.get(method), PAPER_ELSEWHERE.get(method)
    figures = alike or other
    if figures is None or bits not in BITS or figures[BITS.index(bits)] is None:
        return "    -"
    return f"{figures[BITS.index(bits)]:>5.1f}{'' if alike else '*'}"


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Return the options."""
    recipe = load_preset(PAPER, RECIPE_OF)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="holds images/<class>/*.jpg")
    parser.add_argument("--split", type=Path, help="file of splits (splits.csv of --work)")
    parser.add_argument("--split-seed", type=int, default=0, help="of its draw (0)")
    parser.add_argument("--queries", type=int, default=30, help="photos of a class (30)")
    parser.add_argument("--train", type=int, default=120, help="photos of a class (120)")
    parser.add_argument("--download", action="store_true", help="fetch weights if missing")
    parser.add_argument("--methods", type=words, default=[RECIPE_OF, BASELINE])
    add_options(parser)
    parser.set_defaults(
        bits=list(BITS),
        backbone=recipe["backbone"],
        input_size=recipe["input_size"],
        epochs=recipe["epochs"],
    )
    arguments = parser.parse_args(argv)
    arguments.data = arguments.root = arguments.data.absolute()
    arguments.split = (arguments.split or arguments.work / "splits.csv").absolute()
    arguments.dataset = arguments.data.name
    if arguments.backbone != recipe["backbone"]:  # its rows are no others' repetition
        arguments.dataset += f"-{arguments.backbone}"
    return arguments


if __name__ == "__main__":
    main()
