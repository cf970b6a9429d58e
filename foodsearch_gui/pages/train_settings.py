"""Steps 2 and 3 of the Train page: which model to start from, and how to train it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QToolButton,
    QWidget,
)

from engine import PEOPLE_PRESETS, MethodInfo, ModelInfo
from foodsearch_gui.core import wording
from foodsearch_gui.core.training_choices import BITS
from foodsearch_gui.core.training_jobs import Devices
from foodsearch_gui.pages.train_data import LABELS_WIDTH
from foodsearch_gui.widgets.elided_box import ElidedBox
from foodsearch_gui.widgets.section import Section


class StartStep(Section):
    """The model to start from and the name of the new one.

    Signals:
        parent_changed: Another model was chosen.
        name_changed: The user wrote another name.
    """

    parent_changed = Signal()
    name_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("2  Start from"), parent)
        self.setObjectName("train-start-from")
        self.models = ElidedBox()
        self.models.setObjectName("train-parent")
        self.models.setAccessibleName(self.tr("Model to start from"))
        self.models.setToolTip(
            self.tr("What this model knows already is kept and refined with your photos")
        )
        self.name = QLineEdit()
        self.name.setObjectName("train-name")
        self.name.setMaxLength(200)
        self.name.setAccessibleName(self.tr("Name of the new model"))
        self.name.setToolTip(self.tr("The model you start from stays as it is"))
        self.trouble = QLabel()
        self.trouble.setObjectName("train-name-trouble")
        self.trouble.setWordWrap(True)
        self.trouble.setProperty("isError", True)
        self.trouble.hide()
        form = _form()
        _add_row(form, self.tr("&Model"), self.models)
        _add_row(form, self.tr("&New name"), self.name)
        form.addWidget(self.trouble, 2, 1)
        self.hint = _hint("train-name-hint")
        self.hint.hide()
        form.addWidget(self.hint, 3, 1)
        self.column.addLayout(form)
        self.models.activated.connect(self.parent_changed)
        self.name.textEdited.connect(self.name_changed)

    @property
    def parent_id(self) -> str:
        """Id of the chosen model, empty for none."""
        return str(self.models.currentData() or "")

    def set_models(self, models: Sequence[ModelInfo], chosen: str) -> None:
        """List the models, the bundled default first."""
        with QSignalBlocker(self.models):
            self.models.clear()
            for model in models:
                caption = self.tr("%1 · built in") if model.bundled else "%1"
                self.models.addItem(caption.replace("%1", model.name), model.id)
            self.models.addItem(self.tr("No model: general pictures only"), "")
            self.models.setCurrentIndex(max(0, self.models.findData(chosen)))

    def set_hint(self, text: str) -> None:
        """Say below the name what becomes of it, or nothing."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def set_trouble(self, text: str) -> None:
        """Say at the name what is wrong with it, or nothing."""
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))
        self.name.setAccessibleDescription(text)
        self.name.setProperty("isWrong", bool(text))
        self.name.style().unpolish(self.name)  # else the style sheet does not see the property
        self.name.style().polish(self.name)


