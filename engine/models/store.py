"""The models on this computer: the bundled ones and those the user added."""

from __future__ import annotations

import builtins
import errno
import importlib.resources
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import InputError, Message, ModelError
from engine.models.bundle import (
    BUNDLE_SUFFIX,
    INCOMING,
    Manifest,
    copy_bundle,
    read_manifest,
    verify_bundle,
)
from engine.models.container import MANIFEST, open_container
from engine.models.manifest import check_id, read_json
from engine.paths import Paths
from engine.storage import atomic_write, write_json

STARTER = "starter-64"
KEEP_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class ModelInfo:
    """A model ready to use.

    Attributes:
        manifest: What it is.
        path: Its folder or file.
        bundled: Whether it came with the program.
        size: In bytes.
        is_default: Whether it is used where none is named.
    """

    manifest: Manifest
    path: Path
    bundled: bool
    size: int
    is_default: bool

    @property
    def id(self) -> str:
        """Its id."""
        return self.manifest.id

    @property
    def name(self) -> str:
        """Its name in windows."""
        return self.manifest.name

    @property
    def num_bits(self) -> int:
        """The length of its codes."""
        return self.manifest.num_bits

    @property
    def key(self) -> str:
        """The identity under which its codes are stored."""
        return self.manifest.key


class ModelStore:
    """Installed models, one folder each, beside the bundled ones.

    Args:
        paths: Of the installation.
        bundled: Folder of the models that come with the program.
    """

    def __init__(self, paths: Paths, bundled: Path | None = None) -> None:
        self._folder = paths.models
        self._trash = paths.models / ".trash"
        self._choice = paths.models / "default.json"
        self._bundled = bundled or _bundled_folder()

    def list(self) -> list[ModelInfo]:
        """Return the models, the bundled ones first, then by name."""
        default = self.default_id
        found = []
        for path, bundled in self._candidates():
            try:
                manifest, size = _inspect(path, bundled)
            except ModelError:  # broken() reports it
                continue
            found.append(ModelInfo(manifest, path, bundled, size, manifest.id == default))
        return sorted(found, key=lambda model: (not model.bundled, model.name.casefold(), model.id))

    def broken(self) -> builtins.list[tuple[Path, Message]]:
        """Return what lies among the models but cannot be used, with the reason."""
        found = []
        for path, bundled in self._candidates():
            try:
                _inspect(path, bundled)
            except ModelError as error:
                found.append((path, error.message))
        return found

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
        """The model used where none is named: the user's choice, else the bundled starter."""
        try:
            chosen = read_json(self._choice.read_bytes()).get("id")
        except (OSError, ValueError):  # nothing chosen yet, or the choice is lost
            return STARTER
        # A choice whose model was removed since does not count.
        return chosen if isinstance(chosen, str) and self._is_present(chosen) else STARTER

    def set_default(self, id: str) -> None:
        """Use this model where none is named.

        Raises:
            InputError: FS-001, there is no such model.
        """
        write_json(self._choice, {"id": self.get(id).id})

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
            _check_user_id(new_id)
            self._require_free(new_id)
            copy_bundle(path, self._folder / new_id, id=new_id)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):  # another FoodSearch was faster
                raise _taken(new_id) from error
            reason, advice = error.strerror or str(error), "Free some space, then try again."
            raise InputError("FS-002", name=path.name, reason=reason, advice=advice) from error
        return self.get(new_id)

    def export(self, id: str, target: Path) -> None:
        """Write a model to a ``.fsmodel`` file or, if the name has no ending, a new folder.

        Raises:
            InputError: FS-001 unknown model, FS-002 the target cannot be written.
        """
        source = self.get(id).path
        if target.suffix not in ("", BUNDLE_SUFFIX):
            reason, advice = (
                f"it does not end in {BUNDLE_SUFFIX}",
                f"Name it {target.stem}{BUNDLE_SUFFIX}.",
            )
            raise InputError("FS-002", name=target.name, reason=reason, advice=advice)
        try:
            copy_bundle(source, target)
        except OSError as error:
            reason, advice = error.strerror or str(error), "Choose another place."
            raise InputError("FS-002", name=str(target), reason=reason, advice=advice) from error

    def remove(self, id: str) -> None:
        """Take a model away; :meth:`restore` brings it back for 30 days.

        Raises:
            InputError: FS-001 unknown model.
            ModelError: FS-610, it came with the program.
        """
        path = self._changeable(id).path
        self._tidy()
        self._trash.mkdir(exist_ok=True)
        shutil.rmtree(self._trash / id, ignore_errors=True)
        os.rename(path, self._trash / id)
        os.utime(self._trash / id)  # the 30 days count from now

    def restore(self, id: str) -> None:
        """Undo :meth:`remove`.

        Raises:
            InputError: FS-001, nothing of this id was removed.
            ModelError: FS-609, another model has its id by now.
        """
        removed = {path.name: path for path in _entries(self._trash)}
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
        try:
            manifest = replace(model.manifest, name=name.strip())
        except ValueError as error:
            advice = "Use 1 to 200 letters, digits or signs."
            raise InputError("FS-002", name=name, reason=str(error), advice=advice) from error
        with atomic_write(model.path / MANIFEST) as file:
            file.write(manifest.to_json())

    def _candidates(self) -> Iterator[tuple[Path, bool]]:
        for path in _entries(self._bundled):
            if path.is_dir() or path.suffix == BUNDLE_SUFFIX:
                yield path, True
        for path in _entries(self._folder):
            if path.is_dir():
                yield path, False

    def _is_present(self, id: str) -> bool:
        return any(path.stem == id for path, _ in self._candidates())

    def _changeable(self, id: str) -> ModelInfo:
        model = self.get(id)
        if model.bundled:
            raise ModelError("FS-610", name=model.name)
        return model

    def _require_free(self, id: str) -> None:
        if self._is_present(id) or (self._folder / id).exists():
            raise _taken(id)

    def _tidy(self) -> None:
        """Forget what was removed long ago, and imports that a crash cut short."""
        for path in (*self._trash.glob("*"), *self._folder.glob(f"{INCOMING}*")):
            if time.time() - path.stat().st_mtime > KEEP_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _bundled_folder() -> Path:
    return Path(str(importlib.resources.files("resources") / "models"))


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, hidden things left out."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__")))


def _inspect(path: Path, bundled: bool) -> tuple[Manifest, int]:
    manifest = read_manifest(path)
    if manifest.id != path.name.removesuffix(BUNDLE_SUFFIX):
        reason = f"its id is {manifest.id}, not that of its place"
        raise ModelError("FS-602", name=path.name, reason=reason)
    size = path.stat().st_size if path.is_file() else sum(open_container(path).sizes.values())
    return manifest, size


def _check_user_id(id: str) -> None:
    try:
        check_id(id)
    except ValueError as error:
        advice = "Use the letters a to z, digits and single hyphens."
        raise InputError("FS-002", name=id, reason=str(error), advice=advice) from error


def _taken(id: str) -> ModelError:
    return ModelError("FS-609", name=id, reason="Two models cannot have the same id")
