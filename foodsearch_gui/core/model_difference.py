"""Two models side by side: every fact of both, and which of them differ."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from foodsearch_gui.core.model_card import (
    Card,
    Fact,
    metric_facts,
    model_facts,
    reference_facts,
)

DIFFERENT, EQUAL = "≠", "="
_NOTHING = "–"


@dataclass(frozen=True)
class ComparedFact:
    """A fact of two models.

    Attributes:
        name: What is told.
        first: Of the one model.
        second: Of the other.
    """

    name: str
    first: str
    second: str

    @property
    def is_different(self) -> bool:
        """Whether the models differ in it."""
        return self.first != self.second


@dataclass(frozen=True)
class ComparedPart:
    """Facts under one heading."""

    title: str
    facts: tuple[ComparedFact, ...]


def compare_cards(first: Card, second: Card) -> tuple[ComparedPart, ...]:
    """Return all facts of two models, part by part as on their cards."""
    prints = [card.model.manifest.data_fingerprint for card in (first, second)]
    is_same_data = bool(prints[0]) and prints[0] == prints[1]

    def measured(card: Card) -> list[Fact]:
        # A row for each model where the photos are others: its figures must not be compared.
        return metric_facts(card.model, "" if is_same_data else card.model.name)

    parts = (
        (_tr("At a glance"), _all_model_facts),
        (_tr("Measured"), measured),
        (_tr("For reference"), lambda card: reference_facts(card.model)),
    )
    return tuple(
        ComparedPart(title, tuple(_pairs(facts_of(first), facts_of(second))))
        for title, facts_of in parts
    )


def comparison_html(
    cards: Sequence[Card], parts: Iterable[ComparedPart], *, all_facts: bool, secondary: str
) -> str:
    """Return the comparison as HTML; a sign before each line tells whether it differs.

    Args:
        cards: The two models.
        parts: Their facts.
        all_facts: Show the equal ones too.
        secondary: Colour of what is equal and of names.
    """
    names = "".join(f"<td><b>{html.escape(card.model.name)}</b></td>" for card in cards)
    rows = [f"<tr><td></td><td></td>{names}</tr>"]
    for part in parts:
        shown = [fact for fact in part.facts if all_facts or fact.is_different]
        if shown:
            title = html.escape(part.title)
            rows.append(f"<tr><td colspan='4'><h3>{title}</h3></td></tr>")
        rows += [_row(fact, secondary) for fact in shown]
    return f"<table cellspacing='0' cellpadding='4' width='100%'>{''.join(rows)}</table>"


def _row(fact: ComparedFact, secondary: str) -> str:
    sign = f"<b>{DIFFERENT}</b>" if fact.is_different else EQUAL
    look = "" if fact.is_different else f" style='color:{secondary}'"
    cells = "".join(
        f"<td width='40%'{look}>{_lines(text)}</td>" for text in (fact.first, fact.second)
    )
    name = f"<td width='17%' style='color:{secondary}'>{html.escape(fact.name)}</td>"
    return f"<tr><td width='3%'{look}>{sign}</td>{name}{cells}</tr>"


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _all_model_facts(card: Card) -> list[Fact]:
    manifest = card.model.manifest
    texts = [Fact(_tr("What it is"), manifest.description), Fact(_tr("Limits"), manifest.limits)]
    facts = [fact._replace(text=fact.text or fact.caption) for fact in model_facts(card)]
    return facts + [fact for fact in texts if fact.text]


def _pairs(first: Sequence[Fact], second: Sequence[Fact]) -> Iterable[ComparedFact]:
    one, other = ({fact.name: fact.text for fact in facts} for facts in (first, second))
    for name in {**one, **other}:
        yield ComparedFact(name, one.get(name, _NOTHING), other.get(name, _NOTHING))


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelDifference", text)
