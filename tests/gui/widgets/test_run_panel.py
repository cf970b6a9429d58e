from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QScrollArea
from pytestqt.qtbot import QtBot

from engine import Progress, SoFar, describe
from foodsearch_gui.widgets.log_box import LINES
from foodsearch_gui.widgets.run_panel import RunPanel
from tests.gui.training_reports import EPOCHS, batch_report, epoch_entry, epoch_report


@pytest.fixture
def panel(qtbot: QtBot) -> RunPanel:
    widget = RunPanel()
    qtbot.addWidget(widget)
    widget.resize(1200, 500)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def facts(panel: RunPanel) -> list[str]:
    return [label.text() for label in panel.facts if label.isVisible()]


def log(panel: RunPanel) -> list[str]:
    """Return the lines without their time."""
    lines = panel.log.lines.toPlainText().splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d  ", line) for line in lines)
    return [line[10:] for line in lines]


def test_it_says_how_far_and_how_well_it_goes(panel: RunPanel) -> None:
    panel.begin("my-meals-64", EPOCHS, patience=5)
    for epoch in range(1, 8):
        panel.take(batch_report(epoch, 10))
        figure = 0.713 if epoch == 6 else 0.709 if epoch == 7 else 0.5
        panel.take(epoch_report(epoch, figure, (6, 0.713) if epoch > 6 else None))
    panel.take(batch_report(8, 3))
    assert panel.name.text() == "my-meals-64"
    assert panel.epoch.text() == "Epoch 8 of 30"
    assert re.fullmatch(r"0:0\d so far, about 10 min left", facts(panel)[0])
    assert facts(panel)[1:] == [
        "Best 0.713 (epoch 6), now 0.709",
        "No gain for 1 of 5 epochs",
        "64 photos per second",
        "1.2 GB of memory used",
    ]
    assert (panel.bar.value(), panel.bar.maximum()) == (73, 300)


def test_its_curves_grow_and_the_best_epoch_is_marked(qtbot: QtBot, panel: RunPanel) -> None:
    panel.begin("m", EPOCHS)
    for batch in range(1, 11):
        panel.take(batch_report(1, batch))
    panel.take(epoch_report(1, 0.5))
    panel.take(batch_report(2, 1, losses={"polarization": 1.0, "total": 1.5}))
    said = "total: last 1.5, lowest 1.5, highest 3. polarization: last 1, lowest 1, highest 2."
    qtbot.waitUntil(lambda: panel.loss.accessibleDescription().startswith(said))
    said = "mAP: last 0.5, lowest 0.5, highest 0.5. best 0.500 (epoch 1)."
    qtbot.waitUntil(lambda: panel.quality.accessibleDescription() == said)


def test_a_single_term_is_not_drawn_twice(qtbot: QtBot, panel: RunPanel) -> None:
    panel.begin("m", EPOCHS)
    panel.take(batch_report(1, 1, losses={"dpn": 2.0, "total": 2.0}))
    said = "total: last 2, lowest 2, highest 2."
    qtbot.waitUntil(lambda: panel.loss.accessibleDescription() == said)


def test_it_prepares_until_the_first_photos_are_learned_from(panel: RunPanel) -> None:
    panel.begin("m", EPOCHS, [epoch_entry(1, 0.5)])
    panel.take(Progress("Loading the model"))
    assert panel.is_preparing
    panel.take(batch_report(2, 1))
    assert not panel.is_preparing


def test_before_the_first_epoch_it_tells_what_is_prepared(panel: RunPanel) -> None:
    panel.begin("m", EPOCHS)
    assert panel.epoch.text() == "Preparing"
    panel.take(Progress("Reading photos", 120, 1912, 80.0, 22.0))
    panel.take(Progress("Reading photos", 130, 1912, 80.0, 22.0))
    assert panel.epoch.text().startswith("Reading photos 130 of 1,912")
    assert log(panel) == ["Reading photos"]
    panel.take(batch_report(1, 1))
    assert panel.epoch.text() == "Epoch 1 of 30"


def test_a_run_taken_up_again_shows_what_was_done(qtbot: QtBot, panel: RunPanel) -> None:
    history = [epoch_entry(1, 0.4), epoch_entry(2, 0.6)]
    panel.begin("m", EPOCHS, history, so_far=SoFar(3792, 2, 0.6))
    assert panel.epoch.text() == "Epoch 2 of 30"
    assert facts(panel)[:2] == ["1:03:12 so far", "Best 0.600 (epoch 2), now 0.600"]
    assert log(panel)[1] == "Epoch 2, loss 1.5, mAP 0.600, learning rate 0.0003"
    panel.begin("other", EPOCHS)
    assert log(panel) == []
    assert panel.epoch.text() == "Preparing"
    qtbot.waitUntil(lambda: panel.loss.accessibleDescription().startswith("The curves begin"))


