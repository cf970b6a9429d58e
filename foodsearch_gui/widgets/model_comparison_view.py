"""Two models beside each other: their facts, and the curves of their trainings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QTabWidget, QVBoxLayout, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.model_card import Card
from foodsearch_gui.core.model_difference import ComparedPart, compare_cards, comparison_html
from foodsearch_gui.core.model_report import TrainingReport
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets.model_curves import ModelCurves
from foodsearch_gui.widgets.page_view import PageView


class ModelComparisonView(QWidget):
    """Shows two :class:`Card` objects with what differs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: tuple[Card, Card] | None = None
        self._parts: tuple[ComparedPart, ...] = ()
        self.summary = QLabel()
        self.summary.setObjectName("comparison-summary")
        self.only_different = QCheckBox(self.tr("&Only what differs"))
        self.only_different.setObjectName("comparison-only-different")
        self.only_different.setToolTip(self.tr("Leave out what is the same for both models"))
        self.only_different.toggled.connect(self._show)
        self.facts = PageView()
        self.facts.setObjectName("model-comparison")
        self.facts.setAccessibleName(self.tr("Facts of both models"))
        self.facts.setToolTip(self.tr("≠ stands before what differs"))
        self.curves = ModelCurves()
        self.note = QLabel()
        self.note.setObjectName("comparison-note")
        self.note.setWordWrap(True)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("comparison-tabs")
        self.tabs.tabBar().setAccessibleName(self.tr("Facts or curves"))
        self.tabs.tabBar().setToolTip(self.tr("The facts of both models, or their trainings"))
        self.tabs.addTab(self.facts, self.tr("Comparison"))
        trainings = QWidget()
        column = QVBoxLayout(trainings)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.note)
        column.addWidget(self.curves, 1)
        self.tabs.addTab(trainings, self.tr("Training"))
        self.note.setText(
            self.tr(
                "The models were trained on different photos, and each was checked on some of its "
                "own: compare the course of the curves, not their height."
            )
        )
        self._lay_out()

    def set_cards(
        self, first: Card, second: Card, reports: Sequence[tuple[str, TrainingReport]]
    ) -> None:
        """Compare these.

        Args:
            first: One model.
            second: Another.
            reports: Of those whose files tell of a training, with the name of the model.
        """
        keys = [card.model.key for card in self._cards] if self._cards else []
        is_same = keys == [first.model.key, second.model.key]
        self._cards, self._parts = (first, second), compare_cards(first, second)
        one, other = first.model.manifest, second.model.manifest
        self.curves.show_several(reports, is_one_method=one.method == other.method)
        is_same_data = bool(one.data_fingerprint) and one.data_fingerprint == other.data_fingerprint
        self.note.setVisible(not is_same_data)
        self.tabs.setTabVisible(1, any(report.has_curves for _, report in reports))
        self._show(keeps_place=is_same)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show(keeps_place=True)

    @Slot()
    def _show(self, _is_on: bool = False, *, keeps_place: bool = False) -> None:
        if self._cards is None:
            return
        facts = [fact for part in self._parts for fact in part.facts]
        number = sum(fact.is_different for fact in facts)
        text = self.tr("%1 of %2 facts differ (≠)").replace("%1", wording.count(number))
        self.summary.setText(text.replace("%2", wording.count(len(facts))))
        self.facts.show_page(
            comparison_html(
                self._cards,
                self._parts,
                all_facts=not self.only_different.isChecked(),
                secondary=colours_for(self.palette()).secondary,
            ),
            keeps_place=keeps_place,
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.summary)
        row.addStretch(1)
        row.addWidget(self.only_different)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.tabs, 1)
