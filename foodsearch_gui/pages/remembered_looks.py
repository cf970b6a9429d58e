"""How maps are drawn and bits are sorted, kept from one start of the program to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from foodsearch_gui.core.settings import SettingsStore
from foodsearch_gui.pages.inspect_view import InspectView
from foodsearch_gui.widgets.photo_pair import PhotoPair


class RememberedLooks(QObject):
    """Sets the controls of the page Inspect as they were, and follows them.

    Args:
        view: The page's controls.
        settings: Where the choices are kept.
    """

    def __init__(self, view: InspectView, settings: SettingsStore) -> None:
        super().__init__(view)
        self._view, self._settings = view, settings
        looks = settings.value
        view.opacity.setValue(looks.map_opacity)
        view.contours.setChecked(looks.map_contours)
        # Its entries come with the first map; the choice stays if it is among them.
        view.colours.addItem("", looks.map_palette)
        orders = [str(view.order.itemData(place)) for place in range(view.order.count())]
        if looks.bit_order in orders:
            view.order.setCurrentIndex(orders.index(looks.bit_order))
        view.opacity.sliderReleased.connect(self._keep)
        view.opacity.valueChanged.connect(self._keep)
        view.contours.toggled.connect(self._keep)
        view.colours.activated.connect(self._keep)
        view.order.activated.connect(self._keep)

    @Slot()
    def _keep(self) -> None:
        view = self._view
        if view.opacity.isSliderDown():
            return  # on its way
        self._settings.change(
            map_opacity=view.opacity.value(),
            map_contours=view.contours.isChecked(),
            map_palette=view.colours.currentData() or "auto",
            bit_order=str(view.order.currentData()),
        )


def remember_pair(pair: PhotoPair, settings: SettingsStore) -> None:
    """Set the choices below two photos with maps as they were, and follow them."""
    pair.maps.setChecked(settings.value.match_maps)
    pair.contours.setChecked(settings.value.match_contours)
    pair.maps.toggled.connect(lambda on: settings.change(match_maps=on))
    pair.contours.toggled.connect(lambda on: settings.change(match_contours=on))
