"""Everything a model's manifest says, as a page in plain words."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import model_metrics, wording
from foodsearch_gui.core.model_metrics import MetricTable

if TYPE_CHECKING:
    from engine import Manifest, MethodInfo, ModelInfo

_NAMES_SHOWN = 40
CLASSES_LINK = "classes:"
MODEL_LINK = "model:"  # followed by an id


class Fact(NamedTuple):
    """A line of a card.

    Attributes:
        name: What is told.
        text: The fact.
        link: Address of a link behind the text, of this module's kinds; empty for none.
        caption: Of the link.
    """

    name: str
    text: str
    link: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Card:
    """What is on the card of a model.

    Attributes:
        model: What to describe.
        method: Its hashing method, None if this version does not know it.
        parent: The model it was trained from, if that is on this computer.
        speed: How fast it is here, in words.
        shows_classes: Whether all its classes are listed.
    """

    model: ModelInfo
    method: MethodInfo | None = None
    parent: ModelInfo | None = None
    speed: str = ""
    shows_classes: bool = False


def card_html(card: Card, secondary: str) -> str:
    """Return a card as HTML; every text of the manifest is escaped.

    Args:
        card: What is on it.
        secondary: Colour of the less important text.
    """
    manifest = card.model.manifest
    parts = [f"<h2>{html.escape(manifest.name)}</h2>"]
    parts += [f"<p>{_lines(text)}</p>" for text in manifest.description.split("\n\n") if text]
    if manifest.limits:
        parts.append(f"<p><b>{_e(_tr('Limits'))}</b> {_lines(manifest.limits)}</p>")
    parts.append(f"<h3>{_e(_tr('At a glance'))}</h3>")
    parts.append(facts_html(model_facts(card), secondary))
    tables = model_metrics.metric_tables(manifest.metrics)
    if tables:
        parts.append(f"<h3>{_e(_tr('Measured'))}</h3>")
        parts += [_metric_html(table, secondary) for table in tables]
        parts.append(f"<p style='color:{secondary}'>{_e(_metric_note())}</p>")
    parts.append(f"<h3>{_e(_tr('For reference'))}</h3>")
    parts.append(facts_html(reference_facts(card.model), secondary))
    return "".join(parts)


def model_facts(card: Card) -> list[Fact]:
    """Return what a user wants to know before choosing a model."""
    model, manifest = card.model, card.model.manifest
    return [
        Fact(_tr("Code"), _code_text(manifest.num_bits)),
        Fact(_tr("Method"), _method_text(manifest, card.method)),
        Fact(_tr("Network"), manifest.backbone),
        Fact(_tr("Looks at"), _input_text(manifest)),
        _classes_fact(card),
        _parent_fact(card),
        Fact(_tr("Names of bits"), _bit_names_text(manifest)),
        Fact(_tr("Size"), wording.size(model.size)),
        Fact(_tr("Speed here"), card.speed or _tr("not measured yet")),
        Fact(_tr("Made on"), wording.day(manifest.created)),
        Fact(_tr("Licence of the model"), manifest.licence or _tr("The file states none.")),
        Fact(_tr("Licence of the photos"), _data_licence(manifest)),
    ]


def reference_facts(model: ModelInfo) -> list[Fact]:
    """Return what identifies the model and its training, for reports and questions."""
    manifest, pixels = model.manifest, model.manifest.preprocessing
    place = _tr("comes with FoodSearch") if model.bundled else wording.path(model.path)
    return [
        Fact(_tr("Id"), manifest.id),
        Fact(_tr("Identity of its codes"), model.key),
        Fact(_tr("Place"), place),
        Fact(_tr("Seed"), _tr("none") if manifest.seed is None else str(manifest.seed)),
        Fact(_tr("Fingerprint of the photos"), manifest.data_fingerprint or _tr("none")),
        Fact(_tr("Options"), _options_text(manifest)),
        Fact(_tr("Decoder"), manifest.decoder),
        Fact(_tr("Colour mean"), _numbers(pixels.mean)),
        Fact(_tr("Colour spread"), _numbers(pixels.std)),
        Fact(_tr("Format version"), str(manifest.format_version)),
        *(Fact(name, digest) for name, digest in sorted(manifest.files.items())),
    ]


def metric_facts(model: ModelInfo, owner: str = "") -> list[Fact]:
    """Return the measured values, each with the photos it was measured on in its name.

    Args:
        model: What was measured.
        owner: Who held photos back from its training, where another model has others.
    """
    facts = []
    for table in model_metrics.metric_tables(model.manifest.metrics):
        for metric, scores in table.scores.items():
            for column, value in scores.items():
                name = model_metrics.metric_name(metric)
                if owner and model_metrics.is_of_training(metric):
                    name = _tr("%1 by “%2”").replace("%1", name).replace("%2", owner)
                if column != model_metrics.CODES:
                    name = f"{name} ({model_metrics.column_name(column)})"
                text = model_metrics.score_text(column, value)
                facts.append(Fact(" · ".join(filter(None, (table.title, name))), text))
        for metric, text in table.facts.items():
            name = model_metrics.metric_name(metric)
            facts.append(Fact(" · ".join(filter(None, (table.title, name))), text))
    return facts


def facts_html(facts: Iterable[Fact], secondary: str) -> str:
    """Return facts as a table of two columns."""
    rows = (
        f"<tr><td style='color:{secondary}; white-space:nowrap'>{_e(fact.name)}&nbsp;&nbsp;</td>"
        f"<td>{_lines(fact.text)}{_link(fact)}</td></tr>"
        for fact in facts
    )
    return f"<table cellspacing='0' cellpadding='3'>{''.join(rows)}</table>"


def _code_text(num_bits: int) -> str:
    text = _tr("%1 bits, %2 bytes a photo; two photos differ in 0 to %1 bits.")
    return text.replace("%1", str(num_bits)).replace("%2", str(-(-num_bits // 8)))


def _method_text(manifest: Manifest, method: MethodInfo | None) -> str:
    if method is None:
        return manifest.method
    return f"{method.title}. {method.description} ({method.source})"


def _input_text(manifest: Manifest) -> str:
    pixels = manifest.preprocessing
    side, shorter = str(pixels.input_size), str(pixels.resize_to)
    if pixels.resize_to == pixels.input_size:
        text = _tr("the middle of the photo at %1 × %1 pixels (%3)")
    else:
        text = _tr("the middle %1 × %1 pixels of the photo at a shorter side of %2 (%3)")
    return text.replace("%1", side).replace("%2", shorter).replace("%3", pixels.interpolation)


def _classes_fact(card: Card) -> Fact:
    classes = card.model.manifest.classes
    if not classes:
        return Fact(_tr("Trained on"), _tr("photos without labels"))
    text = _dishes(len(classes))
    if not card.shows_classes:
        return Fact(_tr("Trained on"), text, CLASSES_LINK, _tr("List them"))
    names = ", ".join(map(wording.label, classes))
    text = _tr("%1: %2").replace("%1", text).replace("%2", names)
    return Fact(_tr("Trained on"), text, CLASSES_LINK, _tr("Hide the list"))


def _dishes(number: int) -> str:
    if number == 1:
        return _tr("1 kind of dish")
    return _tr("%1 kinds of dishes").replace("%1", wording.count(number))


def _parent_fact(card: Card) -> Fact:
    name, parent = _tr("Started from"), card.model.manifest.parent
    if parent is None:
        return Fact(name, _tr("no other model"))
    if card.parent is None:
        return Fact(name, _tr("%1, which is not on this computer").replace("%1", parent))
    return Fact(name, "", MODEL_LINK + parent, card.parent.name)


def _data_licence(manifest: Manifest) -> str:
    if manifest.data_licence:
        return manifest.data_licence
    return (
        _tr("The file states none.")
        if not manifest.licence
        else _tr("see the licence of the model")
    )


def _options_text(manifest: Manifest) -> str:
    chosen = [f"{name} = {value}" for name, value in sorted(manifest.options.items())]
    return ", ".join(chosen) or _tr("none")


def _bit_names_text(manifest: Manifest) -> str:
    named = [f"{bit}: {name}" for bit, name in enumerate(manifest.bit_names) if name]
    if not named:
        return _tr("none yet")
    text = _tr("%1 of %2 (%3)").replace("%1", str(len(named)))
    return text.replace("%2", str(manifest.num_bits)).replace("%3", _listed(named))


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    shown = ", ".join(names[:_NAMES_SHOWN])
    rest = len(names) - _NAMES_SHOWN
    return (
        shown
        if rest <= 0
        else _tr("%1 and %2 more").replace("%1", shown).replace("%2", wording.count(rest))
    )


def _numbers(values: Iterable[float]) -> str:
    return ", ".join(wording.decimal(value, 3) for value in values)


def _metric_note() -> str:
    return _tr(
        "mAP tells how early photos of the same dish come; 1.000 is perfect. P@10 is the share of "
        "the same dish among the ten nearest photos. Kept compares codes with the uncompressed "
        "features."
    )


def _metric_html(table: MetricTable, secondary: str) -> str:
    columns = [c for c in model_metrics.COLUMNS if any(c in row for row in table.scores.values())]
    facts = " · ".join(f"{model_metrics.metric_name(n)}: {v}" for n, v in table.facts.items())
    title = f"<b>{_e(table.title)}</b> " if table.title else ""
    head = f"<p>{title}<span style='color:{secondary}'>{_e(facts)}</span></p>"
    if not table.scores:
        return head
    has_titles = len(columns) > 1
    names = "".join(
        f"<td align='right' style='color:{secondary}'>{_e(model_metrics.column_name(c))}</td>"
        for c in columns
    )
    rows = [f"<tr><td></td>{names}</tr>"] if has_titles else []
    for metric, scores in table.scores.items():
        cells = "".join(f"<td align='right'>{_score(column, scores)}</td>" for column in columns)
        rows.append(f"<tr><td>{_e(model_metrics.metric_name(metric))}</td>{cells}</tr>")
    return f"{head}<table cellspacing='0' cellpadding='4'>{''.join(rows)}</table>"


def _score(column: str, scores: dict[str, float]) -> str:
    return model_metrics.score_text(column, scores[column]) if column in scores else "–"


def _link(fact: Fact) -> str:
    if not fact.link:
        return ""
    gap = "&nbsp; " if fact.text else ""
    return f"{gap}<a href='{html.escape(fact.link)}'>{_e(fact.caption)}</a>"


def _lines(text: str) -> str:
    return _e(text).replace("\n", "<br>")


def _e(text: str) -> str:
    return html.escape(text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelCard", text)
