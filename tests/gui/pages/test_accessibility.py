from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QTabBar, QWidget

from tests.gui.pages.conftest import Helper

Open = Callable[[str], Helper]
TAB_ORDER = {
    "library": [
        "library-name",
        "action_library.new",
        "action_library.add_folder",
        "action_library.rescan",
        "library-more",
        "library-roots",
        "index-build",
        "index-pause",
        "index-stop",
        "qt_tabwidget_tabbar",
        "library-folder",
        "library-order",
        "library-grid",
        "problems-ignored",
        "problems-table",
        "problems-retry",
        "problems-show",
        "problems-ignore",
        "problems-skip",
        "problems-export",
    ],
    "train": [
        "train-source-folders",
        "train-source-table",
        "train-source-judgements",
        "train-source-none",
        "train-place",
        "train-browse",
        "train-parent",
        "train-name",
        "train-preset-quick",
        "train-preset-balanced",
        "train-preset-thorough",
        "train-bits",
        "train-device",
        "train-advanced",
        "train-method",
        "train-use-judgements",
        "train-check-stop",
        "train-classes",
        "action_train.check",
        "action_train.start",
        "train-use",
        "train-rebuild",
        "train-pause",
        "train-stop",
        "train-resume",
        "train-keep",
        "train-discard",
        "train-new",
        "run-quality",
        "run-loss",
    ],
    "models": [
        "action_models.use",
        "action_models.index",
        "action_models.compare",
        "action_models.import",
        "action_models.export",
        "action_models.duplicate",
        "action_models.rename",
        "action_models.delete",
        "models-more",
        "models-table",
        "model-card",
        "model-libraries",
        "model-settings",
        "comparison-only-different",
        "model-comparison",
    ],
    "inspect": [
        "action_inspect.open",
        "action_inspect.searched",
        "action_inspect.alone",
        "inspect-photo",
        "inspect-beside",
        "inspect-shown",
        "inspect-opacity",
        "inspect-contours",
        "inspect-colours",
        "inspect-tabbar",
        "inspect-order",
        "inspect-filter",
        "inspect-only-named",
        "bit-maps",
        "inspect-bit",
        "action_inspect.rename",
        "action_inspect.on",
        "action_inspect.off",
        "action_inspect.examples",
        "action_inspect.stability",
        "inspect-attribute",
        "inspect-on",
        "inspect-off",
        "inspect-boundary",
    ],
    "evaluate": [
        "evaluate-model",
        "evaluate-second",
        "evaluate-kind",
        "evaluate-place",
        "evaluate-browse",
        "action_evaluate.run",
        "action_evaluate.stop",
        "evaluate-length",
        "evaluate-kept",
        "action_evaluate.export",
        "action_evaluate.delete",
        "evaluate-of",
        "evaluate-tabbar",
        "evaluate-summary",
        "evaluate-precision",
        "evaluate-recall",
        "evaluate-pairs",
        "evaluate-sought",
        "evaluate-found",
        "evaluate-map-dish",
        "evaluate-map-view",
    ],
}


def focusable(page: QWidget) -> list[QWidget]:
    """Return what Tab can reach on a page, shown now or in another state of it."""
    inner = {area.viewport() for area in page.findChildren(QAbstractScrollArea)}
    inner |= {button for bar in page.findChildren(QTabBar) for button in bar.children()}
    return [
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget not in inner
        and widget.window() is page.window()  # the lists of combo boxes are windows of their own
        and widget.focusProxy() is None
    ]


def spoken_name(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


@pytest.mark.parametrize("page", TAB_ORDER)
def test_every_control_has_a_name_and_a_tool_tip(open_at: Open, page: str) -> None:
    widgets = focusable(open_at(page).window.current_page)
    assert len(widgets) >= len(TAB_ORDER[page])
    assert [w.objectName() or type(w).__name__ for w in widgets if not spoken_name(w)] == []
    missing = [w.objectName() or type(w).__name__ for w in widgets if not w.toolTip()]
    assert missing == []


@pytest.mark.parametrize("page", TAB_ORDER)
def test_every_mnemonic_leads_to_a_control(open_at: Open, page: str) -> None:
    labels = open_at(page).window.current_page.findChildren(QLabel)
    assert [label.text() for label in labels if "&" in label.text() and not label.buddy()] == []


@pytest.mark.parametrize("page", TAB_ORDER)
def test_tab_follows_the_eye(open_at: Open, page: str) -> None:
    shown = open_at(page).window.current_page
    widgets = set(focusable(shown))
    chain, widget = [], shown.nextInFocusChain()
    while widget is not shown:
        if widget in widgets and widget.objectName() in TAB_ORDER[page]:
            chain.append(widget.objectName())
        widget = widget.nextInFocusChain()
    assert chain == TAB_ORDER[page]


@pytest.mark.parametrize("page", TAB_ORDER)
def test_targets_are_large_enough_to_hit(open_at: Open, page: str) -> None:
    shown = [w for w in focusable(open_at(page).window.current_page) if w.isVisible()]
    assert [(w.objectName(), w.height()) for w in shown if w.height() < 24] == []
