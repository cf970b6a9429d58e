"""Labels from folders: people sort dishes into folders, cameras sort photos into others."""

from __future__ import annotations

import re

_DATE = re.compile(
    r"""(19|20)\d\d                                   # 2025
        ([-_. ]?(0[1-9]|1[0-2])                       # 2025-11
         ([-_. ]?(0[1-9]|[12]\d|3[01]))?)?            # 2025-11-21
      | (0?[1-9]|[12]\d|3[01])[-_. ](0?[1-9]|1[0-2])[-_. ]((19|20)?\d\d)  # 21.11.2025
    """,
    re.VERBOSE,
)
_YEAR = re.compile(r"(19|20)\d\d([-_. ].*)?")
_NUMBER = re.compile(r"\d{1,2}")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTH = re.compile(rf"(\d{{1,2}}[-_. ]*)?({'|'.join(_MONTHS)})([-_. ]*(19|20)\d\d)?")
_CAMERA = re.compile(
    r"""\d{3}[A-Z0-9_]{5}                             # DCF: 100CANON, 101APPLE, 100_PANA
      | dcim | camera | camera\ roll | camera\ uploads | img | images? | pictures? | photos?
      | screenshots? | downloads? | whatsapp\ images | sent | import(ed)? | unsorted
    """,
    re.VERBOSE | re.IGNORECASE,
)


def label_of(folder: bytes) -> str | None:
    """Return what a folder says about its photos.

    Args:
        folder: Path below the root, parts separated by ``/``; empty for the root itself.

    Returns:
        The last part's name, or None for the root, a date or a camera's folder.
    """
    if not folder:
        return None
    *parents, name = folder.decode("utf-8", "replace").split("/")
    if _DATE.fullmatch(name) or _MONTH.fullmatch(name.lower()) or _CAMERA.fullmatch(name):
        return None
    # 2025/11 and 2025/11/21 are dates; a "12" elsewhere may be the number of a class.
    if _NUMBER.fullmatch(name) and any(_YEAR.fullmatch(parent) for parent in parents):
        return None
    return name
