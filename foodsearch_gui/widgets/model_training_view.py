"""How a model was trained: its curves above the settings, as far as its file tells."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from foodsearch_gui.core.model_card import Fact, facts_html
from foodsearch_gui.core.model_report import TrainingReport
from foodsearch_gui.core.theme import colours_for
from foodsearch_gui.widgets.model_curves import ModelCurves
from foodsearch_gui.widgets.page_view import PageView

_GAP = 12
_WIDE = 60  # in heights of a line of text: curves and settings beside each other


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
        content = QWidget()
        content.setObjectName("scroll_content")
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom, content)
        self._body.setContentsMargins(0, 8, 0, 0)
        self._body.setSpacing(_GAP)
        self._body.addWidget(self.curves, 2)
        self._body.addWidget(self.settings, 1)
        area = QScrollArea()
        area.setObjectName("model-training-area")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the settings beside the curves where there is room."""
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE * self.fontMetrics().height()
        direction = QBoxLayout.Direction
        self._body.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)

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
