"""The options of ``foodsearch-cli``; commands are named here and imported when one is run."""

from __future__ import annotations

import argparse
from typing import Any

from engine.console.explain_parser import add_explain
from engine.console.options import (
    add_command,
    add_common,
    add_computing_options,
    add_library_option,
    limit,
    not_negative,
    photo,
    positive,
    requirement,
)
from engine.console.training_parser import add_runs, add_training
from engine.console.usage import Parser

_EPILOG = """examples:
  foodsearch-cli index ~/Pictures/meals       scan a folder and encode its photos
  foodsearch-cli search lunch.jpg --top 10    the ten most similar photos
  foodsearch-cli explain lunch.jpg --bit 7 --out bit-7.png
  foodsearch-cli status                       what the library holds
  foodsearch-cli demo-photos samples          no photos at hand? draw some

COMMAND --help tells more. With --json, each line of the output is a JSON object, the last one
the result. Exit codes: 0 done, 1 a problem you can solve, 2 wrong usage, 130 interrupted."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="foodsearch-cli",
        description="Find the meal photos that look like this one, in your own library.",
        epilog=_EPILOG,
    )
    add_common(parser, home=None, json=False, debug=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_library_commands,
        _add_search_commands,
        add_explain,
        add_training,
        add_runs,
        _add_model_commands,
        _add_listings,
    ):
        add(commands)
    return parser


def _add_library_commands(commands: Any) -> None:
    index = add_command(
        commands,
        "index",
        "library:index",
        "scan folders and encode their photos; again: only what changed",
        "  foodsearch-cli index ~/Pictures/meals\n"
        "  foodsearch-cli index                          rescan the folders of the library\n"
        "  foodsearch-cli index /data/food --library Lab --model starter-64 --json\n\n"
        "Ctrl-C is safe: what is done is kept, and the next run does the rest.",
    )
    index.add_argument("folders", nargs="*", metavar="FOLDER", help="folder of photos")
    add_library_option(index)
    index.add_argument(
        "--model", metavar="ID", help="model to encode with (the one it is indexed with)"
    )
    index.add_argument(
        "--remove-missing",
        action="store_true",
        help="forget missing photos also where most of a folder is gone",
    )
    add_computing_options(index)
    for name, run, text in (
        ("status", "library:status", "show what a library holds and how far it is indexed"),
        ("problems", "library:problems", "list the files that could not be used, with the reason"),
        ("forget", "library:forget", "take folders out of a library; no file is touched"),
    ):
        parser = add_command(commands, name, run, text)
        add_library_option(parser)
        if name == "problems":
            parser.add_argument("--all", action="store_true", help="also the ignored ones")
        if name == "forget":
            parser.add_argument("folders", nargs="+", metavar="FOLDER", help="folder")


def _add_search_commands(commands: Any) -> None:
    search = add_command(
        commands,
        "search",
        "retrieval:search",
        "find the photos most similar to a photo",
        "  foodsearch-cli search lunch.jpg\n"
        "  foodsearch-cli search lunch.jpg --top 5 --radius 16 --folder ~/Pictures/2024\n"
        "  foodsearch-cli search lunch.jpg --flip 7 --require 12=1 --ignore 40 --json\n"
        "  foodsearch-cli search lunch.jpg --rerank margins\n"
        "  foodsearch-cli search lunch.jpg dinner.jpg --json     one event a photo, then all\n"
        "  foodsearch-cli search lunch.jpg dinner.jpg --join     what resembles both\n\n"
        "Starting takes some seconds, in which the network is loaded; the search itself takes\n"
        "milliseconds. Name several photos in one call, or use the window, which stays loaded.\n"
        "Why a photo was found: --json names the bits that differ, --report shows them.",
    )
    search.add_argument(
        "photos",
        nargs="+",
        type=photo,
        metavar="PHOTO",
        help="the photo to search with, or several",
    )
    add_library_option(search)
    search.add_argument(
        "--model", metavar="ID", help="model to search with (the one it is indexed with)"
    )
    search.add_argument("--top", type=positive, default=20, metavar="N", help="how many (20)")
    search.add_argument(
        "--radius", type=not_negative, metavar="R", help="only up to this Hamming distance"
    )
    search.add_argument("--folder", metavar="DIR", help="only photos below this folder")
    search.add_argument(
        "--flip",
        action="append",
        default=[],
        type=not_negative,
        metavar="BIT",
        help="invert a bit of the photo's code (repeatable)",
    )
    search.add_argument(
        "--require",
        action="append",
        default=[],
        type=requirement,
        metavar="BIT=0|1",
        help="only photos whose code has this bit (repeatable)",
    )
    search.add_argument(
        "--ignore",
        action="append",
        default=[],
        type=not_negative,
        metavar="BIT",
        help="leave a bit out of every distance (repeatable)",
    )
    search.add_argument(
        "--rerank",
        choices=("margins",),
        help="order the nearest 1000 photos by how sure the photo's own bits are",
    )
    search.add_argument(
        "--join", action="store_true", help="search with several photos as one: what they share"
    )
    search.add_argument(
        "--report",
        metavar="HTML",
        help="page to write: the first matches, and where the bits come from",
    )
    search.add_argument(
        "--duplicates",
        action="store_true",
        help="show near duplicates too; only label-free models such as starter-64 know them",
    )
    add_computing_options(search, batch=False)
    _add_evaluate(commands)


def _add_evaluate(commands: Any) -> None:
    evaluate = add_command(
        commands,
        "evaluate",
        "evaluating:evaluate",
        "measure how well a model retrieves",
        "  foodsearch-cli evaluate --split food10/splits.csv --map-at 1000 --out report.html\n"
        "  foodsearch-cli evaluate --folder ~/Pictures/dishes --out report.html\n"
        "  foodsearch-cli evaluate --folder dishes --model my-meals --compare dishes-64\n"
        "  foodsearch-cli evaluate --judgements --model my-meals\n\n"
        "SPLITS.csv has the columns path, label and split; a split is query, train or database,\n"
        "and photos to train on belong to the gallery too. Of a folder with a sub-folder for each\n"
        "dish a fifth of the photos is drawn as queries. Judgements are the marks “Good match”\n"
        "and “Not a match” of a library; photos that nobody judged are left out.",
    )
    evaluate.add_argument("--model", metavar="ID", help="model (the default one)")
    evaluate.add_argument(
        "--compare", metavar="ID", help="a second model: whether it does better on the same photos"
    )
    task = evaluate.add_mutually_exclusive_group(required=True)
    task.add_argument("--split", metavar="SPLITS.csv", help="measure on a file of splits")
    task.add_argument("--folder", metavar="DIR", help="measure on a folder with labelled photos")
    task.add_argument(
        "--judgements", action="store_true", help="measure on what was judged in the library"
    )
    add_library_option(evaluate)
    evaluate.add_argument(
        "--root", metavar="DIR", help="what the paths of SPLITS.csv are relative to (its folder)"
    )
    evaluate.add_argument(
        "--seed", type=not_negative, default=0, metavar="S", help="of the draw from a folder (0)"
    )
    evaluate.add_argument(
        "--map-at",
        type=limit,
        metavar="K|all",
        help="length of the list that counts for mAP (all)",
    )
    evaluate.add_argument(
        "--normalizer",
        choices=("retrieved", "total"),
        default="retrieved",
        help="divide AP by the relevant items retrieved, or by all that fit the list",
    )
    evaluate.add_argument(
        "--learned",
        metavar="FILE",
        help="learned_codes.safetensors of the model's training, to be scored beside encoded codes",
    )
    evaluate.add_argument(
        "--out", metavar="REPORT", help="also write a page (.html), .md or .json file"
    )
    add_computing_options(evaluate)


def _add_model_commands(commands: Any) -> None:
    text = "list, show, import, export or remove models"
    models = add_command(commands, "models", "models:list_models", text)
    actions = models.add_subparsers(title="actions", metavar="ACTION")
    add_command(actions, "list", "models:list_models", "list the models")
    for name, run, text in (
        ("show", "models:show", "show all that is known of a model"),
        ("export", "models:export", "write a model to a .fsmodel file"),
        ("remove", "models:remove", "take a model away (restore brings it back)"),
        ("restore", "models:restore", "bring a removed model back"),
        ("default", "models:set_default", "choose the model used where none is named"),
    ):
        action = add_command(actions, name, run, text)
        action.add_argument("id", metavar="ID", help="the model's id")
        if name == "export":
            action.add_argument("file", metavar="FILE", help="where to write it")
            action.add_argument("--force", action="store_true", help="replace an existing file")
    action = add_command(
        actions,
        "name-bit",
        "models:name_bit",
        "give a bit of a model a name",
        '  foodsearch-cli models name-bit starter-64 17 "fried"\n'
        "  foodsearch-cli models name-bit starter-64 17      take its name away",
    )
    action.add_argument("id", metavar="ID", help="the model's id")
    action.add_argument("bit", metavar="BIT", type=not_negative, help="the bit, from 0 on")
    action.add_argument("name", metavar="NAME", nargs="?", default="", help="what it stands for")
    action = add_command(actions, "import", "models:import_model", "install a .fsmodel file")
    action.add_argument("file", metavar="FILE", help="the model")
    action.add_argument("--id", metavar="ID", help="install it under another id")
    action = add_command(
        actions, "duplicate", "models:duplicate", "install a model a second time, under a new name"
    )
    action.add_argument("id", metavar="ID", help="the model's id")
    action.add_argument("--name", metavar="NAME", required=True, help="name of the copy")
    add_command(
        actions,
        "tidy",
        "models:tidy",
        "free what the codes of models take that are not installed any more",
        "Codes outlive their model, so that restore costs nothing. This deletes them in every\n"
        "library; a model that is restored afterwards needs a new index.",
    ).add_argument("--dry-run", action="store_true", help="only tell how much it would free")


def _add_listings(commands: Any) -> None:
    add_command(commands, "libraries", "listing:libraries", "list the libraries")
    add_command(commands, "methods", "listing:methods", "list the hashing methods")
    backbones = add_command(
        commands,
        "backbones",
        "listing:backbones",
        "list the backbones a model can be built on",
        "  foodsearch-cli backbones --installed\n  foodsearch-cli backbones 'vit_small*'",
    )
    backbones.add_argument("pattern", nargs="?", default="", metavar="PATTERN", help="part of it")
    backbones.add_argument(
        "--installed", action="store_true", help="only those whose weights are on this computer"
    )
    demo = add_command(commands, "demo-photos", "listing:demo_photos", "draw a sample library")
    demo.add_argument("folder", metavar="FOLDER", help="where to put the drawings")
    demo.add_argument(
        "--per-dish", type=positive, default=20, metavar="N", help="pictures of each kind (20)"
    )
    demo.add_argument("--seed", type=not_negative, default=0, help="other drawings (0)")
