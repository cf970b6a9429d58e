"""Numbers, sizes, times and dates as people read them; the one place that formats them.

Everything follows the default :class:`QLocale`. Numbers above 999 are grouped in every locale.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePath

from PySide6.QtCore import QCoreApplication, QDate, QLocale, Qt
from PySide6.QtGui import QGuiApplication

import engine
from engine import Progress


def count(number: int) -> str:
    """Return a whole number with its groups, e.g. ``48,213``."""
    return _locale().toString(number)


def decimal(number: float, digits: int) -> str:
    """Return a number with a fixed count of decimals, e.g. ``0.713``."""
    return _minus(_locale().toString(float(number), "f", digits))


def figure(number: float) -> str:
    """Return a measured value with four significant digits, e.g. ``0.7131`` or ``2.5e−05``."""
    if number == 0:
        return "0"
    power = math.floor(math.log10(abs(number)))
    if not -5 < power < 6:
        return _minus(_locale().toString(float(number), "g", 3))
    text = decimal(number, max(0, 3 - power))
    point = _locale().decimalPoint()
    return text.rstrip("0").removesuffix(point) if point in text else text


def _minus(number: str) -> str:
    """Return a number with a true minus, which is as wide as a digit; a hyphen is easily missed."""
    return number.replace("-", "−")


def signed(value: float) -> str:
    """Return a logit as people write it, e.g. ``+0.92``, ``−0.11`` or ``−0.003``."""
    return engine.signed(value)


def photos(number: int) -> str:
    """Return ``1 photo`` or ``48,213 photos``."""
    return _plural("1 photo", "%1 photos", number)


def speed(photos_a_second: float) -> str:
    """Return ``64 photos per second``, or how long one takes where that is long."""
    if photos_a_second >= 2:
        return _tr("%1 photos per second").replace("%1", count(round(photos_a_second)))
    return _tr("%1 s per photo").replace("%1", decimal(1 / photos_a_second, 1))


def values(number: int) -> str:
    """Return ``1 value`` or ``1,204 values``."""
    return _plural("1 value", "%1 values", number)


def epochs(number: int) -> str:
    """Return ``1 epoch`` or ``30 epochs``."""
    return _plural("1 epoch", "%1 epochs", number)


def dishes(number: int) -> str:
    """Return ``1 dish`` or ``23 dishes``."""
    return _plural("1 dish", "%1 dishes", number)


def problems(number: int) -> str:
    """Return ``1 problem`` or ``31 problems``."""
    return _plural("1 problem", "%1 problems", number)


def label(name: str) -> str:
    """Return a label that is the name of a folder as words, e.g. ``fried eggs``."""
    return engine.dish_name(name)


def percent(part: int, whole: int) -> str:
    """Return ``97 %``; 100 % means all of them and 0 % none, never a rounded figure."""
    if whole <= 0 or part <= 0:
        return _tr("%1 %").replace("%1", "0")
    share = 100 if part >= whole else min(99, max(1, math.floor(100 * part / whole)))
    return _tr("%1 %").replace("%1", count(share))


def readable(part: float) -> str:
    """Return how much of a damaged file could be read: ``37 % readable``."""
    return _tr("%1 readable").replace("%1", percent(round(1000 * part), 1000))


def share(value: float) -> str:
    """Return a share from 0 to 1, rounded, as ``97 %``; what is less than 1 is never 100 %."""
    return percent(round(100 * value) if value >= 1 else min(99, round(100 * value)), 100)


def size(number_of_bytes: int) -> str:
    """Return a file size, e.g. ``22 MB``."""
    # One decimal where a single digit would be too coarse: 1.4 MB, 22 MB, 1.2 GB.
    precision = int(any(unit <= number_of_bytes < 10 * unit for unit in (10**6, 10**9, 10**12)))
    return _locale().formattedDataSize(
        number_of_bytes, precision, QLocale.DataSizeFormat.DataSizeSIFormat
    )


def duration(seconds: float) -> str:
    """Return a rounded length of time, e.g. ``about 12 min``: an estimate must not look exact."""
    if seconds < 5:
        return _tr("a few seconds")
    if seconds < 55:
        return _tr("about %1 s").replace("%1", count(max(5, 5 * round(seconds / 5))))
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return _tr("about %1 min").replace("%1", count(minutes))
    hours, minutes = divmod(10 * round(minutes / 10), 60)
    if not minutes:
        return _tr("about %1 h").replace("%1", count(hours))
    return _tr("about %1 h %2 min").replace("%1", count(hours)).replace("%2", count(minutes))


def stopwatch(seconds: float) -> str:
    """Return a measured length of time, e.g. ``3:12`` or ``1:03:12``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def day(when: str, *, is_short: bool = False) -> str:
    """Return the local day of a UTC time in ISO 8601, e.g. ``12 Nov 2026``; empty stays empty.

    Args:
        when: The time.
        is_short: Leave out the year if it is the present one.
    """
    if not when:
        return ""
    moment = datetime.fromisoformat(when)
    local = moment.astimezone() if moment.tzinfo else moment
    is_this_year = local.year == datetime.now().year
    form = "d MMM" if is_short and is_this_year else "d MMM yyyy"
    return _locale().toString(QDate(local.year, local.month, local.day), form)


