"""The description inside a model file, read as strictly as anything from outside."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from engine.preprocessing import DECODER, Preprocessing

FORMAT_VERSION = 1
MAX_BITS = 4096
MAX_ID = 64  # letters
TENSORS = "model.safetensors"
REPORT = "report.json"

# The id becomes a folder's name; Windows keeps some names for its devices.
_ID = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9]+(?:-[a-z0-9]+)*")
_METHOD = re.compile(r"[a-z0-9_]+")
_BACKBONE = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)?")
_LATER = {"data_licence", "limits"}  # texts that the first version did not have
_SHA256 = re.compile(r"[0-9a-f]{64}")


class NewerFormatError(ValueError):
    """The manifest was written by a newer version of the program."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a model is.

    Attributes:
        id: Lower-case letters, digits and hyphens; also the name of the installed folder.
        name: What windows show.
        method: Name of the hashing method.
        backbone: timm's name of the feature extractor.
        num_bits: Length of the codes.
        options: Choices of the method's network, by name.
        classes: Names of the classes it was trained on; empty without labels.
        preprocessing: From a photo to the network's input.
        decoder: Version of the decoder its training used.
        parent: Id of the model it was trained from, if any.
        seed: Of its training, if it has one.
        data_fingerprint: SHA-256 over the list of its training photos; may be empty.
        metrics: Measured values, by name; those of one data set in a group of its own, whose entry
            ``split`` says on which of its photos they were measured.
        bit_names: A name or None for every bit; empty if no bit has a name.
        licence: Of the weights.
        description: The model card: what it is and what it was trained on.
        created: UTC time, ISO 8601.
        files: SHA-256 of every other file of the bundle, by name.
        format_version: Of the bundle.
        data_licence: Of the photos it was trained on; older models have it in ``licence``.
        limits: What it cannot do; older models have it in ``description``.

    Raises:
        ValueError: A value is out of range.
    """

    id: str
    name: str
    method: str
    backbone: str
    num_bits: int
    preprocessing: Preprocessing
    created: str
    options: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    decoder: str = DECODER
    parent: str | None = None
    seed: int | None = None
    data_fingerprint: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    bit_names: tuple[str | None, ...] = ()
    licence: str = ""
    description: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION
    data_licence: str = ""
    limits: str = ""

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.parent is not None:
            check_id(self.parent)
        _require(_METHOD.fullmatch(self.method), f"“{self.method[:80]}” is no method")
        _require(_BACKBONE.fullmatch(self.backbone), f"“{self.backbone[:80]}” is no backbone")
        _require(1 <= self.num_bits <= MAX_BITS, f"{self.num_bits} bits are not possible")
        _require(self.name.strip(), "the name is empty")
        _require(len(self.bit_names) in (0, self.num_bits), "not every bit has a place for a name")
        for text in (self.name, *self.classes, *(name or "" for name in self.bit_names)):
            _require(len(text) <= 200 and text.isprintable(), f"“{text[:80]}” is no name")
        _require(not self.files or set(self.files) == {TENSORS, REPORT}, "it lists other files")
        for digest in self.files.values():
            _require(_SHA256.fullmatch(digest), "a checksum is no SHA-256")
        datetime.datetime.fromisoformat(self.created)

    @property
    def key(self) -> str:
        """The identity under which codes are stored: equal only for equal weights."""
        return f"{self.id}-{self.files[TENSORS][:12]}"

    def to_json(self) -> bytes:
        """Return the text of ``manifest.json``."""
        values = {**asdict(self), "preprocessing": self.preprocessing.to_dict()}
        # Left out where they say nothing: versions that do not know them refuse unknown entries.
        values = {name: value for name, value in values.items() if value or name not in _LATER}
        return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Return the inverse of :meth:`to_json`.

        Raises:
            NewerFormatError: The format version is higher than this program's.
            ValueError: Anything else is wrong.
        """
        values = read_json(text)
        version = values.get("format_version")
        if type(version) is int and version > FORMAT_VERSION:
            raise NewerFormatError(f"its format {version} is newer than {FORMAT_VERSION}")
        _require(version == FORMAT_VERSION, "the format version is missing")
        names = {entry.name for entry in fields(cls)}
        _require(not set(values) - names, "it has unknown entries")
        values.setdefault("options", {})  # models of networks without choices leave it out
        _require(not names - set(values) - _LATER, "entries are missing")
        _require(values["files"], "checksums are missing")
        for name, value in values.items():
            _require(_has_type(name, value), f"“{name}” is of the wrong type")
        values["classes"] = tuple(values["classes"])
        values["bit_names"] = tuple(values["bit_names"])
        values["preprocessing"] = Preprocessing.from_dict(values["preprocessing"])
        return cls(**values)


def check_id(text: str) -> None:
    """Check that a model may have this id.

    Raises:
        ValueError: It is too long or has other characters than a-z, 0-9 and single hyphens.
    """
    _require(len(text) <= MAX_ID and _ID.fullmatch(text), f"“{text[:80]}” is no id")


def read_json(text: bytes) -> dict[str, Any]:
    """Return a JSON object: finite numbers, unique keys, moderate depth.

    Raises:
        ValueError: The text is anything else.
    """
    try:
        values = json.loads(
            text.decode("utf-8"),
            parse_constant=_finite,
            parse_float=_finite,
            object_pairs_hook=_unique,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _require(isinstance(values, dict), "it is no JSON object")
    return values  # type: ignore[no-any-return]


def _has_type(name: str, value: object) -> bool:
    match name:
        case "num_bits" | "format_version":
            return type(value) is int
        case "seed":
            return value is None or type(value) is int
        case "parent":
            return value is None or isinstance(value, str)
        case "classes":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "bit_names":
            return isinstance(value, list) and all(
                item is None or isinstance(item, str) for item in value
            )
        case "files":
            return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        case "metrics" | "preprocessing" | "options":
            return isinstance(value, dict)
    return isinstance(value, str)


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise ValueError(reason)


def _finite(text: str) -> float:
    value = float(text)
    _require(math.isfinite(value), f"{text[:20]} is no finite number")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    _require(len(values) == len(pairs), "an entry appears twice")
    return values
