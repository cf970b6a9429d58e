"""What a model's file tells of its training: curves and settings. Read as strictly as all of it.

A report comes from whoever made the model, so that nothing in it is taken for granted; entries
that are no numbers are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

import engine
from engine import EngineError
from foodsearch_gui.core import wording

if TYPE_CHECKING:
    from engine import ModelInfo

_MOST_EPOCHS = 100_000
_LONGEST = 200  # letters of a setting
Curve = tuple[tuple[float, ...], tuple[float, ...]]
_CAPTIONS = {
    "epochs": QT_TRANSLATE_NOOP("ModelReport", "Epochs asked for"),
    "batch_size": QT_TRANSLATE_NOOP("ModelReport", "Photos in a step"),
    "input_size": QT_TRANSLATE_NOOP("ModelReport", "Pixels of a side"),
    "optimizer": QT_TRANSLATE_NOOP("ModelReport", "Optimiser"),
    "lr": QT_TRANSLATE_NOOP("ModelReport", "Learning rate"),
    "backbone_lr_scale": QT_TRANSLATE_NOOP("ModelReport", "… of pretrained layers"),
    "schedule": QT_TRANSLATE_NOOP("ModelReport", "Course of the rate"),
    "augment": QT_TRANSLATE_NOOP("ModelReport", "Cut of the photos"),
    "degrade": QT_TRANSLATE_NOOP("ModelReport", "Blurred or small photos"),
    "validation_share": QT_TRANSLATE_NOOP("ModelReport", "Photos held back"),
    "patience": QT_TRANSLATE_NOOP("ModelReport", "Patience in checks"),
}
# On the card already, where they are said of the model itself.
_TOLD = ("method", "backbone", "num_bits", "seed", "network")


@dataclass(frozen=True)
class TrainingReport:
    """The part of a report that windows show.

    Attributes:
        losses: Curve over the epochs of each term of the loss, the total first.
        quality: mAP on the photos held back over the epochs.
        best_epoch: The epoch that was kept, 0 if none is named.
        best_map: Its mAP, or None.
        settings: Name and value of what the training was asked for, the important ones first.
    """

    losses: tuple[tuple[str, Curve], ...] = ()
    quality: Curve = ((), ())
    best_epoch: int = 0
    best_map: float | None = None
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def has_curves(self) -> bool:
        """Whether there is anything to plot."""
        return bool(self.losses or self.quality[0])


def read_training(model: ModelInfo) -> TrainingReport | None:
    """Return what a model's file tells of its training, None if it tells nothing."""
    try:
        report = parse_report(engine.read_report(model.path))
    except EngineError:  # the list of models says what is wrong with the file
        return None
    return report if report.has_curves or report.settings else None


def parse_report(report: Mapping[str, Any]) -> TrainingReport:
    """Return the part of a report that windows show; what is not as expected is left out."""
    history = report.get("history")
    entries = [
        entry
        for entry in (history[:_MOST_EPOCHS] if isinstance(history, list) else ())
        if isinstance(entry, dict) and _number(entry.get("epoch")) is not None
    ]
    names = {name: None for entry in entries for name in _losses(entry)}
    ordered = sorted(names, key=lambda name: name != "total")
    best = report.get("best")
    best = best if isinstance(best, dict) else {}
    epoch = _number(best.get("epoch"))
    config = report.get("config")
    return TrainingReport(
        losses=tuple(
            (name, _curve((e, _losses(e).get(name)) for e in entries)) for name in ordered
        ),
        quality=_curve((entry, _number(entry.get("val_map"))) for entry in entries),
        best_epoch=int(epoch) if epoch else 0,
        best_map=_number(best.get("map")),
        settings=_settings(config) if isinstance(config, dict) else (),
    )


def _curve(points: Any) -> Curve:
    kept = [(float(entry["epoch"]), value) for entry, value in points if value is not None]
    return tuple(x for x, _ in kept), tuple(y for _, y in kept)


def _losses(entry: Mapping[str, Any]) -> dict[str, float]:
    losses = entry.get("losses")
    found = losses.items() if isinstance(losses, dict) else ()
    return {name: value for name, given in found if (value := _number(given)) is not None}


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


def _settings(config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    first = [name for name in _CAPTIONS if name in config]
    rest = sorted(name for name in config if name not in _CAPTIONS and name not in _TOLD)
    pairs = ((_caption(name), _text(config[name])) for name in first + rest)
    return tuple((name, text) for name, text in pairs if text)


def _caption(name: str) -> str:
    if name in _CAPTIONS:
        return QCoreApplication.translate("ModelReport", str(_CAPTIONS[name]))
    return name[:_LONGEST].replace("_", " ")


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {inner}" for name, inner in value.items())[:_LONGEST]
    if value is None:
        return QCoreApplication.translate("ModelReport", "as the network's own")
    if isinstance(value, bool):
        return QCoreApplication.translate("ModelReport", "yes" if value else "no")
    return wording.figure(value) if isinstance(value, float) else str(value)[:_LONGEST]
