"""Everything a training run depends on besides its photos, as one value; presets are TOML files."""

from __future__ import annotations

import importlib.resources
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

from engine.errors import InputError
from engine.models.manifest import MAX_BITS
from engine.preprocessing import MAX_INPUT_SIZE
from engine.training.setting_types import fits, in_words

PEOPLE_PRESETS = ("quick", "balanced", "thorough")
PAPER = "paper"

Amp = Literal["auto", "off", "bf16", "fp16"]
Augment = Literal["none", "crop", "resized_crop"]
OptimizerName = Literal["adam", "adamw", "rmsprop", "sgd"]
ScheduleName = Literal["constant", "cosine", "step"]


class SettingError(ValueError):
    """A setting breaks a rule, such as ``lr`` ``must be positive``."""

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(f"{name} {rule}")
        self.name = name
        self.rule = rule


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """A training run.

    Attributes:
        method: Name of the hashing method.
        backbone: timm's name of the feature extractor.
        num_bits: Length of the code.
        input_size: Side of the square input in pixels, None for that of the backbone's weights.
        crop_pct: Share of the shorter side that is seen when encoding, None for the backbone's.
        detail: Side in pixels that photos are reduced to before they are scaled to the input, when
            training and when encoding, None for all they have.
        detail_quality: JPEG quality at which the reduced photos are compressed, None for not.
        seed: Of everything random.
        epochs: Passes over the photos.
        batch_size: Photos behind one step of the optimiser.
        part_size: Most photos in one forward pass, 0 for whole batches; the gradients of the parts
            are added up. They are those of the batch where a loss is a mean over photos; one of
            pairs within the batch forms them within a part, one with a bank meets older rows of
            later parts, and batch norms see a part only.
        optimizer: Its name.
        lr: Learning rate of the new layers.
        backbone_lr_scale: Share of it that the pretrained layers get.
        weight_decay: Of matrices and kernels; norms and biases are never decayed.
        momentum: Of SGD.
        clip_norm: Largest norm of the gradient, 0 for no limit.
        schedule: How the learning rate changes: constant, cosine to zero, or steps.
        warmup_epochs: Epochs in which it rises from zero; may be a fraction.
        step_epochs: Epochs between steps.
        step_factor: What a step multiplies it with.
        augment: none, crop (random crop after a resize to 8/7 of the input) or resized_crop (a
            random part, scaled to the input).
        min_scale: Least share of the photo's area that resized_crop takes.
        flip: Whether photos are mirrored at random.
        degrade: Chance that a photo loses resolution or sharpness; real photos come in all sizes.
        jitter: Largest relative change of brightness, contrast and saturation.
        amp: Reduced precision: auto uses it on graphics cards.
        photos_per_class: Photos of one class in a batch, 0 for batches drawn without regard to
            classes.
        balance: Whether rare classes are drawn as often as frequent ones.
        validation_share: Share of each class's photos held back to choose the best epoch.
        validation_limit: At most so many photos a class are held back.
        validation_gallery: Photos of the training that the held-back ones are searched in.
        validate_every: Epochs between validations; the last one is always validated.
        patience: Validations without a better one before training ends early, 0 for never.
        keep_codes: How firmly a training that starts from a trained model keeps its codes, also of
            dishes that it is not shown; 0 to give each dish a new one.
        network: Options of the network.
        criterion: Options of the loss.

    Raises:
        SettingError: A value is of the wrong type or out of range.
    """

    method: str
    backbone: str
    num_bits: int
    input_size: int | None = None
    crop_pct: float | None = None
    detail: int | None = None
    detail_quality: int | None = None
    seed: int = 0
    epochs: int = 30
    batch_size: int = 64
    part_size: int = 0
    optimizer: OptimizerName = "adamw"
    lr: float = 1e-3
    backbone_lr_scale: float = 0.1
    weight_decay: float = 0.01
    momentum: float = 0.9
    clip_norm: float = 0.0
    schedule: ScheduleName = "cosine"
    warmup_epochs: float = 0.0
    step_epochs: int = 30
    step_factor: float = 0.1
    augment: Augment = "crop"
    min_scale: float = 0.5
    flip: bool = True
    degrade: float = 0.0
    jitter: float = 0.0
    amp: Amp = "auto"
    photos_per_class: int = 0
    balance: bool = False
    validation_share: float = 0.1
    validation_limit: int = 10
    validation_gallery: int = 1000
    validate_every: int = 1
    patience: int = 0
    keep_codes: float = 1.0
    network: Mapping[str, Any] = field(default_factory=dict)
    criterion: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = get_type_hints(TrainConfig)
        for name, value in asdict(self).items():
            rule = f"cannot be {value!r}, only {in_words(kinds[name])}"
            _require(fits(value, kinds[name]), name, rule)
        for name in ("network", "criterion"):
            _require(_is_json(getattr(self, name)), name, "has an option of no known kind")
        for name in ("num_bits", "epochs", "validate_every", "validation_gallery", "step_epochs"):
            _require(getattr(self, name) >= 1, name, "must be at least 1")
        _require(self.num_bits <= MAX_BITS, "num_bits", f"must be at most {MAX_BITS}")
        _require(
            self.detail is None or 1 <= self.detail <= MAX_INPUT_SIZE,
            *("detail", f"must be 1 to {MAX_INPUT_SIZE}"),
        )
        _require(
            self.detail_quality is None or (self.detail and 1 <= self.detail_quality <= 95),
            *("detail_quality", "must be 1 to 95, beside a detail"),
        )
        _require(self.seed < 2**31, "seed", "must be below 2147483648")
        _require(self.batch_size >= 2, "batch_size", "must be at least 2")
        for name in ("lr", "step_factor"):
            _require(getattr(self, name) > 0, name, "must be positive")
        for name in ("seed", "part_size", "patience", "photos_per_class", "validation_limit"):
            _require(getattr(self, name) >= 0, name, "must not be negative")
        for name in (
            *("warmup_epochs", "backbone_lr_scale", "weight_decay", "clip_norm", "jitter"),
            "keep_codes",
        ):
            _require(getattr(self, name) >= 0, name, "must not be negative")
        for name in ("validation_share", "degrade", "momentum"):
            _require(0 <= getattr(self, name) < 1, name, "must be at least 0 and below 1")
        _require(0 < self.min_scale <= 1, "min_scale", "must be above 0 and at most 1")
        _require(
            self.crop_pct is None or 0.1 <= self.crop_pct <= 1, "crop_pct", "must be in 0.1 to 1"
        )
        _require(self.part_size != 1, "part_size", "must be 0 or at least 2")
        _require(
            2 * self.photos_per_class <= self.batch_size,
            *("photos_per_class", "must be at most half of batch_size, for two classes in a batch"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Return the configuration of :meth:`to_dict`, or of a preset.

        Raises:
            InputError: FS-001, there is no such setting.
            SettingError: One is missing, or of the wrong type or range.
        """
        known = sorted(entry.name for entry in fields(cls))
        for name in values:
            if name not in known:
                raise InputError("FS-001", kind="setting", name=name, known=", ".join(known))
        for name in ("method", "backbone", "num_bits"):
            _require(name in values, name, "is missing")
        return cls(**values)


def list_presets(method: str) -> list[str]:
    """Return the names of the presets a method may be trained with."""
    own = [PAPER] if (_folder() / PAPER / f"{method}.toml").is_file() else []
    return [*PEOPLE_PRESETS, *own]


def load_preset(name: str, method: str) -> dict[str, Any]:
    """Return the settings of a preset: quick, balanced, thorough, paper, or a TOML file.

    What a table ``[methods.NAME]`` says goes before the rest for that method.

    Raises:
        InputError: FS-001 unknown preset, FS-002 the file is no preset.
    """
    if name.endswith(".toml"):
        return _for_method(_read(Path(name)), method)
    known = list_presets(method)
    if name not in known:
        raise InputError("FS-001", kind=f"preset of {method}", name=name, known=", ".join(known))
    place = f"{PAPER}/{method}.toml" if name == PAPER else f"{name}.toml"
    return _for_method(_read(_folder() / place), method)


def method_of_preset(name: str) -> str | None:
    """Return the method that a preset file names, None for one that suits several.

    Raises:
        InputError: FS-002, the file is no preset.
    """
    found = _read(Path(name)).get("method") if name.endswith(".toml") else None
    return None if found is None else str(found)


def assign(settings: dict[str, Any], assignment: str) -> None:
    """Put ``name=value`` into settings; the value is read as TOML, else as a word.

    ``network.x`` and ``criterion.x`` name options of these.

    Raises:
        SettingError: There is no ``=``, or no such place.
    """
    name, equals, text = assignment.partition("=")
    _require(equals, assignment, "is not like NAME=VALUE")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    table, _, option = name.rpartition(".")
    if table in ("network", "criterion"):
        _require(isinstance(settings.get(table, {}), Mapping), table, "has no options")
        settings[table] = {**settings.get(table, {}), option: value}
    else:
        settings[name] = value


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            "FS-002", name=str(path), reason=reason, advice="A preset is a TOML file."
        ) from error


def _for_method(values: dict[str, Any], method: str) -> dict[str, Any]:
    """Return settings with those of the method's own table, option by option."""
    tables = values.pop("methods", {})
    own = tables.get(method, {}) if isinstance(tables, Mapping) else None
    if not isinstance(own, Mapping):
        reason = "“methods” is not made of tables"
        raise InputError("FS-002", name="preset", reason=reason, advice="Write [methods.NAME].")
    merged = {**values, **own}
    for name in ("network", "criterion"):
        options = values.get(name), own.get(name)
        if all(isinstance(given, Mapping) for given in options):
            merged[name] = {**values[name], **own[name]}
    return merged


def _folder() -> Path:
    return Path(str(importlib.resources.files("engine.training") / "presets"))


def _is_json(options: Mapping[str, Any]) -> bool:
    try:
        json.dumps(dict(options), allow_nan=False)
    except (TypeError, ValueError):  # a date of TOML; not a number
        return False
    return True


def _require(condition: object, name: str, rule: str) -> None:
    if not condition:
        raise SettingError(name, rule)