def path(name: PurePath | str) -> str:
    """Return a path or file name as Qt can show it, bytes that are no UTF-8 as ``�``.

    Qt's strings silently drop such bytes, so that two files would look the same.
    """
    text = os.fsencode(name).decode("utf-8", "replace")
    # Between right-to-left text the slashes of a path would wander to its other end.
    is_mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
    return f"\u200e{text}" if is_mirrored else text


def place(path_: PurePath) -> str:
    """Return a path for a narrow column: the home folder as ``~``."""
    home = Path.home()
    if os.name == "posix" and path_ != home and path_.is_relative_to(home):
        return path(PurePath("~") / path_.relative_to(home))
    return path(path_)


def progress_line(progress: Progress) -> str:
    """Return ``Indexing 1,204 of 7,211 · 212 photos/s · about 30 s left``."""
    parts = [_amount(progress)]
    failed = progress.details.get("failed")
    if isinstance(failed, int) and failed:
        parts.append(_tr("%1 could not be read").replace("%1", count(failed)))
    if rate := photos_per_second(progress):
        parts.append(_tr("%1 photos/s").replace("%1", count(round(rate)) if rate >= 1 else "<1"))
    if progress.eta is not None:
        parts.append(_tr("%1 left").replace("%1", duration(progress.eta)))
    return " · ".join(parts)


def photos_per_second(progress: Progress) -> float | None:
    """Return how fast a job is, None while that is unknown; a training counts in batches."""
    if progress.rate is None or "epoch_end" in progress.details:
        return None
    batch = progress.details.get("training")
    return progress.rate * (batch.get("photos", 1) if isinstance(batch, Mapping) else 1)


def _amount(progress: Progress) -> str:
    batch = progress.details.get("training")
    if isinstance(batch, Mapping):
        place = _tr("%1, epoch %2 of %3").replace("%1", progress.stage)
        return place.replace("%2", count(batch["epoch"])).replace("%3", count(batch["epochs"]))
    entry = progress.details.get("epoch_end")
    if isinstance(entry, Mapping):
        text = _tr("%1, epoch %2 done").replace("%1", progress.stage)
        return text.replace("%2", count(entry["epoch"]))
    if progress.total is None:
        return f"{progress.stage} {count(progress.done)}" if progress.done else progress.stage
    place = _tr("%1 %2 of %3").replace("%1", progress.stage)
    return place.replace("%2", count(progress.done)).replace("%3", count(progress.total))


def _plural(one: str, many: str, number: int) -> str:
    if number == 1:
        return _tr(one)
    # The number picks the plural form of a translation; it is written by us, with its groups.
    return QCoreApplication.translate("wording", many, None, number).replace("%1", count(number))


def _tr(text: str) -> str:
    return QCoreApplication.translate("wording", text)


def _locale() -> QLocale:
    locale = QLocale()
    # The C locale (servers, tests) leaves the groups out, which makes 48213 hard to read.
    locale.setNumberOptions(locale.numberOptions() & ~QLocale.NumberOption.OmitGroupSeparator)
    return locale
