"""What was measured, in sections: figures, curves, dishes, mistakes, bits and the map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTabWidget, QVBoxLayout, QWidget

from foodsearch_gui.core import evaluation_texts as texts
from foodsearch_gui.core.evaluation_store import KeptResult, Shown
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.models.evaluation_tables import Dish, DishesModel, dishes
from foodsearch_gui.pages.evaluate_codes import EvaluateBits, EvaluateMap
from foodsearch_gui.pages.evaluate_curves import EvaluateCurves
from foodsearch_gui.pages.evaluate_mistakes import EvaluateMistakes
from foodsearch_gui.pages.evaluate_summary import EvaluateSummary
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.record_view import RecordView


class EvaluateResults(QWidget):
    """One result, or two side by side; photos, bits and map are those of one of them.

    Signals:
        opened (Path): The user wants to search with a photo.

    Args:
        thumbs: Makes the thumbnails.
    """

    opened = Signal(Path)

    def __init__(self, thumbs: ThumbPool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate-results")
        self._shown: Shown | None = None
        self._stale: set[QWidget | None] = set()
        self.title = QLabel()
        self.title.setObjectName("evaluate-title")
        self.title.setWordWrap(True)
        font = self.title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self.title.setFont(font)
        self.of = ElidedBox()
        self.of.setObjectName("evaluate-of")
        self.of.setAccessibleName(self.tr("Model whose photos, bits and map are shown"))
        self.of.setToolTip(self.tr("Model whose mistakes, bits and map are shown"))
        self.of.setMinimumContentsLength(10)
        self.summary = EvaluateSummary()
        self.curves = EvaluateCurves()
        self.dishes = QWidget()
        self._dishes_column = QVBoxLayout(self.dishes)
        self._dishes_column.setContentsMargins(2, 8, 2, 2)
        self.dishes_hint = QLabel()
        self.dishes_hint.setWordWrap(True)
        self.dishes_hint.setProperty("isHint", True)
        self._dishes_column.addWidget(self.dishes_hint)
        self.dishes_table: RecordView[Dish] | None = None
        self.mistakes = EvaluateMistakes(thumbs)
        self.bits = EvaluateBits()
        self.map = EvaluateMap(thumbs)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("evaluate-tabs")
        self.tabs.tabBar().setObjectName("evaluate-tabbar")
        self.tabs.tabBar().setAccessibleName(self.tr("Parts of the result"))
        self.tabs.tabBar().setToolTip(self.tr("Parts of the result"))
        self.tabs.tabBar().setDrawBase(False)
        self._dishes_tab = 2
        for widget, caption in (
            (self.summary, self.tr("Figures")),
            (self.curves, self.tr("Curves")),
            (self.dishes, self.tr("Dishes")),
            (self.mistakes, self.tr("Mistakes")),
            (self.bits, self.tr("Bits")),
            (self.map, self.tr("Map")),
        ):
            self.tabs.addTab(widget, caption)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.title, 1)
        row.addWidget(self.of)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.tabs, 1)
        self.of.activated.connect(self._show_other)
        self.tabs.currentChanged.connect(self._fill_current)
        self.mistakes.opened.connect(self.opened)
        self.map.opened.connect(self.opened)

    def set_shown(self, shown: Shown) -> None:
        """Show one result or two."""
        self._shown = shown
        evaluations = shown.evaluations
        kept = [one.kept for one in evaluations]
        self.title.setText(self._title(kept))
        self.of.clear()
        self.of.addItems(texts.names(kept))
        self.of.setVisible(len(evaluations) > 1)
        is_judged = texts.is_judged(evaluations[0].result)
        self.tabs.setTabText(
            self._dishes_tab, self.tr("Searches") if is_judged else self.tr("Dishes")
        )
        self._stale = {self.tabs.widget(number) for number in range(self.tabs.count())}
        self._fill_current()

    @Slot()
    def _fill_current(self) -> None:
        """Fill the part that is looked at: all of them at once would hold up the window."""
        part = self.tabs.currentWidget()
        if self._shown is None or part not in self._stale:
            return
        self._stale.discard(part)
        if part is self.summary:
            self.summary.set_shown(self._shown)
        elif part is self.curves:
            self.curves.set_shown(self._shown)
        elif part is self.dishes:
            self._show_dishes(self._shown)
        else:
            self._show_one(part)

    def _title(self, kept: Sequence[KeptResult]) -> str:
        on = self.tr("%1 on %2")
        tasks = [texts.splits_title(one) for one in kept]
        models = [one.model_name for one in kept]
        if len({one.task_id for one in kept}) == 1:
            both = self.tr("%1 and %2").replace("%1", models[0]).replace("%2", models[-1])
            subject = both if len(kept) > 1 else models[0]
            return on.replace("%1", subject).replace("%2", tasks[0])
        parts = [on.replace("%1", m).replace("%2", t) for m, t in zip(models, tasks, strict=True)]
        return self.tr("%1 and %2").replace("%1", parts[0]).replace("%2", parts[1])

    def _show_dishes(self, shown: Shown) -> None:
        """Show the table of dishes; two models need other columns than one."""
        evaluations = shown.evaluations
        if self.dishes_table is not None:
            self._dishes_column.removeWidget(self.dishes_table)
            self.dishes_table.deleteLater()
        is_judged = texts.is_judged(evaluations[0].result)
        names = texts.names([one.kept for one in evaluations])
        self.dishes_hint.setText(texts.dishes_hint(names, shown.difference is not None))
        model = DishesModel(names, is_judged=is_judged)
        name = self.tr("Searches") if is_judged else self.tr("Dishes")
        table: RecordView[Dish] = RecordView(model, name)
        model.setParent(table)
        table.setObjectName("evaluate-dishes")
        table.setToolTip(self.tr("How well each is found; click a heading to sort"))
        self.dishes_table = table
        self._dishes_column.addWidget(table)
        model.set_records(dishes(evaluations))  # at last: columns are measured anew each time

    @Slot()
    def _show_other(self) -> None:
        """Show mistakes, bits and map of the other model."""
        self._stale |= {self.mistakes, self.bits, self.map}
        self._fill_current()

    def _show_one(self, part: QWidget) -> None:
        """Fill a part that is of one model only."""
        assert self._shown is not None
        evaluations = self._shown.evaluations
        place = max(0, self.of.currentIndex())
        chosen = evaluations[place]
        if part is self.bits:
            self.bits.set_evaluation(chosen)
        elif part is self.map:
            self.map.set_evaluation(chosen)
        else:
            # Of another task the queries are not these.
            can_tell = self._shown.difference is not None
            self.mistakes.set_evaluation(chosen, evaluations[1 - place] if can_tell else None)
