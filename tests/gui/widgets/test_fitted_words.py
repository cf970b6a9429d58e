from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from foodsearch_gui.widgets.fitted_words import fit_words

NAME = "not kaeng khiao wan, kaeng massaman or tom kha gai"


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetrics:
    return QFontMetrics(qapp.font())


def test_words_are_never_cut_where_one_fits(metrics: QFontMetrics) -> None:
    whole = metrics.horizontalAdvance(NAME)
    for width in range(metrics.horizontalAdvance("not…"), whole):
        fitted = fit_words(NAME, metrics, width)
        assert metrics.horizontalAdvance(fitted) <= width
        said = fitted.removesuffix("…")
        assert said != fitted
        assert NAME.startswith(said)
        assert NAME[len(said)] in " ,", "a word is shown whole or not at all"
    assert fit_words(NAME, metrics, whole) == NAME


def test_a_word_that_is_too_long_is_cut(metrics: QFontMetrics) -> None:
    width = metrics.horizontalAdvance("sauerk")
    fitted = fit_words("sauerkraut", metrics, width)
    assert fitted.endswith("…")
    assert metrics.horizontalAdvance(fitted) <= width
    assert fit_words("", metrics, width) == ""
