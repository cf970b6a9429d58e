"""Everything a model's manifest says, as a page in plain words."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core import model_metrics, wording
from foodsearch_gui.core.model_metrics import MetricTable

if TYPE_CHECKING:
    from engine import Manifest, MethodInfo, ModelInfo

_NAMES_SHOWN = 40
Fact = tuple[str, str]


def card_html(model: ModelInfo, method: MethodInfo | None, secondary: str) -> str:
    """Return the card as HTML; every text of the manifest is escaped.

    Args:
        model: What to describe.
        method: Its hashing method, None if this version does not know it.
        secondary: Colour of the less important text.
    """
    manifest = model.manifest
    parts = [f"<h2>{html.escape(manifest.name)}</h2>"]
    parts += [f"<p>{_lines(text)}</p>" for text in manifest.description.split("\n\n") if text]
    parts.append(f"<h3>{_e(_tr('At a glance'))}</h3>")
    parts.append(_table(model_facts(model, method), secondary))
    tables = model_metrics.metric_tables(manifest.metrics)
    if tables:
        parts.append(f"<h3>{_e(_tr('Measured'))}</h3>")
        parts += [_metric_html(table, secondary) for table in tables]
        parts.append(f"<p style='color:{secondary}'>{_e(_metric_note())}</p>")
    parts.append(f"<h3>{_e(_tr('For reference'))}</h3>")
    parts.append(_table(reference_facts(model), secondary))
    return "".join(parts)


def model_facts(model: ModelInfo, method: MethodInfo | None) -> list[Fact]:
    """Return what a user wants to know before choosing a model."""
    manifest = model.manifest
    return [
        (_tr("Code"), _code_text(manifest.num_bits)),
        (_tr("Method"), _method_text(manifest, method)),
        (_tr("Network"), manifest.backbone),
        (_tr("Looks at"), _input_text(manifest)),
        (_tr("Trained on") if manifest.classes else _tr("Labels"), _classes_text(manifest)),
        (_tr("Started from"), manifest.parent or _tr("no other model")),
        (_tr("Names of bits"), _bit_names_text(manifest)),
        (_tr("Licence"), manifest.licence or _tr("The file states none.")),
        (_tr("Made on"), wording.day(manifest.created)),
        (_tr("Size"), wording.size(model.size)),
    ]


def reference_facts(model: ModelInfo) -> list[Fact]:
    """Return what identifies the model and its training, for reports and questions."""
    manifest, pixels = model.manifest, model.manifest.preprocessing
    place = _tr("comes with FoodSearch") if model.bundled else wording.path(model.path)
    return [
        (_tr("Id"), manifest.id),
        (_tr("Identity of its codes"), model.key),
        (_tr("Place"), place),
        (_tr("Seed"), _tr("none") if manifest.seed is None else str(manifest.seed)),
        (_tr("Training photos"), manifest.data_fingerprint or _tr("no fingerprint")),
        (_tr("Options"), _options_text(manifest)),
        (_tr("Decoder"), manifest.decoder),
        (_tr("Colour mean"), _numbers(pixels.mean)),
        (_tr("Colour spread"), _numbers(pixels.std)),
        (_tr("Format version"), str(manifest.format_version)),
        *((name, digest) for name, digest in sorted(manifest.files.items())),
    ]


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


def _classes_text(manifest: Manifest) -> str:
    if not manifest.classes:
        return _tr("none were used")
    text = _tr("%1 kinds of dishes: %2").replace("%1", wording.count(len(manifest.classes)))
    return text.replace("%2", _listed(manifest.classes))


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
    return ", ".join(f"{value:.3f}" for value in values)


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


def _table(facts: Iterable[Fact], secondary: str) -> str:
    rows = (
        f"<tr><td style='color:{secondary}; white-space:nowrap'>{_e(name)}&nbsp;&nbsp;</td>"
        f"<td>{_lines(text)}</td></tr>"
        for name, text in facts
    )
    return f"<table cellspacing='0' cellpadding='3'>{''.join(rows)}</table>"


def _lines(text: str) -> str:
    return _e(text).replace("\n", "<br>")


def _e(text: str) -> str:
    return html.escape(text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelCard", text)
