"""What the user chose, kept in ``settings.json``: one frozen dataclass, one store.

Unknown keys are kept, so that an older version does not lose what a newer one wrote; a value that
does not fit falls back to its default; a damaged file is set aside and reported.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Signal

import engine
from engine import Message, describe

_log = logging.getLogger(__name__)
_SCHEMA = 1
MOST_RESULTS = 500  # of one search


def _setting(
    default: Any,
    section: Any,
    title: Any,
    doc: Any,
    *,
    choices: tuple[tuple[str, Any], ...] = (),
    limits: tuple[int, int] | None = None,
    needs_restart: bool = False,
) -> Any:
    """Describe one setting; the settings dialog is built from these descriptions."""
    return dataclasses.field(
        default=default,
        metadata={
            "section": section,
            "title": title,
            "doc": doc,
            "choices": choices,
            "limits": limits,
            "needs_restart": needs_restart,
        },
    )


_GENERAL = QT_TRANSLATE_NOOP("Settings", "General")
_PHOTOS = QT_TRANSLATE_NOOP("Settings", "Photos")
_SEARCH = QT_TRANSLATE_NOOP("Settings", "Search")
_TRAINING = QT_TRANSLATE_NOOP("Settings", "Training")
_REMEMBERED = ""  # not in the dialog: set by using the window


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults."""

    theme: str = _setting(
        "system",
        _GENERAL,
        QT_TRANSLATE_NOOP("Settings", "&Theme"),
        QT_TRANSLATE_NOOP("Settings", "Colours of the window."),
        choices=(
            ("system", QT_TRANSLATE_NOOP("Settings", "Like the system")),
            ("light", QT_TRANSLATE_NOOP("Settings", "Light")),
            ("dark", QT_TRANSLATE_NOOP("Settings", "Dark")),
        ),
    )
    start_page: str = _setting(
        "search",
        _GENERAL,
        QT_TRANSLATE_NOOP("Settings", "&Start with"),
        QT_TRANSLATE_NOOP("Settings", "The page that is open after the start."),
        choices=(
            ("search", QT_TRANSLATE_NOOP("Settings", "Search")),
            ("library", QT_TRANSLATE_NOOP("Settings", "Library")),
            ("train", QT_TRANSLATE_NOOP("Settings", "Train")),
        ),
    )
    rescan_on_open: bool = _setting(
        True,
        _PHOTOS,
        QT_TRANSLATE_NOOP("Settings", "&Look for new photos at the start"),
        QT_TRANSLATE_NOOP("Settings", "Compares the folders with the library after the start."),
    )
    index_after_scan: bool = _setting(
        True,
        _PHOTOS,
        QT_TRANSLATE_NOOP("Settings", "&Index new photos by itself"),
        QT_TRANSLATE_NOOP("Settings", "Builds the index after a scan found new photos."),
    )
    max_megapixels: int = _setting(
        200,
        _PHOTOS,
        QT_TRANSLATE_NOOP("Settings", "Largest &picture (megapixels)"),
        QT_TRANSLATE_NOOP("Settings", "Larger pictures are refused as a query."),
        limits=(10, 2000),
    )
    thumbnail_cache_mb: int = _setting(
        1000,
        _PHOTOS,
        QT_TRANSLATE_NOOP("Settings", "Thumbnail &cache (MB)"),
        QT_TRANSLATE_NOOP("Settings", "Disk space that small pictures may take."),
        limits=(50, 100_000),
        needs_restart=True,
    )
    results: int = _setting(
        24,
        _SEARCH,
        QT_TRANSLATE_NOOP("Settings", "&Results"),
        QT_TRANSLATE_NOOP("Settings", "How many matches a search shows."),
        limits=(1, MOST_RESULTS),
    )
    hide_duplicates: bool = _setting(
        True,
        _SEARCH,
        QT_TRANSLATE_NOOP("Settings", "Hide &duplicates"),
        QT_TRANSLATE_NOOP("Settings", "Shows one photo of a group that looks the same."),
    )
    device: str = _setting(
        "auto",
        _SEARCH,
        QT_TRANSLATE_NOOP("Settings", "C&ompute on"),
        QT_TRANSLATE_NOOP("Settings", "Where photos are encoded."),
        choices=(
            ("auto", QT_TRANSLATE_NOOP("Settings", "Graphics card, if there is one")),
            ("cpu", QT_TRANSLATE_NOOP("Settings", "Processor")),
        ),
        needs_restart=True,
    )
    train_apart: bool = _setting(
        False,
        _TRAINING,
        QT_TRANSLATE_NOOP("Settings", "Train in a separate &process"),
        QT_TRANSLATE_NOOP(
            "Settings",
            "Uses all graphics cards if there are several, and a training that crashes does not "
            "take the window with it; takes more memory.",
        ),
    )
    library: str = _setting("Home", _REMEMBERED, "", "")
    photo_order: str = _setting("name", _REMEMBERED, "", "", choices=(("name", ""), ("date", "")))
    thumbnail_size: int = _setting(192, _REMEMBERED, "", "", limits=(96, 320))
    max_distance: int = _setting(-1, _REMEMBERED, "", "", limits=(-1, 4096))  # -1: no limit
    curves_log_scale: bool = _setting(False, _REMEMBERED, "", "")
    curves_recent_only: bool = _setting(False, _REMEMBERED, "", "")
    curves_hide_outliers: bool = _setting(False, _REMEMBERED, "", "")
    map_opacity: int = _setting(70, _REMEMBERED, "", "", limits=(0, 100))  # per cent
    map_contours: bool = _setting(False, _REMEMBERED, "", "")
    map_palette: str = _setting("auto", _REMEMBERED, "", "")
    bit_order: str = _setting("", _REMEMBERED, "", "")
    match_maps: bool = _setting(True, _REMEMBERED, "", "")
    match_contours: bool = _setting(False, _REMEMBERED, "", "")
    evaluate_kind: str = _setting("folder", _REMEMBERED, "", "")
    evaluate_folder: str = _setting("", _REMEMBERED, "", "")
    evaluate_splits: str = _setting("", _REMEMBERED, "", "")
    evaluate_second: str = _setting("", _REMEMBERED, "", "")  # id of a model
    evaluate_length: int = _setting(0, _REMEMBERED, "", "")  # 0: all photos


