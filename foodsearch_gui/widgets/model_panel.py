"""What is known of the selected model: its card, its training, and the libraries it can search."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QTabWidget, QWidget

from foodsearch_gui.core.model_card import Card
from foodsearch_gui.core.model_report import TrainingReport
from foodsearch_gui.models.bundles import Bundle
from foodsearch_gui.models.library_codes import LibraryCodesModel, LibraryRow
from foodsearch_gui.widgets.model_card_view import ModelCardView
from foodsearch_gui.widgets.model_training_view import ModelTrainingView
from foodsearch_gui.widgets.record_view import RecordView

_CARD, _LIBRARIES, _TRAINING = range(3)


class ModelPanel(QTabWidget):
    """Three tabs about one model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model-panel")
        self.tabBar().setAccessibleName(self.tr("About the model"))
        self.tabBar().setToolTip(self.tr("The card, the training, and the libraries of the model"))
        self.card = ModelCardView()
        self.training = ModelTrainingView()
        self.libraries_model = LibraryCodesModel(self)
        self.libraries: RecordView[LibraryRow] = RecordView(
            self.libraries_model, self.tr("Libraries")
        )
        self.libraries.setObjectName("model-libraries")
        self.libraries.setToolTip(self.tr("How far each library is indexed with this model"))
        self.addTab(self.card, self.tr("Card"))
        self.addTab(self.libraries, self.tr("Index"))
        self.addTab(self.training, self.tr("Training"))  # last: many models tell nothing of theirs
        self._wanted = _CARD  # the tab that the user looks at, where a model has it
        self._is_filling = False
        self.currentChanged.connect(self._remember_tab)
        self.show_nothing()

    def show_model(
        self, card: Card, report: TrainingReport | None, libraries: Sequence[LibraryRow]
    ) -> None:
        """Tell everything about a model."""
        self.card.set_card(card)
        self.training.set_report(report)
        self.libraries_model.set_records(libraries)
        self._offer_tabs({_CARD, _LIBRARIES} | ({_TRAINING} if report is not None else set()))

    def show_trouble(self, bundle: Bundle) -> None:
        """Say why a model cannot be used."""
        self.card.set_trouble(bundle)
        self._offer_tabs({_CARD})

    def show_nothing(self) -> None:
        """Ask to choose a model."""
        self.card.set_card(None)
        self._offer_tabs({_CARD})

    def _offer_tabs(self, tabs: set[int]) -> None:
        self._is_filling = True
        for tab in range(self.count()):
            self.setTabVisible(tab, tab in tabs)
        self.setCurrentIndex(self._wanted if self._wanted in tabs else _CARD)
        self._is_filling = False

    @Slot(int)
    def _remember_tab(self, tab: int) -> None:
        if not self._is_filling:
            self._wanted = tab
