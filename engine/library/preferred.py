"""Which model searches a library where none is named.

The program may come with a better default one day. A library that is indexed with the one before
goes on with that until it has codes of the new one: nobody finds an empty search after an update.
"""

from __future__ import annotations

from engine.library.catalogue import Catalogue
from engine.models.store import ModelInfo, ModelStore


def preferred_model(store: ModelStore, catalogue: Catalogue) -> ModelInfo:
    """Return the user's choice; else the bundled model with most codes, the default in a tie.

    Raises:
        InputError: FS-001, there is no model at all.
    """
    default = store.get()
    bundled = [default, *(model for model in store.list() if model.bundled and model != default)]
    if store.chosen_id is not None or len(bundled) == 1:
        return default
    counts = catalogue.code_counts()

    def indexed(model: ModelInfo) -> int:
        return counts[model.key].indexed if model.key in counts else 0

    return max(bundled, key=indexed)  # the first of several


def better_model(store: ModelStore, catalogue: Catalogue) -> ModelInfo | None:
    """Return the default model if the library is searched with an older one, else None."""
    default = store.get()
    return default if preferred_model(store, catalogue).key != default.key else None
