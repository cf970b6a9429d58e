"""The right half of the Train page before a training: what a folder should be like, or is like."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine import Finding, Message, PhotoCheck
from foodsearch_gui.core import job_texts, wording
from foodsearch_gui.core.icons import icon
from foodsearch_gui.core.training_choices import Source
from foodsearch_gui.core.worker_thread import JobHandle
from foodsearch_gui.models.class_counts import ClassCountsModel
from foodsearch_gui.widgets.finding_row import FindingRow
from foodsearch_gui.widgets.record_view import RecordView
from foodsearch_gui.widgets.section import Section
from foodsearch_gui.widgets.status_line import show_progress

_TREE = """Meals/
├─ pad thai/
│  ├─ IMG_0412.jpg
│  └─ IMG_0415.jpg  …
├─ green curry/
│  └─ …
└─ mango sticky rice/
   └─ …"""
_LEAST_ROWS = 4


class CheckView(QStackedWidget):
    """A guide, then the progress of the check, then what it found.

    Signals:
        photos_wanted (Finding): The user wants to see the photos a finding is about.
        judgements_wanted: The user has no such folder, and wants to take judgements for labels.
    """

    photos_wanted = Signal(object)
    judgements_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train-check-view")
        self._job: JobHandle | None = None
        self.guide = self._make_guide()
        self.busy = self._make_busy()
        self.result = self._make_result()
        self.advice = self._make_advice()
        for view in (self.guide, self.advice, self.busy, self.result):
            self.addWidget(view)

    def show_guide(self, source: Source) -> None:
        """Say what a folder should look like, or what else is needed."""
        texts = {
            Source.JUDGEMENTS: self.tr(
                "Search with a photo and press Good match (key G) on photos of the same dish. "
                "Do so for several dishes: for each at least 5 photos must belong together."
            ),
            Source.TABLE: self.tr(
                "A CSV file whose first line names the columns and whose other lines name a photo "
                "and its dish each:\n\n"
                "path,label\nmonday/IMG_0412.jpg,pad thai\ntuesday/IMG_0420.jpg,green curry\n\n"
                "A path starts at the folder of the file. At least two dishes with 5 photos each."
            ),
            Source.NONE: self.tr(
                "Any folder of photos will do, with more photos than the code has bits."
            ),
        }
        self._advice.setText(texts.get(source, ""))
        self.setCurrentWidget(self.advice if source in texts else self.guide)

    def show_job(self, job: JobHandle) -> None:
        """Show how far the check is."""
        self._job = job
        self._busy_title.set_title(f"{job.title}…")
        self._busy_line.setText(job_texts.state_line(job))
        show_progress(self._bar, job)
        self.setCurrentWidget(self.busy)

    def show_check(self, check: PhotoCheck) -> None:
        """Show what was found."""
        self._summary.setText(_summary(self, check))
        self._summary.show()
        self._set_findings(check.findings)
        self.table_model.set_records(check.classes)
        self.table.setVisible(bool(check.classes))
        self.setCurrentWidget(self.result)

    def show_error(self, message: Message) -> None:
        """Show why there is nothing to find."""
        self._summary.hide()
        self._set_findings([Finding("error", message)])
        self.table.hide()
        self.setCurrentWidget(self.result)

    def findings(self) -> list[FindingRow]:
        """Return the rows of what was found, the worst first."""
        rows = self.result.findChildren(FindingRow)
        placed = (row for row in rows if self._findings.indexOf(row) >= 0)
        return sorted(placed, key=self._findings.indexOf)

    def _make_guide(self) -> QWidget:
        guide = Section(self.tr("What the folder should look like"))
        guide.setObjectName("train-guide")
        tree = QLabel(_TREE)
        tree.setObjectName("train-tree")
        tree.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        tree.setAccessibleName(self.tr("A folder of folders, each named after a dish"))
        guide.column.addWidget(tree)
        for text in (
            self.tr("• One folder for each dish, named after it. At least two dishes."),
            self.tr("• At least 5 photos of each dish; from 20 on it gets good."),
            self.tr("• Photos of different days and plates teach more than many of one meal."),
            self.tr("• Nothing is moved or changed; the photos are only read."),
        ):
            guide.column.addWidget(_wrapped(text))
        button = QPushButton(self.tr("&Make labels from judgements"))
        button.setObjectName("train-use-judgements")
        button.setAccessibleName(self.tr("Make labels from judgements"))
        button.setToolTip(self.tr("Photos you called good matches of one another are one dish"))
        button.clicked.connect(self.judgements_wanted)
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch()
        guide.column.addSpacing(4)
        guide.column.addWidget(_wrapped(self.tr("You judged photos on the page Search?")))
        guide.column.addLayout(row)
        guide.column.addStretch()
        return guide

    def _make_advice(self) -> QWidget:
        advice = Section(self.tr("What is needed"))
        advice.setObjectName("train-advice")
        self._advice = _wrapped("")
        advice.column.addWidget(self._advice)
        advice.column.addStretch()
        return advice

    def _make_busy(self) -> QWidget:
        busy = self._busy_title = Section("")
        busy.setObjectName("train-checking")
        self._busy_line = _wrapped("")
        self._busy_line.setObjectName("train-check-line")
        self._bar = QProgressBar()
        self._bar.setObjectName("train-check-bar")
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the check"))
        self._stop = QPushButton(icon("stop"), self.tr("Sto&p checking"))
        self._stop.setObjectName("train-check-stop")
        self._stop.setAccessibleName(self.tr("Stop checking"))
        self._stop.setToolTip(self.tr("Stop; photos that were read once are read faster next time"))
        self._stop.clicked.connect(self._cancel)
        row = QHBoxLayout()
        row.addWidget(self._stop)
        row.addStretch()
        busy.column.addWidget(self._bar)
        busy.column.addWidget(self._busy_line)
        busy.column.addLayout(row)
        busy.column.addStretch()
        return busy

    def _make_result(self) -> QWidget:
        result = Section(self.tr("What was found"))
        result.setObjectName("train-found")
        self._summary = _wrapped("")
        self._summary.setObjectName("train-summary")
        self._findings = QVBoxLayout()
        self._findings.setSpacing(6)
        self.table_model = ClassCountsModel(self)
        self.table = RecordView(self.table_model, self.tr("Dishes"))
        self.table.setObjectName("train-classes")
        self.table.setToolTip(self.tr("The dishes and their photos"))
        rows = self.table.verticalHeader().defaultSectionSize()
        self.table.setMinimumHeight(_LEAST_ROWS * rows)
        result.column.addWidget(self._summary)
        result.column.addLayout(self._findings)
        result.column.addWidget(self.table, 1)
        result.column.addStretch()
        return result

    def _set_findings(self, findings: tuple[Finding, ...] | list[Finding]) -> None:
        for row in self.findings():
            self._findings.removeWidget(row)
            row.hide()
            row.deleteLater()
        for finding in findings:
            row = FindingRow(finding)
            row.photos_wanted.connect(self.photos_wanted)
            self._findings.addWidget(row)

    @Slot()
    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()


def _summary(view: CheckView, check: PhotoCheck) -> str:
    photos = wording.photos(check.photos)
    if not check.classes:
        return view.tr("%1.").replace("%1", photos)
    text = view.tr("%1 of %2").replace("%1", photos)
    text = text.replace("%2", wording.dishes(len(check.classes)))
    if not check.train:
        return f"{text}."
    parts = view.tr("%1: %2 to learn from, %3 held back to measure what was learned.")
    parts = parts.replace("%1", text).replace("%2", wording.count(check.train))
    return parts.replace("%3", wording.count(check.held))


def _wrapped(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
