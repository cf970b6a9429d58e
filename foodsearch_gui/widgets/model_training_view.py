"""How a model was trained: its curves above the settings, as far as its file tells."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from foodsearch_gui.core.model_card import Fact, facts_html
from foodsearch_gui.core.model_report import TrainingReport
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets.model_curves import ModelCurves
from foodsearch_gui.widgets.page_view import PageView


class ModelTrainingView(QWidget):
    """Shows a :class:`TrainingReport`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: TrainingReport | None = None
        self.curves = ModelCurves()
        self.settings = PageView()
        self.settings.setObjectName("model-settings")
        self.settings.setAccessibleName(self.tr("Settings of the training"))
        self.settings.setToolTip(self.tr("What the training was asked for"))
        body = QSplitter(Qt.Orientation.Vertical)
        body.setChildrenCollapsible(False)
        body.addWidget(self.curves)
        body.addWidget(self.settings)
        body.setStretchFactor(0, 3)
        body.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(body)

    def set_report(self, report: TrainingReport | None) -> None:
        """Show this report, or that there is none."""
        if report == self._report and not self.settings.document().isEmpty():
            return
        self._report = report
        self.curves.setVisible(report is not None and report.has_curves)
        if report is not None:
            self.curves.show_one(report)
        self._show_settings()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_settings()

    def _show_settings(self) -> None:
        report, secondary = self._report, colours_for(self.palette()).secondary
        if report is None:
            text = self.tr("The file of this model tells nothing about its training.")
            self.settings.show_page(f"<p style='color:{secondary}'>{text}</p>")
            return
        facts = [Fact(name, text) for name, text in report.settings]
        if report.best_epoch:
            facts.insert(0, Fact(self.tr("Epoch kept"), str(report.best_epoch)))
        self.settings.show_page(facts_html(facts, secondary), keeps_place=True)
