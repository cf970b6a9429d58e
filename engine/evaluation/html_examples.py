"""The photos of the HTML page: worst queries, confused dishes, and the map of the codes."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path, PurePath
from statistics import median
from typing import Any

from PIL import Image

from engine.errors import PhotoError
from engine.evaluation.html_page import card, paragraph
from engine.evaluation.svg_axes import WIDTH, drawing, number, shortened, text
from engine.evaluation.task_words import dish_name
from engine.photos import load_photo
from engine.wording import percent

SIDE = 88  # pixels of an embedded photo, 2 to 4 kB each
_QUALITY = 72
_HUES = 137.508  # degrees: neighbours in the list of dishes get colours far apart
_NAMED = 24  # dishes that are named on the map: more would cover it

Photos = Mapping[str, str]


def embed_photos(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the photos that the page shows as data URIs, by name; unreadable ones are absent."""
    root = Path(result["root"])
    found = {}
    for name in dict.fromkeys(_shown(result["examples"])):
        try:
            image = load_photo(root / name, min_side=SIDE).image
        except PhotoError:
            continue
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        image.save(file, "JPEG", quality=_QUALITY)
        found[name] = f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
    return found


def worst_cards(result: Mapping[str, Any], photos: Photos) -> list[str]:
    """Return a card for each of the worst queries, with what it found first."""
    cards = []
    for query in result["examples"]["worst"]:
        title = f"{dish_name(query['label'])}: AP {query['ap']:.3f}"
        hits = [
            _photo(
                hit["photo"],
                photos,
                f"{'✓' if hit['right'] else '✗'} {hit['distance']}",
                hit["label"],
                "right" if hit["right"] else "wrong",
            )
            for hit in query["hits"]
        ]
        asked = _photo(query["photo"], photos, "sought", query["label"], "asked")
        cards.append(card(title, f'<div class="strip">{asked}{"".join(hits)}</div>'))
    return cards


def confused_cards(result: Mapping[str, Any], photos: Photos) -> list[str]:
    """Return a card for each of the most confused pairs, with photos of both dishes."""
    cards = []
    for pair in result["examples"]["confused"]:
        dishes = f"{dish_name(pair['query'])} → {dish_name(pair['found'])}"
        title = f"{dishes}: {percent(pair['share'])} of the first places"
        rows = "".join(
            f'<div class="strip">{"".join(_photo(name, photos, caption, label) for name in names)}'
            "</div>"
            for names, caption, label in (
                (pair["query_photos"], "sought", pair["query"]),
                (pair["found_photos"], "found", pair["found"]),
            )
        )
        cards.append(card(title, rows))
    return cards


def map_card(result: Mapping[str, Any]) -> list[str]:
    """Return the map of the codes, if one was drawn."""
    found = result.get("map_of_codes")
    if not found:
        return []
    note = (
        f"t-SNE of {len(found['photos']):,} of {found['of']:,} photos by the distances of their "
        "codes. Photos near each other have similar codes; the size of a group and the distance "
        "between far groups mean nothing. Point at a dot to read its dish."
    )
    return [card("Map of the codes", paragraph(note, "note") + _map(found))]


def _map(found: Mapping[str, Any]) -> str:
    half = WIDTH / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return half + (half - 12) * x, half - (half - 12) * y

    dots = []
    for x, y, label in zip(found["x"], found["y"], found["label"], strict=True):
        left, top = place(x, y)
        hue = number(label * _HUES % 360)
        dots.append(
            f'<circle cx="{number(left)}" cy="{number(top)}" r="2.2" fill="hsl({hue} 65% 50%)">'
            f"<title>{escape(dish_name(found['labels'][label]))}</title></circle>"
        )
    names = []
    for row, label in enumerate(found["labels"][:_NAMED]):
        mine = [place for place, of in enumerate(found["label"]) if of == row]
        left, top = place(
            median(found["x"][dot] for dot in mine), median(found["y"][dot] for dot in mine)
        )
        names.append(text(left, top, shortened(dish_name(label), 90), "middle", "named"))
    return drawing("".join(dots + names), WIDTH, "Map of the codes", "One dot a photo")


def _photo(name: str, photos: Photos, caption: str, label: str, kind: str = "") -> str:
    """Return a photo with words below it; a sign and its frame tell whether it is right."""
    dish = dish_name(label)
    title = escape(f"{dish} · {PurePath(name).name}" if dish else PurePath(name).name)
    source = photos.get(name)
    picture = (
        f'<img src="{source}" alt="{title}">'
        if source
        else f"<span>{escape(PurePath(name).name)}</span>"
    )
    return (
        f'<div class="photo {kind}" title="{title}">{picture}'
        f"<p>{escape(caption)}</p><p>{escape(dish)}</p></div>"
    )


def _shown(examples: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for query in examples["worst"]:
        yield query["photo"]
        yield from _names(query["hits"])
    for pair in examples["confused"]:
        yield from pair["query_photos"]
        yield from pair["found_photos"]


def _names(hits: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (hit["photo"] for hit in hits)