class SettingsStore(QObject):
    """The settings in force and their file.

    Signals:
        changed (frozenset[str]): Names of the settings that have new values.

    Args:
        path: The JSON file; written when a setting changes.
    """

    changed = Signal(object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.problem: Message | None = None
        self._stored = self._read()
        self.value = _from_stored(self._stored)

    def change(self, **values: Any) -> None:
        """Set some settings, write the file, tell everybody.

        Raises:
            TypeError: There is no such setting.
        """
        updated = dataclasses.replace(self.value, **values)
        names = frozenset(n for n in values if getattr(updated, n) != getattr(self.value, n))
        if not names:
            return
        self.value = updated
        self._stored |= {name: getattr(updated, name) for name in names} | {"schema": _SCHEMA}
        try:
            engine.write_json(self.path, self._stored)
        except OSError:
            # A full or read-only disk must not stop the work; the choice holds until the end.
            _log.warning("the settings could not be written", exc_info=True)
        self.changed.emit(names)

    def _read(self) -> dict[str, Any]:
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError:
            _log.warning("the settings could not be read", exc_info=True)
            return {}
        except ValueError:
            return self._set_aside()
        return stored if isinstance(stored, dict) else self._set_aside()

    def _set_aside(self) -> dict[str, Any]:
        copy = self.path.with_suffix(".broken")
        try:
            os.replace(self.path, copy)
        except OSError:
            _log.warning("the damaged settings could not be set aside", exc_info=True)
        self.problem = describe("FS-903", copy=copy.name)
        return {}


def _from_stored(stored: dict[str, Any]) -> Settings:
    values = {}
    for setting in dataclasses.fields(Settings):
        if setting.name in stored and _fits(setting, stored[setting.name]):
            values[setting.name] = stored[setting.name]
    return Settings(**values)


def _fits(setting: dataclasses.Field[Any], value: Any) -> bool:
    if type(value) is not type(setting.default):
        return False
    choices, limits = setting.metadata["choices"], setting.metadata["limits"]
    if choices and value not in {key for key, _ in choices}:
        return False
    return limits is None or limits[0] <= value <= limits[1]
