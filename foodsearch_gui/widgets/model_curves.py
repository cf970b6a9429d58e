"""The curves of trainings that are over: of one model, or of two in the same plots."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.model_report import TrainingReport
from foodsearch_gui.widgets.curve_plot import CurvePlot, Series

_GAP = 12
_TOTAL = "total"


class ModelCurves(QWidget):
    """Search quality and loss over the epochs, beside each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quality = CurvePlot(self)
        self.quality.setObjectName("model-quality")
        self.quality.set_captions(
            self.tr("Search quality"), self.tr("Epoch"), self.tr("mAP on the photos held back")
        )
        self.quality.set_placeholder(self.tr("Nothing was measured during the training."))
        self.loss = CurvePlot(self)
        self.loss.setObjectName("model-loss")
        self.loss.set_captions(
            self.tr("Loss: what the training made smaller"), self.tr("Epoch"), ""
        )
        self.loss.set_placeholder(self.tr("The file names no losses."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.quality, 1)
        row.addWidget(self.loss, 1)

    def show_one(self, report: TrainingReport) -> None:
        """Show the curves of one training, with every term of the loss."""
        self.quality.set_series(_quality(self.tr("mAP"), report))
        self.loss.set_series([Series(name, xs, ys) for name, (xs, ys) in report.losses])
        if report.best_epoch and report.best_map is not None:
            text = self.tr("kept: %1").replace("%1", wording.decimal(report.best_map, 3))
            self.quality.set_mark(report.best_epoch, report.best_map, text)
        else:
            self.quality.clear_mark()

    def show_several(
        self, reports: Sequence[tuple[str, TrainingReport]], *, is_one_method: bool
    ) -> None:
        """Show the curves of several trainings, of the loss its total: terms have other names.

        Args:
            reports: Each with the name of the model.
            is_one_method: Whether all made the same loss smaller; else these mean nothing together.
        """
        self.quality.clear_mark()
        self.quality.set_series([curve for name, r in reports for curve in _quality(name, r)])
        self.loss.set_placeholder(
            self.tr("The files name no losses.")
            if is_one_method
            else self.tr("Losses of different methods cannot be compared.")
        )
        self.loss.set_series(
            [
                Series(name, xs, ys)
                for name, report in reports
                for term, (xs, ys) in report.losses
                if is_one_method and term == _TOTAL
            ]
        )


def _quality(name: str, report: TrainingReport) -> list[Series]:
    xs, ys = report.quality
    return [Series(name, xs, ys)] if xs else []
