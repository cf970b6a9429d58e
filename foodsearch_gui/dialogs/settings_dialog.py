"""The settings, built from their own descriptions; every change holds at once."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from foodsearch_gui.core.settings import Settings, SettingsStore

_Field = dataclasses.Field[Any]


class SettingsDialog(QDialog):
    """A tab a section, a row a setting.

    Args:
        store: What is shown and changed.
    """

    def __init__(self, store: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_dialog")
        self.setWindowTitle(self.tr("Settings"))
        self._store = store
        self._editors: dict[str, QWidget] = {}
        self._tabs = QTabWidget(self)
        self._tabs.setObjectName("settings_sections")
        self._tabs.setAccessibleName(self.tr("Sections"))
        for section, fields in _sections().items():
            self._tabs.addTab(self._make_section(fields), _tr(section))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        self.reset_button = buttons.addButton(
            self.tr("&Reset to the defaults"), QDialogButtonBox.ButtonRole.ResetRole
        )
        self.reset_button.clicked.connect(self._reset)
        for button in buttons.buttons():
            button.setObjectName("settings_button")
            button.setAccessibleName(button.text().replace("&", ""))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(14)
        column.addWidget(self._tabs)
        column.addWidget(buttons)
        self.setMinimumWidth(520)

    def editor(self, name: str) -> QWidget:
        """Return the control of a setting."""
        return self._editors[name]

    def _make_section(self, fields: list[_Field]) -> QWidget:
        section = QWidget(self)
        form = QFormLayout(section)
        form.setContentsMargins(8, 14, 8, 8)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(10)
        for field in fields:
            editor = self._make_editor(field)
            if isinstance(editor, QCheckBox):
                form.addRow("", editor)
            else:
                mark = " *" if field.metadata["needs_restart"] else ""
                form.addRow(_tr(field.metadata["title"]) + mark, editor)
        if any(field.metadata["needs_restart"] for field in fields):
            form.addRow("", QLabel(self.tr("* Holds after the next start."), section))
        return section

    def _make_editor(self, field: _Field) -> QWidget:
        value = getattr(self._store.value, field.name)
        editor: QWidget
        if isinstance(field.default, bool):
            editor = self._make_check_box(field, value)
        elif field.metadata["choices"]:
            editor = self._make_list(field, value)
        else:
            editor = self._make_number(field, value)
        self._editors[field.name] = editor
        editor.setObjectName(f"setting_{field.name}")
        editor.setAccessibleName(_tr(field.metadata["title"]).replace("&", ""))
        editor.setAccessibleDescription(_tr(field.metadata["doc"]))
        editor.setToolTip(_tr(field.metadata["doc"]))
        return editor

    def _make_check_box(self, field: _Field, value: bool) -> QCheckBox:
        editor = QCheckBox(_tr(field.metadata["title"]), self)
        editor.setChecked(value)
        editor.toggled.connect(partial(self._change, field.name))
        return editor

    def _make_list(self, field: _Field, value: str) -> QComboBox:
        editor = QComboBox(self)
        for key, caption in field.metadata["choices"]:
            editor.addItem(_tr(caption), key)
        editor.setCurrentIndex(editor.findData(value))
        editor.activated.connect(
            lambda _index, name=field.name: self._change(name, editor.currentData())
        )
        return editor

    def _make_number(self, field: _Field, value: int) -> QSpinBox:
        editor = QSpinBox(self)
        editor.setRange(*field.metadata["limits"])
        editor.setGroupSeparatorShown(True)
        editor.setValue(value)
        editor.setKeyboardTracking(False)
        editor.valueChanged.connect(partial(self._change, field.name))
        return editor

    def _change(self, name: str, value: object) -> None:
        self._store.change(**{name: value})

    @Slot()
    def _reset(self) -> None:
        defaults = Settings()
        for fields in _sections().values():
            for field in fields:
                _show(self.editor(field.name), getattr(defaults, field.name))
                self._change(field.name, getattr(defaults, field.name))


def _sections() -> dict[str, list[_Field]]:
    sections: dict[str, list[_Field]] = {}
    for field in dataclasses.fields(Settings):
        if field.metadata["section"]:
            sections.setdefault(field.metadata["section"], []).append(field)
    return sections


def _show(editor: QWidget, value: Any) -> None:
    if isinstance(editor, QCheckBox):
        editor.setChecked(value)
    elif isinstance(editor, QComboBox):
        editor.setCurrentIndex(editor.findData(value))
    elif isinstance(editor, QSpinBox):
        editor.setValue(value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Settings", text)
