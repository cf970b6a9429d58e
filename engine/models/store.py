"""The models on this computer: the bundled ones and those the user added."""

from __future__ import annotations

import builtins
import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import InputError, Message, ModelError
from engine.models.bit_names import BitNames, with_bit_name
from engine.models.bundle import BUNDLE_SUFFIX, INCOMING, Manifest, copy_bundle, verify_bundle
from engine.models.container import MANIFEST
from engine.models.default import DefaultModel
from engine.models.ids import free_id, model_id, require_id
from engine.models.info import ModelInfo as ModelInfo
from engine.models.places import bundled_folder, id_of, inspect, list_places
from engine.models.trash import Trash, forget_old
from engine.paths import Paths
from engine.storage import atomic_write, disk_failure


class ModelStore:
    """Installed models, one folder each, beside the bundled ones.

    Args:
        paths: Of the installation.
        bundled: Folder of the models that come with the program.
    """

    def __init__(self, paths: Paths, bundled: Path | None = None) -> None:
        self._folder = paths.models
        self._trash = Trash(paths.models / ".trash")
        self._bundled = bundled or bundled_folder()
        self._default = DefaultModel(self._folder, self._bundled)
        self._bit_names = BitNames(self._folder)

    def list(self) -> list[ModelInfo]:
        """Return the models: the bundled default, the other bundled ones, the rest by name."""
        default, first = self.default_id, self.bundled_id
        found = []
        for path, bundled in self._candidates():
            try:
                manifest, size = inspect(path)
            except ModelError:  # broken() reports it
                continue
            if bundled:
                manifest = self._bit_names.applied(manifest)
            found.append(ModelInfo(manifest, path, bundled, size, manifest.id == default))

        def order(model: ModelInfo) -> tuple[bool, bool, str, str]:
            is_first = model.bundled and model.id == first
            return not model.bundled, not is_first, model.name.casefold(), model.id

        return sorted(found, key=order)

    def broken(self) -> builtins.list[tuple[Path, Message]]:
        """Return what lies among the models but cannot be used, with the reason."""
        found = []
        for path, _bundled in self._candidates():
            try:
                inspect(path)
            except ModelError as error:
                found.append((path, error.message))
        return found

    def is_free(self, id: str) -> bool:
        """Whether a new model can have an id; damaged models keep theirs."""
        return not (self._is_present(id) or (self._folder / id).exists())

    def get(self, id: str | None = None) -> ModelInfo:
        """Return a model, or the default one.

        Raises:
            InputError: FS-001, there is no such model.
        """
        wanted = id or self.default_id
        models = self.list()
        for model in models:
            if model.id == wanted:
                return model
        known = ", ".join(model.id for model in models) or "none"
        raise InputError("FS-001", kind="model", name=wanted, known=known)

    @property
    def default_id(self) -> str:
        """The model used where none is named: the user's choice, else the bundled default."""
        return self.chosen_id or self.bundled_id

    @property
    def chosen_id(self) -> str | None:
        """The model the user chose; a choice whose model was removed since does not count."""
        chosen = self._default.chosen
        return chosen if chosen is not None and self._is_present(chosen) else None

    @property
    def bundled_id(self) -> str:
        """The model that the program brings along as its default."""
        present = [id_of(path) for path in list_places(self._bundled, with_files=True)]
        wanted = self._default.bundled
        return wanted if wanted in present else next(iter(present), "")

    def set_default(self, id: str) -> None:
        """Use this model where none is named.

        Raises:
            InputError: FS-001, there is no such model.
        """
        self._default.choose(self.get(id).id)

    def import_file(self, path: Path, id: str | None = None) -> ModelInfo:
        """Install a model from a file or folder after checking all of it.

        Args:
            path: What the user chose.
            id: To install it under another id than its own.

        Raises:
            ModelError: FS-601 to FS-606 if it is refused; FS-609 if its id is taken.
            InputError: FS-002, the id is impossible, or the disk does not let it be copied.
        """
        try:
            new_id = id or verify_bundle(path).id
            require_id(new_id)
            self._require_free(new_id)
            self._install(path, new_id)
        except OSError as error:
            raise _not_copied(path.name, error) from error
        return self.get(new_id)

    def duplicate(self, id: str, name: str) -> ModelInfo:
        """Install a model a second time, under another name and the id that belongs to it.

        The codes of photos stay with the original: the copy is a model of its own.

        Args:
            id: Of the model, which may be a bundled one.
            name: Of the copy.

        Raises:
            InputError: FS-001 unknown model; FS-002 impossible name, or the disk does not let it.
            ModelError: FS-602, the model is damaged.
        """
        source = self.get(id)
        _renamed(source.manifest, name)
        new_id = free_id(_id_for(name, source.id), lambda taken: not self.is_free(taken))
        try:
            names = source.manifest.bit_names
            self._install(source.path, new_id, name=name.strip(), bit_names=names)
        except OSError as error:
            raise _not_copied(source.name, error) from error
        return self.get(new_id)

    def export(self, id: str, target: Path) -> None:
        """Write a model to a ``.fsmodel`` file or, if the name has no ending, a new folder.

        Raises:
            InputError: FS-001 unknown model, FS-002 the target cannot be written.
        """
        source = self.get(id)
        if target.suffix not in ("", BUNDLE_SUFFIX):
            reason, advice = (
                f"it does not end in {BUNDLE_SUFFIX}",
                f"Name it {target.stem}{BUNDLE_SUFFIX}.",
            )
            raise InputError("FS-002", name=target.name, reason=reason, advice=advice)
        try:
            copy_bundle(source.path, target, bit_names=source.manifest.bit_names)
        except OSError as error:
            reason, advice = error.strerror or str(error), "Choose another place."
            raise InputError("FS-002", name=str(target), reason=reason, advice=advice) from error

    def remove(self, id: str) -> None:
        """Take a model away, also a damaged one; :meth:`restore` brings it back for 30 days.

        Raises:
            InputError: FS-001 unknown model.
            ModelError: FS-610, it came with the program.
        """
        path = self._folder / id
        if path not in [broken for broken, _ in self.broken()]:
            path = self._changeable(id).path
        # With what was removed long ago goes what a crash left of an import.
        forget_old(*self._trash.list().values(), *self._folder.glob(f"{INCOMING}*"))
        self._trash.put(path)

    def restore(self, id: str) -> None:
        """Undo :meth:`remove`.

        Raises:
            InputError: FS-001, nothing of this id was removed.
            ModelError: FS-609, another model has its id by now.
        """
        removed = self._trash.list()
        if id not in removed:
            known = ", ".join(removed) or "none"
            raise InputError("FS-001", kind="removed model", name=id, known=known)
        self._require_free(id)
        os.rename(removed[id], self._folder / id)

    def rename(self, id: str, name: str) -> None:
        """Give a model another name; id and codes stay.

        Raises:
            InputError: FS-001 unknown model, FS-002 impossible name.
            ModelError: FS-610, it came with the program.
        """
        model = self._changeable(id)
        manifest = _renamed(model.manifest, name)
        with atomic_write(model.path / MANIFEST) as file:
            file.write(manifest.to_json())

    def name_bit(self, id: str, bit: int, name: str | None) -> None:
        """Give a bit of a model a name, or take its name away; codes stay.

        A model that came with the program keeps its names beside the user's models, and takes them
        along where it is exported or duplicated.

        Raises:
            InputError: FS-001 unknown model; FS-002 no such bit, an impossible name, or the disk
                does not let it be kept.
            LibraryError: FS-205, the disk is full.
        """
        model = self.get(id)
        manifest = with_bit_name(model.manifest, bit, name)
        try:
            if model.bundled:
                self._bit_names.keep(manifest)
            else:
                with atomic_write(model.path / MANIFEST) as file:
                    file.write(manifest.to_json())
        except OSError as error:
            raise disk_failure(model.path, error) from error

    def _candidates(self) -> Iterator[tuple[Path, bool]]:
        for path in list_places(self._bundled, with_files=True):
            yield path, True
        for path in list_places(self._folder, with_files=False):
            yield path, False

    def _install(self, source: Path, id: str, **changes: Any) -> None:
        try:
            copy_bundle(source, self._folder / id, id=id, **changes)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):  # another FoodSearch was faster
                raise _taken(id) from error
            raise

    def _is_present(self, id: str) -> bool:
        return any(id_of(path) == id for path, _ in self._candidates())

    def _changeable(self, id: str) -> ModelInfo:
        model = self.get(id)
        if model.bundled:
            raise ModelError("FS-610", name=model.name)
        return model

    def _require_free(self, id: str) -> None:
        if not self.is_free(id):
            raise _taken(id)


def _id_for(name: str, original: str) -> str:
    try:
        return model_id(name)
    except InputError:  # a name without a Latin letter, which is no reason to refuse it
        return original


def _taken(id: str) -> ModelError:
    return ModelError("FS-609", name=id, reason="Two models cannot have the same id")


def _renamed(manifest: Manifest, name: str) -> Manifest:
    try:
        return replace(manifest, name=name.strip())
    except ValueError as error:
        advice = "Use 1 to 200 letters, digits or signs."
        raise InputError("FS-002", name=name, reason=str(error), advice=advice) from error


def _not_copied(name: str, error: OSError) -> InputError:
    reason, advice = error.strerror or str(error), "Free some space, then try again."
    return InputError("FS-002", name=name, reason=reason, advice=advice)