class SettingsStep(Section):
    """How thoroughly, how long the code, where, and, on request, by which method.

    Signals:
        changed: Anything was chosen.

    Args:
        methods: Those that learn from labels.
    """

    changed = Signal()

    def __init__(self, methods: Sequence[MethodInfo], parent: QWidget | None = None) -> None:
        super().__init__(self.tr("3  How"), parent)
        self.setObjectName("train-settings")
        self._methods = {method.name: method for method in methods}
        self._group = QButtonGroup(self)
        self.presets = {preset: self._make_preset(preset) for preset in PEOPLE_PRESETS}
        self.bits = ElidedBox()
        self.bits.setObjectName("train-bits")
        self.bits.setAccessibleName(self.tr("Length of the code"))
        self.bits.setToolTip(
            self.tr("Longer codes tell more apart and take more room; 64 is usual")
        )
        for bits in BITS:
            self.bits.addItem(self.tr("%1 bits").replace("%1", str(bits)), bits)
        self.devices = ElidedBox()
        self.devices.setObjectName("train-device")
        self.devices.setAccessibleName(self.tr("Where to compute"))
        self.devices.setToolTip(self.tr("A graphics card is many times faster than the processor"))
        self.devices.addItem(self.tr("Automatic"), "auto")
        self.device_hint = _hint("train-device-hint")
        self.advanced = QToolButton()
        self.advanced.setObjectName("train-advanced")
        self.advanced.setText(self.tr("Ad&vanced"))
        self.advanced.setCheckable(True)
        self.advanced.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.advanced.setArrowType(Qt.ArrowType.RightArrow)
        self.advanced.setAccessibleName(self.tr("Advanced settings"))
        self.advanced.setToolTip(self.tr("Show or hide the choice of the method"))
        self.method = ElidedBox()
        self.method.setObjectName("train-method")
        self.method.setAccessibleName(self.tr("Method"))
        self.method.setToolTip(self.tr("How the codes are learned"))
        self.method_hint = _hint("train-method-hint")
        self._recommended = ""
        self._lay_out()
        self.set_recommended("")
        self._group.idClicked.connect(self._tell)
        self.advanced.toggled.connect(self._show_advanced)
        self.method.activated.connect(self._take_method)
        for box in (self.bits, self.devices):
            box.activated.connect(self._tell)
        self._show_advanced(False)

    @property
    def preset(self) -> str:
        """How thoroughly."""
        return PEOPLE_PRESETS[self._group.checkedId()]

    @property
    def chosen_method(self) -> str:
        """Name of the method, empty for the recommended one."""
        return str(self.method.currentData() or "")

    def set_values(self, preset: str, num_bits: int, method: str, device: str) -> None:
        """Show these choices."""
        self.presets[preset if preset in PEOPLE_PRESETS else PEOPLE_PRESETS[0]].setChecked(True)
        if self.bits.findData(num_bits) < 0:
            self.bits.addItem(self.tr("%1 bits").replace("%1", str(num_bits)), num_bits)
        self.bits.setCurrentIndex(self.bits.findData(num_bits))
        self.method.setCurrentIndex(max(0, self.method.findData(method)))
        self.devices.setCurrentIndex(max(0, self.devices.findData(device)))
        if method:
            self.advanced.setChecked(True)
        self._explain_method()

    def set_recommended(self, name: str) -> None:
        """Say which method is taken where none is chosen."""
        chosen = self.chosen_method
        self._recommended = name
        with QSignalBlocker(self.method):
            self.method.clear()
            title = self._methods[name].title if name in self._methods else ""
            caption = self.tr("Recommended: %1") if title else self.tr("Recommended")
            self.method.addItem(caption.replace("%1", title), "")
            for method in self._methods.values():
                self.method.addItem(method.title, method.name)
            self.method.setCurrentIndex(max(0, self.method.findData(chosen)))
        self._explain_method()

    def set_labelled(self, is_labelled: bool) -> None:
        """Offer what there is to choose with labels, or without."""
        for button in self.presets.values():
            button.setEnabled(is_labelled)
        self.method.setEnabled(is_labelled)
        self._explain_method()

    def set_devices(self, devices: Devices) -> None:
        """List what was found to work."""
        chosen = self.devices.currentData()
        with QSignalBlocker(self.devices):
            self.devices.clear()
            automatic = self.tr("Automatic: %1").replace("%1", devices.automatic.label)
            self.devices.addItem(automatic, "auto")
            if len(devices.usable) > 1:
                for device in devices.usable:
                    self.devices.addItem(device.label, device.name)
            self.devices.setCurrentIndex(max(0, self.devices.findData(chosen)))
        self.device_hint.setText(devices.automatic.reason)
        self.device_hint.setVisible(bool(devices.automatic.reason))

    def set_minutes(self, seconds: Mapping[str, float]) -> None:
        """Say of each preset how long it takes, as far as that is known."""
        for preset, button in self.presets.items():
            caption = _captions(self)[preset][0]
            if preset in seconds:
                both = self.tr("%1, %2").replace("%1", caption)
                caption = both.replace("%2", wording.duration(seconds[preset]))
            button.setText(caption)
            button.setAccessibleName(caption.replace("&", ""))

    def _make_preset(self, preset: str) -> QRadioButton:
        caption, hint = _captions(self)[preset]
        button = QRadioButton(caption)
        button.setObjectName(f"train-preset-{preset}")
        button.setToolTip(hint)
        button.setAccessibleName(caption.replace("&", ""))
        button.setAccessibleDescription(hint)
        self._group.addButton(button, PEOPLE_PRESETS.index(preset))
        return button

    def _lay_out(self) -> None:
        for button in self.presets.values():
            self.column.addWidget(button)
        self.presets[PEOPLE_PRESETS[0]].setChecked(True)
        form = _form()
        _add_row(form, self.tr("&Code"), self.bits)
        _add_row(form, self.tr("De&vice"), self.devices)
        form.addWidget(self.device_hint, 2, 1)
        self.device_hint.hide()
        method = _form()
        self._method_label = _add_row(method, self.tr("Metho&d"), self.method)
        method.addWidget(self.method_hint, 1, 1)
        self.column.addLayout(form)
        self.column.addWidget(self.advanced)
        self.column.addLayout(method)

    @Slot(bool)
    def _show_advanced(self, is_shown: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_shown else Qt.ArrowType.RightArrow
        self.advanced.setArrowType(arrow)
        for widget in (self._method_label, self.method, self.method_hint):
            widget.setVisible(is_shown)

    @Slot()
    def _take_method(self) -> None:
        self._explain_method()
        self.changed.emit()

    @Slot()
    def _tell(self) -> None:
        self.changed.emit()

    def _explain_method(self) -> None:
        method = self._methods.get(self.chosen_method or self._recommended)
        if not self.method.isEnabled():
            self.method_hint.setText(self.tr("Without labels there is one method: it is computed."))
        else:
            self.method_hint.setText(method.description if method is not None else "")


def _captions(step: SettingsStep) -> dict[str, tuple[str, str]]:
    """Return what each preset is called, and what it is for."""
    return {
        "quick": (
            step.tr("&Quick: a first result"),
            step.tr("A first result over a cup of coffee"),
        ),
        "balanced": (
            step.tr("&Balanced: suits most collections"),
            step.tr("What suits most collections of a few thousand photos"),
        ),
        "thorough": (
            step.tr("&Thorough: all your photos give"),
            step.tr("The best your photos give; for a night, or a graphics card"),
        ),
    }


def _form() -> QGridLayout:
    form = QGridLayout()
    form.setHorizontalSpacing(10)
    form.setVerticalSpacing(8)
    form.setColumnMinimumWidth(0, LABELS_WIDTH)
    form.setColumnStretch(1, 1)
    return form


def _add_row(form: QGridLayout, caption: str, field: QWidget) -> QLabel:
    """Put a field below the others; unlike in a form of Qt's its label stands at its height."""
    row = form.count() // 2
    label = QLabel(caption)
    label.setBuddy(field)
    form.addWidget(label, row, 0)
    form.addWidget(field, row, 1)
    return label


def _hint(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setProperty("isHint", True)
    return label
