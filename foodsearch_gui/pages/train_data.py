"""Step 1 of the Train page: where the photos are and who says what they show."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from foodsearch_gui.core.icons import icon
from foodsearch_gui.core.training_choices import Source
from foodsearch_gui.widgets.section import Section

LABELS_WIDTH = 76  # of those before fields, in all steps
_TYPING_MS = 500


class DataStep(Section):
    """The kind of labels, and the folder or file that has them.

    Signals:
        changed: Anything was chosen.
        browse_wanted: The user wants to choose a folder or file in a dialog.
    """

    changed = Signal()
    browse_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("1  Photos"), parent)
        self.setObjectName("train-data")
        self._places = dict.fromkeys(Source, "")
        self._group = QButtonGroup(self)
        self.sources = {source: self._make_choice(source) for source in Source}
        self.hint = QLabel()
        self.hint.setObjectName("train-data-hint")
        self.hint.setWordWrap(True)
        self.hint.setProperty("isHint", True)
        self.place = QLineEdit()
        self.place.setObjectName("train-place")
        self._place_label = QLabel()
        self._place_label.setBuddy(self.place)
        self._place_label.setMinimumWidth(LABELS_WIDTH)
        self.browse = QPushButton(icon("folder"), self.tr("Ch&oose…"))
        self.browse.setObjectName("train-browse")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.changed)
        self._lay_out()
        self._group.idClicked.connect(self._take_source)
        self.place.textEdited.connect(self._take_text)
        self.place.editingFinished.connect(self._end_typing)
        self.browse.clicked.connect(self.browse_wanted)
        self.set_data(Source.FOLDERS, "", "")

    @property
    def source(self) -> Source:
        """Where the labels come from."""
        return list(Source)[self._group.checkedId()]

    @property
    def folder(self) -> str:
        """Of the photos; empty where they come from elsewhere."""
        return self._places[Source.FOLDERS]

    @property
    def table(self) -> str:
        """The file of labels."""
        return self._places[Source.TABLE]

    def set_data(self, source: Source, folder: str, table: str) -> None:
        """Show these choices."""
        self._places = {
            Source.FOLDERS: folder,
            Source.NONE: folder,
            Source.TABLE: table,
            Source.JUDGEMENTS: "",
        }
        self.sources[source].setChecked(True)
        self._show_source()

    def set_place(self, place: Path) -> None:
        """Take the folder or file that was chosen in a dialog or dropped."""
        if place.is_dir() and self.source is Source.TABLE:
            self.sources[Source.FOLDERS].setChecked(True)
        elif place.is_file():
            self.sources[Source.TABLE].setChecked(True)
        self._keep(str(place))
        self._show_source()
        self.changed.emit()

    def _make_choice(self, source: Source) -> QRadioButton:
        captions = {
            Source.FOLDERS: (self.tr("&Folders named after dishes"), _hint(self, source)),
            Source.TABLE: (self.tr("A table (CS&V)"), _hint(self, source)),
            Source.JUDGEMENTS: (self.tr("My &judgements"), _hint(self, source)),
            Source.NONE: (self.tr("No &labels"), _hint(self, source)),
        }
        caption, hint = captions[source]
        button = QRadioButton(caption)
        button.setObjectName(f"train-source-{source}")
        button.setToolTip(hint)
        button.setAccessibleName(caption.replace("&", ""))
        button.setAccessibleDescription(hint)
        self._group.addButton(button, list(Source).index(source))
        return button

    def _lay_out(self) -> None:
        choices = QGridLayout()
        choices.setHorizontalSpacing(18)
        choices.setVerticalSpacing(2)
        choices.setColumnStretch(1, 1)
        for number, button in enumerate(self.sources.values()):
            choices.addWidget(button, number // 2, number % 2)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._place_label)
        row.addWidget(self.place, 1)
        row.addWidget(self.browse)
        self.column.addLayout(choices)
        self.column.addWidget(self.hint)
        self.column.addLayout(row)

    @Slot(int)
    def _take_source(self, _number: int) -> None:
        self._show_source()
        self.changed.emit()

    @Slot(str)
    def _take_text(self, text: str) -> None:
        self._keep(str(Path(text.strip()).expanduser()) if text.strip() else "")
        self._typing.start()

    @Slot()
    def _end_typing(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self.changed.emit()

    def _keep(self, place: str) -> None:
        if self.source is Source.TABLE:
            self._places[Source.TABLE] = place
        else:
            self._places[Source.FOLDERS] = self._places[Source.NONE] = place

    def _show_source(self) -> None:
        source = self.source
        is_table = source is Source.TABLE
        self.hint.setText(_hint(self, source))
        caption = self.tr("Fil&e") if is_table else self.tr("Fold&er")
        self._place_label.setText(caption)
        name = self.tr("File of labels") if is_table else self.tr("Folder of photos")
        self.place.setAccessibleName(name)
        self.place.setToolTip(name)
        self.browse.setAccessibleName(self.tr("Choose: %1").replace("%1", name))
        self.browse.setToolTip(self.tr("Choose: %1").replace("%1", name))
        if self.place.text() != self._places[source]:
            self.place.setText(self._places[source])
        for widget in (self._place_label, self.place, self.browse):
            widget.setVisible(source is not Source.JUDGEMENTS)


def _hint(step: DataStep, source: Source) -> str:
    """Return in one sentence what a kind of labels is."""
    return {
        Source.FOLDERS: step.tr("Each dish has a folder of its own; its name is the label."),
        Source.TABLE: step.tr(
            "A text file with the columns path and label, the first line naming them."
        ),
        Source.JUDGEMENTS: step.tr(
            "Photos of this library that you called good matches of one another on the page "
            "Search are taken for the same dish."
        ),
        Source.NONE: step.tr(
            "The model learns what differs between your photos, not what they are called. "
            "It takes minutes only, and finds dishes less well than a model with labels."
        ),
    }[source]
