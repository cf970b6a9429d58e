from __future__ import annotations

import time

import pytest
import torch

from engine.errors import InputError
from engine.networks.backbone import create_backbone, list_backbones


def test_preprocessing_follows_the_weights() -> None:
    """Not every network was trained with the statistics of ImageNet."""
    vit = create_backbone("vit_tiny_patch16_224.augreg_in21k").preprocessing
    resnet = create_backbone("resnet18").preprocessing
    assert vit.mean == vit.std == (0.5, 0.5, 0.5)
    assert resnet.mean == (0.485, 0.456, 0.406)
    assert resnet.std == (0.229, 0.224, 0.225)


@pytest.mark.parametrize(
    "name",
    [
        "resnet18.nothing",
        "resnet_18",
        "",
        "hf-hub:someone/something",
        "hf_hub:someone/something",
        "local-dir:/tmp/model",
        "../resnet18",
        "resnet18 ",
    ],
)
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(InputError) as error:
        create_backbone(name)
    assert error.value.code == "FS-001"


def test_a_mistyped_name_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match="resnet18"):
        create_backbone("resnet_18")
    with pytest.raises(InputError, match=r"resnet18\.a1_in1k"):
        create_backbone("resnet18.nothing")


@pytest.mark.parametrize("name", ["test_vit", "test_resnet"])
@torch.inference_mode()
def test_another_input_size(name: str) -> None:
    backbone = create_backbone(name, input_size=96).eval()
    assert backbone.preprocessing.input_size == 96
    _, grid = backbone.tokens(torch.zeros(1, 3, 96, 96))
    assert grid.shape[-2:] == (6, 6)


@pytest.mark.parametrize(
    ("name", "side"),
    [("nest_tiny", 50), ("test_vit", 97), ("test_resnet", 0), ("test_resnet", 10**6)],
)
def test_an_impossible_input_size(name: str, side: int) -> None:
    with pytest.raises(InputError, match=f"{side} pixels") as error:
        create_backbone(name, input_size=side)
    assert error.value.code == "FS-002"


def test_lists_hundreds_fast() -> None:
    list_backbones("resnet18")  # the import of timm is not what is measured
    started = time.perf_counter()
    found = list_backbones()
    assert time.perf_counter() - started < 3
    assert len(found) > 500
    assert len({info.name for info in found}) == len(found)


def test_the_listing_says_what_is_here() -> None:
    (starter,) = [i for i in list_backbones("efficientnet_lite0") if i.name.startswith("tf_")]
    assert starter.installed
    assert starter.input_size == 224
    assert starter.licence == "apache-2.0"
    (other,) = [i for i in list_backbones("resnet18") if i.name == "resnet18"]
    assert not other.installed


def test_patterns() -> None:
    assert {info.name for info in list_backbones("vit_base_patch32")} >= {"vit_base_patch32_224"}
    assert list_backbones("vit*patch32_224")
    assert list_backbones("no such thing") == []
