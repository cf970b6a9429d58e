from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch

from engine.errors import ModelError
from engine.networks import pretrained
from engine.networks.backbone import create_backbone, list_backbones
from engine.networks.timm_import import load_timm


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty caches, and a network that must not be touched."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket, "create_connection", no_network)
    return tmp_path


def no_network(*arguments: Any, **options: Any) -> None:
    raise AssertionError("the network was used without being allowed")


def put_into_hub_cache(caches: Path, repository: str, name: str) -> Path:
    folder = caches / "hub" / f"models--{repository.replace('/', '--')}"
    file = folder / "snapshots" / "abc" / name
    file.parent.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")
    torch.save(load_timm().create_model("test_resnet").state_dict(), file)
    return file


@pytest.mark.usefixtures("caches")
def test_the_packaged_weights_of_lite0_fit_one_to_one() -> None:
    """Order and shape identify the tensors; the first and the last are checked by name too."""
    backbone = create_backbone("tf_efficientnet_lite0", weights="pretrained")
    path = pretrained.find_weights("tf_efficientnet_lite0", {})
    source = torch.load(path, weights_only=True)
    state = backbone.model.state_dict()
    assert len(source) == len(state) + 2 == 296  # and the classifier
    torch.testing.assert_close(state["conv_stem.weight"], source["_conv_stem.weight"])
    torch.testing.assert_close(state["bn2.running_var"], source["_bn1.running_var"])
    torch.testing.assert_close(
        state["blocks.1.0.conv_dw.weight"], source["_blocks.1._depthwise_conv.weight"]
    )


def test_finds_the_hub_cache(caches: Path) -> None:
    cfg = {"hf_hub_id": "timm/test_resnet.r160_in1k", "url": ""}
    file = put_into_hub_cache(caches, cfg["hf_hub_id"], "pytorch_model.bin")
    assert pretrained.find_weights("test_resnet", cfg) == file
    assert create_backbone("test_resnet", weights="pretrained").name == "test_resnet"
    assert [info.installed for info in list_backbones("test_resnet")] == [True]


def test_finds_the_torch_cache(caches: Path) -> None:
    file = caches / "torch" / "checkpoints" / "resnet18-abc.pth"
    file.parent.mkdir(parents=True)
    file.touch()
    cfg = {"url": "https://example.org/weights/resnet18-abc.pth?download=true"}
    assert pretrained.find_weights("resnet18", cfg) == file
    assert pretrained.is_installed("resnet18", cfg, pretrained.weights_on_disk())
    assert not pretrained.is_installed("resnet18", {"url": "x/y.npz"}, pretrained.weights_on_disk())


@pytest.mark.usefixtures("caches")
def test_nothing_here_says_where_it_looked_at_once() -> None:
    load_timm()
    started = time.perf_counter()
    with pytest.raises(ModelError, match="resnet18") as error:
        create_backbone("resnet18", weights="pretrained")
    assert time.perf_counter() - started < 1
    assert error.value.code == "FS-607"
    assert "--download" in str(error.value)


@pytest.mark.usefixtures("caches")
def test_offline_a_download_fails_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert_fails_soon()


@pytest.mark.usefixtures("caches")
def test_a_network_that_swallows_everything_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()

    def swallow(*arguments: Any) -> None:
        done.wait(10)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", swallow)
    assert_fails_soon()
    done.set()


@pytest.mark.usefixtures("caches")
def test_the_hubs_own_switch_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert_fails_soon()


def assert_fails_soon() -> None:
    load_timm()
    started = time.perf_counter()
    with pytest.raises(ModelError) as error:
        create_backbone("resnet18", weights="pretrained", download=True)
    assert error.value.code == "FS-607"
    assert time.perf_counter() - started < 1.9


def test_a_download_that_is_allowed(caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put_into_hub_cache(caches, "timm/elsewhere", "model.bin")
    asked: list[tuple[str, str]] = []

    def download(repository: str, name: str, **options: Any) -> str:
        asked.append((repository, name))
        return str(file)

    monkeypatch.setattr(pretrained, "_reachable", lambda address: True)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    create_backbone("test_resnet", weights="pretrained", download=True)
    assert asked == [("timm/test_resnet.r160_in1k", "model.safetensors")]


@pytest.mark.usefixtures("caches")
def test_a_download_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> str:
        raise ConnectionError("503 Service Unavailable\nand more")

    monkeypatch.setattr(pretrained, "_reachable", lambda address: True)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fail)
    with pytest.raises(ModelError, match="503") as error:
        create_backbone("test_resnet", weights="pretrained", download=True)
    assert error.value.code == "FS-607"


@pytest.mark.usefixtures("caches")
def test_asks_the_proxy_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def connect(where: tuple[str, int], seconds: float) -> socket.socket:
        asked.append(where)
        return socket.socket()

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    assert pretrained._reachable("https://hub.example")
    monkeypatch.setenv("no_proxy", "hub.example")
    assert pretrained._reachable("https://hub.example")
    assert asked == [("proxy.example", 3128), ("hub.example", 443)]
