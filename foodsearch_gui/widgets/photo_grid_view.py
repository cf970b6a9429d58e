"""The grid of photos of the search and the library page, with everything one can do to a photo.

Qt's default single-pass layout freezes for seconds at a hundred thousand rows; the batched layout
with uniform sizes shows them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QPoint,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QStyle, QWidget

from foodsearch_gui.core import desktop
from foodsearch_gui.core.actions import ActionRegistry
from foodsearch_gui.core.thumb_pool import ThumbPool
from foodsearch_gui.dialogs.photo_viewer import PhotoViewer
from foodsearch_gui.models.photo_grid import AnyIndex, PhotoGridModel, PhotoRole
from foodsearch_gui.widgets.photo_delegate import MIN_SHARE, TILE_GAP, ZOOM_STEPS, PhotoDelegate

_BATCH = 500
_SETTLE_MS = 30  # thumbnails are asked for when scrolling pauses this long
_LINES_AHEAD = 2
_USUAL_WIDTH = 192


class PhotoGridView(QListView):
    """Tiles of one size that fill the width.

    Signals:
        current_changed (int): Row of the photo the cursor is on, -1 for none.
        similar_wanted (object): Id of the photo to search with.
        inspect_wanted (object): Id of the photo whose bits are wanted.
        add_wanted (object): Ids of photos to search with as well.
        judged (object, object): Photo ids and True, False, or None to take a judgement back.
        zoom_changed (int): New width of the pictures.

    Args:
        model: The photos.
        thumbs: Makes the pictures of the preview.
        actions: Where the grid's actions go.
        name: First part of the actions' ids, e.g. ``"search"``.
        can_judge: Whether photos can be good or bad matches here.
        menu: Menu that lists the actions, if any.
        page: Widget inside which the zoom keys work; the grid itself by default.
    """

    current_changed = Signal(int)
    similar_wanted = Signal(object)
    inspect_wanted = Signal(object)
    add_wanted = Signal(object)
    judged = Signal(object, object)
    zoom_changed = Signal(int)

    def __init__(
        self,
        model: PhotoGridModel,
        thumbs: ThumbPool,
        actions: ActionRegistry,
        name: str,
        *,
        can_judge: bool = False,
        menu: str = "",
        page: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._photos = model
        self._thumbs = thumbs
        self._actions = actions
        self._delegate = PhotoDelegate(_USUAL_WIDTH, self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._want_visible)
        self.setObjectName(f"{name}-grid")
        self.setAccessibleName(self.tr("Photos"))
        self._set_up_layout()
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self._menu_names = self._add_actions(name, menu, can_judge, page or self)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self._photos_replaced)
        self.verticalScrollBar().valueChanged.connect(self._settle.start)
        self.doubleClicked.connect(self.preview)

    @property
    def zoom(self) -> int:
        """Width of the pictures in logical pixels."""
        return self._delegate.width

    def set_zoom(self, width: int) -> None:
        """Show pictures of the nearest possible width."""
        nearest = min(ZOOM_STEPS, key=lambda step: abs(step - width))
        if nearest == self.zoom:
            return
        self._delegate.set_width(nearest)
        current = self.currentIndex()
        self._spread()
        if current.isValid():
            self.scrollTo(current)
        self.zoom_changed.emit(nearest)

    def selected_rows(self) -> list[int]:
        """Return the selected rows in the order of the grid."""
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def select_photo(self, photo_id: int) -> bool:
        """Move the cursor to a photo; return whether it is in the grid."""
        row = self._photos.row_of(photo_id)
        if row >= 0:
            self.setCurrentIndex(self._photos.index(row))
        return row >= 0

    def current_photo(self) -> int | None:
        """Return the id of the photo the cursor is on."""
        row = self.currentIndex().row()
        return int(self._photos.ids[row]) if row >= 0 else None

    def tile_size(self) -> QSize:
        """Return the size of every tile."""
        return self._delegate.tile_size(self.font())

    def columns(self) -> int:
        """Return how many tiles fit side by side."""
        return max(1, self._room() // self._least_cell())

    @Slot()
    def preview(self) -> None:
        """Show the current photo large, with the others of the grid before and after it."""
        row = self.currentIndex().row()
        if row < 0:
            return
        viewer = PhotoViewer(self._photos, self._thumbs, row, self)
        viewer.similar_wanted.connect(self.similar_wanted)
        viewer.row_changed.connect(self._follow)
        viewer.exec()
        viewer.deleteLater()

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """Tell which photo the cursor is on."""
        super().currentChanged(current, previous)
        self.current_changed.emit(current.row())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Let the actions follow the selection."""
        super().selectionChanged(selected, deselected)
        self._actions.update()

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here; they do not look for names."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the photo."""
        position = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.currentIndex().isValid():
            corner = self.visualRect(self.currentIndex()).center()
            position = self.viewport().mapToGlobal(corner)
        self.show_menu(position)

    def make_menu(self) -> QMenu:
        """Return the context menu."""
        menu = QMenu(self)
        for name in self._menu_names:
            if name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()
        return menu

    def show_menu(self, position: QPoint) -> None:
        """Show the context menu at a place of the screen."""
        menu = self.make_menu()
        menu.exec(position)
        menu.deleteLater()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll, or change the size with Ctrl."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if turn := event.angleDelta().y():
                self._zoom_by(1 if turn > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Spread the tiles over the new width."""
        self._spread()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the pictures that are seen now."""
        super().showEvent(event)
        self._spread()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the first photo, so that the keys act on something visible."""
        # Before Qt does it, which would move the cursor there without selecting the photo.
        if not self.currentIndex().isValid() and self._photos.rowCount():
            self.setCurrentIndex(self._photos.index(0))
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        """Follow changes of font and screen."""
        handled = super().event(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.DevicePixelRatioChange):
            self._spread()
        return handled

    def _set_up_layout(self) -> None:
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(_BATCH)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDragEnabled(True)
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(ZOOM_STEPS[0] + 2 * TILE_GAP, ZOOM_STEPS[0]))

    def _add_actions(self, name: str, menu: str, can_judge: bool, page: QWidget) -> list[str]:
        """Register the grid's actions; return the entries of the context menu."""
        on_photos: list[tuple[str, str, Callable[[], None], tuple[str, ...]]] = [
            ("preview", self.tr("&Preview"), self.preview, ("Space", "Return", "Enter")),
            ("similar", self.tr("&Find similar"), self._find_similar, ("S",)),
            ("inspect", self.tr("In&spect"), self._inspect, ("I",)),
            ("show-in-folder", self.tr("Show in f&older"), self._show_in_folder, ()),
            ("copy-path", self.tr("&Copy path"), self._copy_paths, ("Ctrl+C",)),
            ("copy-image", self.tr("Copy &image"), self._copy_image, ("Ctrl+Shift+C",)),
        ]
        if can_judge:
            on_photos += [
                ("add", self.tr("Add to the &query"), self._add_to_query, ("A",)),
                ("good-match", self.tr("&Good match"), self._judge_good, ("G",)),
                ("no-match", self.tr("&Not a match"), self._judge_bad, ("N",)),
            ]
        for part, text, handler, keys in on_photos:
            self._actions.add(
                f"{name}.{part}",
                text,
                handler,
                menu=menu,
                shortcuts=keys,
                is_enabled=self._has_photos,
                context=self,
            )
        on_size: list[tuple[str, str, Callable[[], None], tuple[str, ...]]] = [
            ("zoom-in", self.tr("&Larger thumbnails"), self._zoom_in, ("Ctrl++", "Ctrl+=")),
            ("zoom-out", self.tr("S&maller thumbnails"), self._zoom_out, ("Ctrl+-",)),
            ("zoom-reset", self.tr("&Usual thumbnail size"), self._zoom_reset, ("Ctrl+0",)),
        ]
        for part, text, handler, keys in on_size:
            self._actions.add(f"{name}.{part}", text, handler, shortcuts=keys, context=page)
        parts = [part for part, *_ in on_photos]
        lines = [*parts[:3], "", *parts[3:6], "", *parts[6:], "", *(part for part, *_ in on_size)]
        return [f"{name}.{part}" if part else "" for part in lines]

    def _has_photos(self) -> bool:
        return self.isEnabled() and self.selectionModel().hasSelection()

    def _room(self) -> int:
        """Return the width for tiles, as Qt's layout computes it; it wraps a pixel early."""
        metric = QStyle.PixelMetric.PM_ScrollBarExtent
        extent = self.style().pixelMetric(metric, None, self.verticalScrollBar())
        return self.maximumViewportSize().width() - extent - 1

    def _least_cell(self) -> int:
        return MIN_SHARE * self.zoom // 100 + TILE_GAP

    def _spread(self) -> None:
        width = max(self._room() // self.columns(), self._least_cell())
        self._delegate.set_cell(QSize(width, 0))
        cell = QSize(width, self.tile_size().height() + TILE_GAP)
        self._delegate.set_cell(cell)
        if cell != self.gridSize():
            self.setGridSize(cell)
        self._photos.set_thumbnail_size(self._delegate.thumbnail_pixels(self.devicePixelRatioF()))
        self._settle.start()

    def _zoom_in(self) -> None:
        self._zoom_by(1)

    def _zoom_out(self) -> None:
        self._zoom_by(-1)

    def _zoom_reset(self) -> None:
        self.set_zoom(_USUAL_WIDTH)

    def _zoom_by(self, steps: int) -> None:
        place = ZOOM_STEPS.index(self.zoom) + steps
        self.set_zoom(ZOOM_STEPS[max(0, min(place, len(ZOOM_STEPS) - 1))])

    @Slot()
    def _photos_replaced(self) -> None:
        self._settle.start()
        self._actions.update()

    @Slot()
    def _want_visible(self) -> None:
        if not self.isVisible():
            return
        columns, height = self.columns(), max(1, self.gridSize().height())
        top = self.verticalScrollBar().value()
        first = top // height - _LINES_AHEAD
        last = (top + self.viewport().height()) // height + _LINES_AHEAD
        self._photos.want(first * columns, (last + 1) * columns - 1)
        self.viewport().update()

    @Slot(int)
    def _follow(self, row: int) -> None:
        self.setCurrentIndex(self._photos.index(row))

    def _selected_ids(self) -> Sequence[int]:
        return tuple(int(self._photos.ids[row]) for row in self.selected_rows())

    def _find_similar(self) -> None:
        row = self.currentIndex().row()
        if row >= 0:
            self.similar_wanted.emit(int(self._photos.ids[row]))

    def _inspect(self) -> None:
        row = self.currentIndex().row()
        if row >= 0:
            self.inspect_wanted.emit(int(self._photos.ids[row]))

    def _add_to_query(self) -> None:
        self.add_wanted.emit(self._selected_ids())

    def _show_in_folder(self) -> None:
        photo = self._photos.photo(self.currentIndex().row())
        if photo is not None:
            desktop.show_in_folder(photo.path)

    def _copy_paths(self) -> None:
        photos = (self._photos.photo(row) for row in self.selected_rows())
        desktop.copy_paths([photo.path for photo in photos if photo is not None])

    def _copy_image(self) -> None:
        thumbnail = self.currentIndex().data(PhotoRole.THUMB)
        if thumbnail is not None:
            desktop.copy_image(thumbnail.toImage())

    def _judge_good(self) -> None:
        self._judge(True)

    def _judge_bad(self) -> None:
        self._judge(False)

    def _judge(self, verdict: bool) -> None:
        judgements = [
            self._photos.index(row).data(PhotoRole.JUDGEMENT) for row in self.selected_rows()
        ]
        # The same key again takes the judgement back.
        is_undo = all(judgement is verdict for judgement in judgements)
        self.judged.emit(self._selected_ids(), None if is_undo else verdict)
