from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from engine.models.manifest import Manifest, NewerFormatError, check_id, read_json
from tests.engine.models.conftest import MANIFEST

DIGESTS = {"model.safetensors": "ab" * 32, "report.json": "cd" * 32}
WRITTEN = dataclasses.replace(MANIFEST, files=DIGESTS)


def changed(**values: Any) -> bytes:
    return json.dumps({**json.loads(WRITTEN.to_json()), **values}).encode()


def test_comes_back_from_its_text() -> None:
    assert Manifest.from_json(WRITTEN.to_json()) == WRITTEN


def test_the_key_names_the_weights() -> None:
    assert WRITTEN.key == "dishes-8-abababababab"


def test_every_entry_but_the_options_is_required() -> None:
    for name in set(json.loads(WRITTEN.to_json())) - {"options"}:
        values = json.loads(WRITTEN.to_json())
        del values[name]
        with pytest.raises(ValueError, match=r"missing|version"):
            Manifest.from_json(json.dumps(values).encode())


def test_texts_that_came_later_may_be_missing() -> None:
    older = json.loads(WRITTEN.to_json())
    assert not {"data_licence", "limits"} & set(older)  # an older version can read what it knows
    full = dataclasses.replace(WRITTEN, data_licence="CC BY 4.0", limits="Soups look alike.")
    assert Manifest.from_json(full.to_json()) == full
    assert set(json.loads(full.to_json())) - set(older) == {"data_licence", "limits"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "../up"),
        ("id", "Dishes"),
        ("id", "a--b"),
        ("id", "nul"),
        ("id", "a" * 65),
        ("id", ""),
        ("id", 7),
        ("name", " "),
        ("name", "two\nlines"),
        ("name", "n" * 201),
        ("method", "os.system"),
        ("method", None),
        ("backbone", "hf-hub:someone/something"),
        ("backbone", "/etc/passwd"),
        ("num_bits", 0),
        ("num_bits", 1_000_000),
        ("num_bits", True),
        ("num_bits", 8.0),
        ("num_bits", "8"),
        ("classes", "noodles"),
        ("classes", [1]),
        ("bit_names", ["one"]),
        ("bit_names", [1] * 8),
        ("parent", "../up"),
        ("parent", 1),
        ("seed", 1.5),
        ("seed", True),
        ("decoder", None),
        ("licence", None),
        ("data_licence", None),
        ("limits", 1),
        ("description", ["text"]),
        ("data_fingerprint", 1),
        ("metrics", []),
        ("created", "yesterday"),
        ("created", 0),
        ("files", {}),
        ("files", {"model.safetensors": "ab" * 32}),
        ("files", {**DIGESTS, "setup.py": "ab" * 32}),
        ("files", {**DIGESTS, "report.json": "short"}),
        ("files", {**DIGESTS, "report.json": 1}),
        ("preprocessing", None),
        ("preprocessing", {}),
        ("format_version", 0),
        ("format_version", "1"),
        ("format_version", True),
        ("surprise", 1),
    ],
)
def test_refuses_wrong_values(name: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the text is for people)
        Manifest.from_json(changed(**{name: value}))


def test_a_newer_format_is_told_apart() -> None:
    with pytest.raises(NewerFormatError, match="newer"):
        Manifest.from_json(changed(format_version=2, surprise=1))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\xff"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)
def test_refuses_other_json(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_json(text)


@pytest.mark.parametrize("text", ["starter-64", "a", "0", "my-meals-64-2", "console"])
def test_accepts_ids(text: str) -> None:
    check_id(text)
