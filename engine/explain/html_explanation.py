"""The page of a search as one HTML file with its pictures inside. No script, nothing fetched."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

from PIL import Image

from engine.errors import InputError
from engine.evaluation.html_page import heading, page, paragraph
from engine.explain.legend import Legend
from engine.explain.report import ExplanationPage, ShownPhoto
from engine.storage import atomic_write

_QUALITY = 82
_STEP = 17  # of 256 colours: 16 of them make a smooth bar
_STYLE = (
    "<style>.maps td,.maps th{text-align:center;vertical-align:top;padding:.3rem}"
    ".maps img{max-width:200px;height:auto;border-radius:6px}"
    ".maps td:first-child,.maps th:first-child{text-align:left;min-width:11rem}"
    ".bar{height:.7rem;margin:.5rem 0 .1rem;border:1px solid var(--soft)}"
    ".ends{display:flex;justify-content:space-between;font-size:.8rem;font-weight:400}"
    ".ends span:last-child{text-align:right}</style>"
)


def write_explanation(shown: ExplanationPage, target: Path) -> None:
    """Write the page of a search.

    Args:
        shown: What is written.
        target: The file, which is replaced.

    Raises:
        InputError: FS-002, the file cannot be written.
    """
    try:
        with atomic_write(target) as file:
            file.write(explanation_html(shown).encode("utf-8", "replace"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            "FS-002", name=str(target), reason=reason, advice="Choose another place."
        ) from error


def explanation_html(shown: ExplanationPage) -> str:
    """Return the whole document."""
    head = "".join(f'<th scope="col">{escape(photo.title)}</th>' for photo in shown.photos)
    rows = "".join(
        f'<tr><th scope="row">{escape(title)}{_bar(legend)}</th>'
        + "".join(_cell(photo, place, title) for photo in shown.photos)
        + "</tr>\n"
        for place, (title, legend) in enumerate(zip(shown.rows, shown.legends, strict=True))
    )
    table = (
        f'<div class="scroll"><table class="maps"><thead><tr><th></th>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table></div>"
    )
    body = [
        _STYLE,
        heading(1, shown.title),
        *(paragraph(fact, "soft") for fact in shown.facts),
        table,
        heading(2, "How to read the maps"),
        *map(paragraph, shown.notes),
    ]
    return page(shown.title, body)


def _cell(photo: ShownPhoto, place: int, row: str) -> str:
    words, picture = photo.words[place], photo.pictures[place]
    if picture is None:
        return f"<td>{escape(photo.name)}: cannot be read now</td>"
    named = escape(f"{row}: {photo.name}, {words}" if place else photo.name)
    return f'<td><img src="{_data_uri(picture)}" alt="{named}"><br>{escape(words)}</td>'


def _bar(legend: Legend | None) -> str:
    """Return the bar of a row's colours, with the words below it."""
    if legend is None or legend.colours is None:
        return ""
    stops = ",".join(f"rgb{tuple(colour)}" for colour in legend.colours[::_STEP].tolist())
    ends = (
        f"<span>{escape(word)}<br>{escape(value)}</span>"
        for word, value in zip(legend.words, legend.values, strict=True)
    )
    return (
        f'<div class="bar" style="background:linear-gradient(to right,{stops})"></div>'
        f'<div class="ends">{"".join(ends)}</div>'
    )


def _data_uri(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
