"""Whether a window can be opened at all; asked before Qt, which would abort without a word."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from engine import Message, describe

# What Debian and its relatives call the package of a library that Qt needs.
_PACKAGES = {
    "libxcb-cursor": "libxcb-cursor0",
    "libxkbcommon-x11": "libxkbcommon-x11-0",
    "libxcb-icccm": "libxcb-icccm4",
    "libxcb-keysyms": "libxcb-keysyms1",
    "libxcb-image": "libxcb-image0",
    "libxcb-render-util": "libxcb-render-util0",
    "libEGL": "libegl1",
    "libGL": "libgl1",
    "libdbus-1": "libdbus-1-3",
    "libfontconfig": "libfontconfig1",
}
_MISSING = re.compile(r"(lib[\w.+-]+?)\.so[\w.]*: cannot open shared object")


def find_obstacle(*, may_be_offscreen: bool) -> Message | None:
    """Return why no window can be opened, None if one can.

    Args:
        may_be_offscreen: Without a display, choose Qt's offscreen platform.
    """
    try:
        from PySide6 import QtGui
    except ImportError as error:
        return explain(error)
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return None
    if os.environ.get("WAYLAND_DISPLAY"):
        return None
    if _x_display_answers():
        return _try_plugin(Path(QtGui.__file__).parent / "Qt/plugins/platforms/libqxcb.so")
    if may_be_offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return None
    return describe("FS-802")


def _try_plugin(path: Path) -> Message | None:
    """Load Qt's plugin by hand: the loader names the library that is missing, Qt would not."""
    import ctypes

    try:
        ctypes.CDLL(str(path))
    except OSError as error:
        return explain(error)
    return None


def explain(error: ImportError | OSError) -> Message | None:
    """Return which package to install; other failures are Qt's to report."""
    if not (found := _MISSING.search(str(error))):
        return None
    package = _PACKAGES.get(found[1], found[1])
    return describe("FS-801", library=package, command=f"sudo apt install {package}")


def _x_display_answers() -> bool:
    if not os.environ.get("DISPLAY"):
        return False
    import ctypes.util

    name = ctypes.util.find_library("xcb")
    if name is None:
        return True  # cannot be asked; Qt brings its own way
    xcb = ctypes.CDLL(name)
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)
