"""The options of ``foodsearch-cli train`` and ``runs``."""

from __future__ import annotations

from typing import Any

from engine.console.options import (
    add_command,
    add_computing_options,
    add_library_option,
    not_negative,
    positive,
)


def add_training(commands: Any) -> None:
    """Add the command that trains."""
    train = add_command(
        commands,
        "train",
        "training:train",
        "train a model on labelled photos",
        "  foodsearch-cli train ~/Pictures/dishes --name my-meals\n"
        "  foodsearch-cli train food --name food-16 --method csq --bits 16 --preset thorough\n"
        "  foodsearch-cli train --split food10/splits.csv --name test --preset paper\n"
        "  foodsearch-cli train ~/Pictures/dishes --check      what it would meet and cost\n"
        "  foodsearch-cli train --resume my-meals\n\n"
        "Each dish has a folder of its own, named after it. Ctrl-C is safe: what is learned is\n"
        "kept, --resume goes on, and --keep-best ends it with the best model so far.\n"
        "Several cards: torchrun --nproc-per-node=2 -m engine train ...",
    )
    train.add_argument("folder", nargs="?", metavar="FOLDER", help="folder of labelled photos")
    train.add_argument("--name", metavar="NAME", help="name of the new model")
    train.add_argument(
        "--split",
        metavar="LABELS.csv",
        help="photos and labels: path,label; with a column split those of the split train",
    )
    train.add_argument(
        "--judgements",
        action="store_true",
        default=None,
        help="learn from the good matches of a library",
    )
    add_library_option(train)
    train.add_argument(
        "--check",
        action="store_true",
        default=None,
        help="only tell what is wrong with the photos, how long it takes, and the memory it needs",
    )
    train.add_argument("--method", metavar="M", help="hashing method (dpn); see methods")
    train.add_argument("--backbone", metavar="B", help="feature extractor; see backbones")
    train.add_argument("--bits", type=positive, metavar="K", help="length of the code (64)")
    train.add_argument("--epochs", type=positive, metavar="N", help="passes over the photos")
    train.add_argument(
        "--from",
        dest="parent",
        metavar="MODEL",
        help="start from this model (the weights of the backbone)",
    )
    train.add_argument(
        "--preset",
        metavar="P",
        help="quick, balanced, thorough, paper, FILE.toml (balanced)",
    )
    train.add_argument("--seed", type=not_negative, metavar="S", help="seed (0)")
    train.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another setting, e.g. lr=1e-4, network.head=mean (repeatable)",
    )
    train.add_argument("--weights", metavar="FILE|none", help="weights of the backbone")
    train.add_argument("--download", action="store_true", help="fetch its weights if missing")
    earlier = train.add_mutually_exclusive_group()
    earlier.add_argument("--resume", metavar="RUN", help="go on with an interrupted training")
    earlier.add_argument("--keep-best", metavar="RUN", help="install the best of a stopped one")
    earlier.add_argument("--discard", metavar="RUN", help="delete a stopped training")
    add_computing_options(train, batch=False)
    train.add_argument("--workers", type=positive, metavar="N", help="threads for photos")
    train.add_argument(
        "--attached",
        action="store_true",
        help="obey the lines pause, resume and stop on stdin; stop where stdin ends",
    )


def add_runs(commands: Any) -> None:
    """Add the command that lists trainings."""
    add_command(
        commands,
        "runs",
        "runs:list_trainings",
        "list the trainings and how far they are",
        "  foodsearch-cli runs\n  foodsearch-cli train --resume my-meals",
    )
