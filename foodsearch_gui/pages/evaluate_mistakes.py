"""Photos to learn from: dishes taken for each other, and the searches that went worst."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from foodsearch_gui.core import wording
from foodsearch_gui.core.evaluation_store import Evaluation
from foodsearch_gui.core.evaluation_texts import decimal, is_judged
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.models.evaluation_tables import Confusion, ConfusionsModel, confusions
from foodsearch_gui.widgets.photo_strip import PhotoStrip, StripPhoto
from foodsearch_gui.widgets.record_view import RecordView
from foodsearch_gui.widgets.section import Section

_ROWS = 6.6  # of the table of pairs


class EvaluateMistakes(QScrollArea):
    """The pairs with photos of both dishes, and strips of the worst searches.

    Signals:
        opened (Path): The user wants to search with a photo.

    Args:
        thumbs: Makes the thumbnails.
    """

    opened = Signal(Path)

    def __init__(self, thumbs: ThumbPool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate-mistakes")
        self.setAccessibleName(self.tr("Mistakes"))
        self.setToolTip(self.tr("Which dishes are taken for each other, and what went worst"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._thumbs = thumbs
        self._evaluation: Evaluation | None = None
        self.pairs_model = ConfusionsModel(self)
        self.pairs: RecordView[Confusion] = RecordView(
            self.pairs_model, self.tr("Dishes taken for each other")
        )
        self.pairs.setObjectName("evaluate-pairs")
        self.pairs.setToolTip(self.tr("Choose a pair to see its photos"))
        row = self.pairs.verticalHeader().defaultSectionSize()
        self.pairs.setFixedHeight(round(_ROWS * row) + 2)
        self.sought = self._strip("evaluate-sought", self.tr("Photos that were searched for"))
        self.found = self._strip("evaluate-found", self.tr("Photos found instead"))
        self._sought_title, self._found_title = QLabel(), QLabel()
        self._confused = Section(self.tr("Dishes taken for each other"))
        for widget in (
            *(self.pairs, self._sought_title, self.sought),
            *(self._found_title, self.found),
        ):
            self._confused.column.addWidget(widget)
        self.worst = Section(self.tr("Searches that went worst"))
        self._hint = QLabel(
            self.tr(
                "First the photo that was searched for, then its first eight results. A tick and "
                "a full frame mark right ones, a cross and a broken frame wrong ones; d is the "
                "distance in bits."
            )
        )
        self._hint.setWordWrap(True)
        self._hint.setProperty("isHint", True)
        self.worst.column.addWidget(self._hint)
        self.strips: list[PhotoStrip] = []
        self._titles: list[QLabel] = []
        self._lay_out()
        self.pairs.selection_changed.connect(self._show_pair)

    def set_evaluation(self, evaluation: Evaluation, other: Evaluation | None = None) -> None:
        """Show the mistakes of a result.

        Args:
            evaluation: The result.
            other: Another one of the same task, whose success is told beside.
        """
        self._evaluation = evaluation
        pairs = confusions(evaluation)
        self._confused.setVisible(not is_judged(evaluation.result))
        self.pairs_model.set_records(pairs)
        if pairs:
            self.pairs.select(0)
        self._show_pair()
        self._show_worst(evaluation, other)
        self.verticalScrollBar().setValue(0)

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("scroll_content")
        column = QVBoxLayout(body)
        column.setContentsMargins(2, 8, 8, 8)
        column.setSpacing(18)
        column.addWidget(self._confused)
        column.addWidget(self.worst)
        column.addStretch(1)
        self.setWidget(body)

    def _strip(self, name: str, spoken: str) -> PhotoStrip:
        strip = PhotoStrip(self._thumbs, spoken, has_captions=True)
        strip.setObjectName(name)
        strip.setToolTip(self.tr("Click a photo, or press Enter, to search with it"))
        strip.photo_activated.connect(self.opened)
        return strip

    @Slot()
    def _show_pair(self) -> None:
        rows, evaluation = self.pairs.selected(), self._evaluation
        if evaluation is None or not rows:
            self.sought.show_photos(())
            self.found.show_photos(())
            self._sought_title.setText(self.tr("No dish was taken for another."))
            self._found_title.setText("")
            return
        pair = rows[0]
        sought, found = wording.label(pair.query), wording.label(pair.found)
        self._sought_title.setText(self.tr("Searched for: %1").replace("%1", sought))
        self._found_title.setText(self.tr("Found instead: %1").replace("%1", found))
        self.sought.show_photos(
            [StripPhoto(evaluation.path(name), sought) for name in pair.query_photos]
        )
        self.found.show_photos(
            [StripPhoto(evaluation.path(name), found) for name in pair.found_photos]
        )

    def _show_worst(self, evaluation: Evaluation, other: Evaluation | None) -> None:
        worst = evaluation.result["examples"]["worst"]
        while len(self.strips) < len(worst):
            number = len(self.strips)
            title = QLabel()
            strip = self._strip(f"evaluate-worst-{number}", "")
            self._titles.append(title)
            self.strips.append(strip)
            self.worst.column.addWidget(title)
            self.worst.column.addWidget(strip)
        others = _precisions(other)
        for number, (title, strip) in enumerate(zip(self._titles, self.strips, strict=True)):
            title.setVisible(number < len(worst))
            strip.setVisible(number < len(worst))
            if number < len(worst):
                text = self._worst_title(worst[number], other, others)
                title.setText(text)
                strip.setAccessibleName(text)
                strip.show_photos(self._photos(evaluation, worst[number]))

    def _worst_title(
        self, query: Mapping[str, Any], other: Evaluation | None, others: dict[str, float]
    ) -> str:
        text = self.tr("%1 · average precision %2")
        text = text.replace("%1", wording.label(query["label"]))
        text = text.replace("%2", decimal(query["ap"]))
        if other is not None and query["photo"] in others:
            more = self.tr(" · with “%1” %2").replace("%1", other.kept.model_name)
            text += more.replace("%2", decimal(others[query["photo"]]))
        return text

    def _photos(self, evaluation: Evaluation, query: Mapping[str, Any]) -> list[StripPhoto]:
        """Return the photo that was sought and what was found, each with its distance."""
        return [
            StripPhoto(evaluation.path(query["photo"]), self.tr("sought")),
            *(
                StripPhoto(
                    evaluation.path(hit["photo"]),
                    f"d={hit['distance']} {wording.label(hit['label'])}".strip(),
                    hit["right"],
                )
                for hit in query["hits"]
            ),
        ]


def _precisions(other: Evaluation | None) -> dict[str, float]:
    if other is None:
        return {}
    queries = other.result["per_query"]
    return dict(zip(queries["photos"], queries["ap"], strict=True))
