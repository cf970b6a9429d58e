"""The actions that belong to the whole window, in the order of the menus."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog

from foodsearch_gui.core.icons import icon
from foodsearch_gui.core.worker_thread import JobHandle, JobState
from foodsearch_gui.dialogs.questions import PATTERNS
from foodsearch_gui.pages import PageEntry

if TYPE_CHECKING:
    from foodsearch_gui.main_window import MainWindow


def add_window_actions(window: MainWindow, pages: Sequence[PageEntry]) -> None:
    """Register everything that does not belong to one page."""
    _add_file_actions(window)
    _add_view_actions(window, pages)
    _add_library_actions(window)
    _add_job_actions(window)
    _add_help_actions(window)


def show_pause_state(window: MainWindow) -> None:
    """Let the pause action say what it would do now."""
    job = _running_job(window)
    action = window.actions_registry["jobs.pause"]
    is_held = job is not None and job.state is JobState.PAUSED
    action.setText(_tr("&Resume the job") if is_held else _tr("&Pause the job"))
    action.setIcon(icon("resume" if is_held else "pause"))


def _add_file_actions(window: MainWindow) -> None:
    add = window.actions_registry.add
    add(
        "file.open",
        _tr("&Open photo…"),
        partial(_open_photo, window),
        menu="file",
        shortcuts=(QKeySequence.StandardKey.Open,),
        icon_name="photo",
        tip=_tr("Choose a photo and search with it"),
    )
    add(
        "file.quit",
        _tr("&Quit"),
        window.close,
        menu="file",
        shortcuts=("Ctrl+Q",),
        tip=_tr("Close FoodSearch"),
    )
    add(
        "edit.settings",
        _tr("&Settings…"),
        partial(_show_settings, window),
        menu="edit",
        shortcuts=("Ctrl+,",),
        icon_name="settings",
    )


def _add_view_actions(window: MainWindow, pages: Sequence[PageEntry]) -> None:
    add = window.actions_registry.add
    for number, entry in enumerate(pages, start=1):
        add(
            f"view.{entry.name}",
            entry.caption(),
            partial(window.show_page, entry.name),
            menu="view",
            shortcuts=(f"Ctrl+{number}", *entry.keys),
            icon_name=entry.icon,
        )
    add(
        "view.details",
        _tr("&Details"),
        window.toggle_details,
        menu="view",
        shortcuts=("F9",),
        icon_name="details",
        tip=_tr("Show or hide the panel at the right"),
        checkable=True,
    )


def _add_library_actions(window: MainWindow) -> None:
    add, session = window.actions_registry.add, window.session

    def can_change() -> bool:
        return session.can_change

    def can_index() -> bool:
        return session.can_change and session.model is not None

    add(
        "library.add_folder",
        _tr("&Add a folder…"),
        partial(_add_folder, window),
        menu="library",
        icon_name="folder-add",
        tip=_tr("Add a folder of photos; they stay where they are"),
        is_enabled=can_change,
    )
    add(
        "library.samples",
        _tr("&Try the sample photos"),
        session.add_sample_photos,
        menu="library",
        icon_name="samples",
        tip=_tr("Add a folder of dishes drawn by FoodSearch"),
        is_enabled=can_change,
    )
    add(
        "library.rescan",
        _tr("&Rescan the folders"),
        session.rescan,
        menu="library",
        shortcuts=("F5",),
        icon_name="rescan",
        tip=_tr("Look for new, changed and removed photos"),
        is_enabled=can_change,
    )
    add(
        "library.index",
        _tr("&Build the index"),
        session.build_index,
        menu="library",
        shortcuts=("Ctrl+Shift+I",),
        icon_name="index",
        tip=_tr("Compute the codes of photos that have none yet"),
        is_enabled=can_index,
    )


def _add_job_actions(window: MainWindow) -> None:
    add = window.actions_registry.add

    def is_busy() -> bool:
        job = _running_job(window)
        return job is not None and job.state is not JobState.STOPPING

    add(
        "jobs.pause",
        _tr("&Pause the job"),
        partial(_toggle_pause, window),
        menu="jobs",
        shortcuts=("Ctrl+P",),
        icon_name="pause",
        tip=_tr("Hold the running job, or let it go on"),
        is_enabled=is_busy,
    )
    add(
        "jobs.stop",
        _tr("&Stop the job"),
        partial(_stop, window),
        menu="jobs",
        shortcuts=("Ctrl+.",),
        icon_name="stop",
        tip=_tr("Stop the running job; what it did so far is kept"),
        is_enabled=is_busy,
    )


def _add_help_actions(window: MainWindow) -> None:
    add = window.actions_registry.add
    add(
        "help.guide",
        _tr("User &guide"),
        partial(_show_guide, window),
        menu="help",
        shortcuts=("F1",),
        icon_name="help",
        tip=_tr("How FoodSearch works, in plain words"),
    )
    add(
        "help.shortcuts",
        _tr("&Keyboard shortcuts"),
        partial(_show_shortcuts, window),
        menu="help",
        shortcuts=("Ctrl+?",),
        icon_name="keyboard",
    )
    add(
        "help.log",
        _tr("Open the &log folder"),
        partial(_open_folder, window.session.paths.log),
        menu="help",
        icon_name="folder",
    )
    add(
        "help.about",
        _tr("&About FoodSearch"),
        partial(_show_about, window),
        menu="help",
        icon_name="info",
    )


def _running_job(window: MainWindow) -> JobHandle | None:
    active = window.session.jobs.active()
    return active[0] if active else None


def _toggle_pause(window: MainWindow) -> None:
    if job := _running_job(window):
        if job.state is JobState.PAUSED:
            job.resume()
        else:
            job.pause()


def _stop(window: MainWindow) -> None:
    if job := _running_job(window):
        job.cancel()


def _open_photo(window: MainWindow) -> None:
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    kinds = f"{_tr('Photos')} ({PATTERNS} {PATTERNS.upper()});;{_tr('All files')} (*)"
    chosen, _ = QFileDialog.getOpenFileName(window, _tr("Open photo"), pictures, kinds)
    if chosen:
        window.session.search_photo(Path(chosen), Path(chosen).name)


def _add_folder(window: MainWindow) -> None:
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    chosen = QFileDialog.getExistingDirectory(window, _tr("Add a folder of photos"), pictures)
    if chosen:
        window.session.add_roots([Path(chosen)])


def _open_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


# The dialogs are imported when they are asked for: the first paint does not wait for them.


def _show_settings(window: MainWindow) -> None:
    from foodsearch_gui.dialogs.settings_dialog import SettingsDialog

    SettingsDialog(window.session.settings, window).exec()


def _show_shortcuts(window: MainWindow) -> None:
    from foodsearch_gui.dialogs.shortcuts_dialog import ShortcutsDialog

    ShortcutsDialog(window.actions_registry, window.build_all_pages(), window).exec()


def _show_guide(window: MainWindow) -> None:
    from foodsearch_gui.dialogs.help_dialog import SECTIONS, HelpDialog

    guide = window.findChild(HelpDialog) or HelpDialog(window)
    if section := SECTIONS.get(window.current_name):
        guide.choose_section(section)
    guide.show()
    guide.raise_()
    guide.activateWindow()


def _show_about(window: MainWindow) -> None:
    from foodsearch_gui.dialogs.about_dialog import AboutDialog

    AboutDialog(window).exec()


def _tr(text: str) -> str:
    return QCoreApplication.translate("window", text)