def test_time_stands_still_while_it_is_held(qtbot: QtBot, panel: RunPanel) -> None:
    panel.begin("m", EPOCHS)
    assert panel._timer.isActive()
    panel.set_state("Paused", is_running=False)
    assert panel.state.text() == "Paused"
    assert not panel._timer.isActive()
    panel.set_state("Training")
    assert panel._timer.isActive()
    panel.hide()
    assert not panel._timer.isActive()
    panel.show()
    assert panel._timer.isActive()
    qtbot.waitUntil(lambda: facts(panel)[0].startswith("0:01"), timeout=3000)
    panel.set_state("Finished", is_running=False)
    assert facts(panel)[0].startswith("Trained for 0:01")


def test_without_epochs_there_are_no_curves(panel: RunPanel) -> None:
    panel.begin("itq", 0)
    assert not panel.loss.isVisible()
    assert not panel.quality.isVisible()
    panel.take(Progress("Looking at photos", 5, 10))
    assert panel.epoch.text() == "Looking at photos 5 of 10"
    panel.take(Progress("Looking at photos", 10, 10))
    panel.set_state("Finished", is_running=False)
    assert panel.epoch.text() == "", "it looks at no photos any more"
    panel.begin("m", EPOCHS)
    assert panel.loss.isVisible()


@pytest.mark.parametrize("width", [1200, 600])
def test_without_curves_its_progress_stands_at_the_top(
    qtbot: QtBot, panel: RunPanel, width: int
) -> None:
    panel.resize(width, 500)
    panel.begin("itq", 0)
    qtbot.waitUntil(lambda: panel.bar.width() > 0.8 * panel.width())
    place = panel.bar.mapTo(panel, panel.bar.rect().topLeft())
    assert place.y() < 100
    panel.begin("m", EPOCHS)
    qtbot.waitUntil(lambda: panel.quality.isVisible() and panel.quality.height() > 100)


def test_the_log_is_folded_can_be_copied_and_stays_short(qtbot: QtBot, panel: RunPanel) -> None:
    panel.begin("m", EPOCHS)
    panel.take_warning(describe("FS-402", batch=64, part=32))
    panel.set_state("Training")
    panel.set_state("Training")
    assert [line.split("  ")[0] for line in log(panel)] == ["FS-402", "Training"]
    assert not panel.log.lines.isVisible()
    qtbot.mouseClick(panel.log.toggle, Qt.MouseButton.LeftButton)
    assert panel.log.lines.isVisible()
    qtbot.mouseClick(panel.log.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().endswith("Training")
    for number in range(LINES + 50):
        panel.log.add(str(number))
    assert len(log(panel)) == LINES


@pytest.mark.parametrize(("width", "rows"), [(1200, 1), (700, 2), (420, 3)])
def test_the_parts_go_below_each_other_where_room_is_scarce(
    qtbot: QtBot, width: int, rows: int
) -> None:
    panel = RunPanel()
    panel.begin("m", EPOCHS)
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setWidget(panel)
    area.resize(width, 900)
    area.show()
    parts = (panel.quality, panel.loss, panel.epoch.parentWidget())
    qtbot.waitUntil(lambda: len({part.y() for part in parts}) == rows)
    assert all(part.geometry().right() <= panel.width() for part in parts)


def test_every_control_says_what_it_does(panel: RunPanel) -> None:
    panel.log.toggle.click()
    for button in panel.findChildren(QAbstractButton):
        assert button.text()
        assert button.toolTip()
    for plot in (panel.quality, panel.loss, panel.log.lines):
        assert plot.accessibleName()
        assert plot.toolTip()


def test_the_check_boxes_change_the_curves(qtbot: QtBot, panel: RunPanel) -> None:
    panel.begin("m", EPOCHS)
    for epoch in range(1, 11):
        for batch in (5, 10):
            losses = {"dpn": 1.0, "total": 0.0 if batch == 5 else 1.0 / epoch}
            panel.take(batch_report(epoch, batch, losses=losses))
    panel.findChild(QCheckBox, "run-log-scale").click()
    assert panel.loss.accessibleDescription().endswith("10 values not above 0 left out")
    panel.findChild(QCheckBox, "run-recent").click()
    assert panel.loss.accessibleDescription().endswith("2 values not above 0 left out")
    panel.findChild(QCheckBox, "run-outliers").click()
