"""The model format: a folder, or one ``.fsmodel`` file (a zip without compression).

``manifest.json`` says what the model is and holds the SHA-256 of the other two: the weights in
``model.safetensors`` and the measurements in ``report.json``. Nothing in it is ever executed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from engine.errors import ModelError
from engine.methods import METHODS
from engine.models.container import MANIFEST, Container, looks_like_pickle, open_container
from engine.models.manifest import FORMAT_VERSION as FORMAT_VERSION
from engine.models.manifest import REPORT, TENSORS, NewerFormatError, read_json
from engine.models.manifest import Manifest as Manifest
from engine.models.tensors import read_shapes
from engine.storage import atomic_write

BUNDLE_SUFFIX = ".fsmodel"
INCOMING = ".incoming-"  # prefix of folders that are being written
_CHUNK = 1 << 20
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)  # equal content gives an equal file


def write_bundle(
    target: Path,
    manifest: Manifest,
    tensors: Mapping[str, NDArray[Any]],
    report: Mapping[str, Any],
) -> Manifest:
    """Write a model, atomically.

    Args:
        target: A file ending in ``.fsmodel``, or a folder that does not exist yet.
        manifest: Without checksums; they are filled in.
        tensors: Weights by name.
        report: Measurements, as JSON can hold them.

    Returns:
        The manifest as written.

    Raises:
        OSError: The target cannot be written.
    """
    contents = {
        TENSORS: safetensors.numpy.save(
            # Not ascontiguousarray, which gives a single number an axis.
            {name: np.asarray(tensors[name], order="C") for name in sorted(tensors)}
        ),
        REPORT: json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n",
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    manifest = replace(manifest, files=digests)
    sources: dict[str, IO[bytes]] = {MANIFEST: io.BytesIO(manifest.to_json())}
    sources |= {name: io.BytesIO(content) for name, content in contents.items()}
    _write(target, sources)
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return the description of a model, without reading its weights.

    Raises:
        ModelError: FS-601 no model, FS-602 damaged, FS-603 a pickle, FS-605 not safe,
            FS-606 of a newer format or an unknown method.
    """
    return _manifest_of(open_container(path))


def verify_bundle(path: Path) -> Manifest:
    """Read all of a model, check it against its manifest, and return that.

    Raises:
        ModelError: As :func:`read_manifest`; FS-602 also for checksums and shapes.
    """
    container = open_container(path)
    manifest = _manifest_of(container)
    for name in (TENSORS, REPORT):
        with container.open(name) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        _check(container, digest == manifest.files[name], f"the checksum of {name} differs")
    _check_tensors(container, manifest)
    _parse(container, REPORT)
    return manifest


def load_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Return the weights of a model; half precision comes back as single.

    Raises:
        ModelError: As :func:`read_manifest`; FS-602 also for checksums and shapes.
    """
    container = open_container(path)
    manifest = _manifest_of(container)
    _check_tensors(container, manifest)
    content = container.read(TENSORS)
    digest = hashlib.sha256(content).hexdigest()
    _check(container, digest == manifest.files[TENSORS], f"the checksum of {TENSORS} differs")
    try:
        tensors = safetensors.numpy.load(content)
    except SafetensorError as error:
        raise ModelError("FS-602", name=path.name, reason=str(error)) from error
    return {name: _as_single(tensor) for name, tensor in tensors.items()}


def read_report(path: Path) -> dict[str, Any]:
    """Return the measurements of a model.

    Raises:
        ModelError: As :func:`read_manifest`.
    """
    return _parse(open_container(path), REPORT)


def copy_bundle(source: Path, target: Path, **changes: Any) -> Manifest:
    """Check a model and copy it to a new folder or file.

    Args:
        source: A model, as a folder or a file.
        target: As of :func:`write_bundle`.
        **changes: Entries of the manifest to change on the way.

    Raises:
        ModelError: As :func:`verify_bundle`; nothing is written then.
        OSError: The target cannot be written.
    """
    manifest = replace(verify_bundle(source), **changes)
    container = open_container(source)
    with container.open(TENSORS) as tensors, container.open(REPORT) as report:
        texts: dict[str, IO[bytes]] = {MANIFEST: io.BytesIO(manifest.to_json())}
        _write(target, texts | {TENSORS: tensors, REPORT: report})
    return manifest


def _write(target: Path, sources: Mapping[str, IO[bytes]]) -> None:
    if target.suffix != BUNDLE_SUFFIX:
        _write_folder(target, sources)
        return
    with atomic_write(target) as file, zipfile.ZipFile(file, "w") as archive:
        for name, source in sources.items():
            member = zipfile.ZipInfo(name, _TIMESTAMP)
            member.external_attr = 0o644 << 16
            with archive.open(member, "w", force_zip64=True) as copy:
                shutil.copyfileobj(source, copy, _CHUNK)


def _write_folder(target: Path, sources: Mapping[str, IO[bytes]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=INCOMING, dir=target.parent) as name:
        folder = Path(name) / target.name
        folder.mkdir()
        for file_name, source in sources.items():
            with atomic_write(folder / file_name) as copy:
                shutil.copyfileobj(source, copy, _CHUNK)
        verify_bundle(folder)  # the source may have changed since it was checked
        os.rename(folder, target)


def _manifest_of(container: Container) -> Manifest:
    name = container.path.name
    try:
        manifest = Manifest.from_json(container.read(MANIFEST))
    except NewerFormatError as error:
        raise ModelError("FS-606", name=name, reason=str(error)) from error
    except ValueError as error:
        raise ModelError("FS-601", name=name, reason=f"{MANIFEST}: {error}") from error
    if manifest.method not in METHODS:
        reason = f"its method {manifest.method} is unknown"
        raise ModelError("FS-606", name=name, reason=reason)
    return manifest


def _check_tensors(container: Container, manifest: Manifest) -> None:
    with container.open(TENSORS) as file:
        if looks_like_pickle(file.read(4)):
            raise ModelError("FS-603", name=f"{container.path.name}/{TENSORS}")
    try:
        with container.open(TENSORS) as file:
            shapes = read_shapes(file, container.sizes[TENSORS])
    except ValueError as error:
        raise ModelError("FS-602", name=container.path.name, reason=str(error)) from error
    code_tensor = METHODS[manifest.method].code_tensor
    rows = shapes.get(code_tensor, ())[:1]
    _check(
        container, rows == (manifest.num_bits,), f"{code_tensor} is not {manifest.num_bits} bits"
    )


def _parse(container: Container, name: str) -> dict[str, Any]:
    try:
        return read_json(container.read(name))
    except ValueError as error:
        raise ModelError("FS-602", name=container.path.name, reason=f"{name}: {error}") from error


def _check(container: Container, condition: bool, reason: str) -> None:
    if not condition:
        raise ModelError("FS-602", name=container.path.name, reason=reason)


def _as_single(tensor: NDArray[Any]) -> NDArray[Any]:
    return tensor.astype(np.float32) if tensor.dtype == np.float16 else tensor
