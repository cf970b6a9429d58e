"""Names that the user gave to the bits of models that cannot be changed: the bundled ones.

An installed model keeps the names of its bits in its own manifest. A bundled one lies in the
program, perhaps read-only, and an update replaces it. So its names lie beside the user's models,
under the key of the model: other weights have other bits, and the names do not pass on to them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.errors import InputError
from engine.models.manifest import Manifest, read_json
from engine.storage import write_json

FILE = "bit-names.json"


class BitNames:
    """One small file: by the key of a model, a name or None for each bit.

    Args:
        folder: Of the user's models.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def applied(self, manifest: Manifest) -> Manifest:
        """Return a manifest with the names its user gave; its own where there are none."""
        names = self._read().get(manifest.key)
        if not isinstance(names, list) or not all(isinstance(one, str | None) for one in names):
            return manifest
        try:
            return replace(manifest, bit_names=tuple(names))
        except ValueError:  # somebody edited the file
            return manifest

    def keep(self, manifest: Manifest) -> None:
        """Remember the names of a model's bits; no names at all are remembered, too.

        Raises:
            OSError: The disk does not let it.
        """
        write_json(self._path, {**self._read(), manifest.key: list(manifest.bit_names)})

    def _read(self) -> dict[str, object]:
        try:
            return read_json(self._path.read_bytes())
        except (OSError, ValueError):  # nothing named yet, or the names are lost
            return {}


def with_bit_name(manifest: Manifest, bit: int, name: str | None) -> Manifest:
    """Return a manifest in which a bit has a name, or none.

    Raises:
        InputError: FS-002, there is no such bit, or it cannot be called so.
    """
    if not 0 <= bit < manifest.num_bits:
        reason = f"the codes of {manifest.id} have the bits 0 to {manifest.num_bits - 1}"
        raise InputError("FS-002", name=f"bit {bit}", reason=reason, advice="Name one of these.")
    names = list(manifest.bit_names) or [None] * manifest.num_bits
    names[bit] = (name or "").strip() or None
    try:
        return replace(manifest, bit_names=tuple(names) if any(names) else ())
    except ValueError as error:
        advice = "Use up to 200 letters, digits or signs."
        raise InputError("FS-002", name=str(name), reason=str(error), advice=advice) from error
