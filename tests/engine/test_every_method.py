"""What holds for every registered method, by enumeration: new ones are tested without a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.codes import binarize
from engine.losses.criterion import Criterion, TrainingTask
from engine.methods import METHODS, create_criterion, create_method
from engine.models.bundle import Manifest, load_tensors, write_bundle
from engine.networks.output import HashNetwork

SMALL = "test_resnet"
BACKBONES = (
    *("vit_tiny_patch16_224", "resnet18", "tf_efficientnet_lite0"),
    *("swin_tiny_patch4_window7_224", "mobilenetv3_small_100"),
)
BITS = (12, 16, 24, 32, 48, 64, 128)
CLASSES = 5
# Layers that are given no gradient on purpose, by method.
WITHOUT_GRADIENT = {"csce": "threshold"}  # the dynamic sign is not trained by default


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def build(name: str, backbone: str, num_bits: int, side: int) -> HashNetwork:
    return create_method(name, backbone=backbone, num_bits=num_bits, input_size=side)


def loss_of(name: str, network: HashNetwork, labels: Tensor) -> Criterion | None:
    if not METHODS[name].needs_labels:
        return None
    task = TrainingTask(network.num_bits, network.train_width, CLASSES, labels)
    return create_criterion(name, task)


def train_once(name: str, network: HashNetwork, images: Tensor) -> None:
    labels = torch.arange(len(images)) % CLASSES
    criterion = loss_of(name, network, labels)
    rows = torch.arange(len(images))
    output = network.train()(images)
    assert output.logits.shape == (len(images), network.train_width)
    if criterion is None:
        output.logits.square().mean().backward()
    else:
        criterion.start_epoch(0, 1)
        criterion.photos_of_epoch(0)
        terms = criterion(output.logits, labels, rows, **output.extras)
        assert torch.isfinite(terms["total"])
        terms["total"].backward()
    for module in (network, criterion):
        for parameter, tensor in module.named_parameters() if module is not None else ():
            expected = tensor.requires_grad and not parameter.startswith(
                WITHOUT_GRADIENT.get(name, "-")
            )
            assert (tensor.grad is not None) == expected, parameter


@torch.inference_mode()
def check_evaluation(name: str, network: HashNetwork, images: Tensor) -> None:
    network.eval()
    logits = network(images).logits
    assert logits.shape == (len(images), network.num_bits)
    assert not network(images).extras
    alone = torch.cat([network(image[None]).logits for image in images])
    torch.testing.assert_close(alone, logits, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def check_bundle(name: str, network: HashNetwork, images: Tensor, folder: Path) -> None:
    backbone = network.backbone
    manifest = Manifest(
        id="saved",
        name="Saved",
        method=name,
        backbone=backbone.name,
        num_bits=network.num_bits,
        preprocessing=backbone.preprocessing,
        created="2026-01-01T00:00:00+00:00",
    )
    tensors = {key: tensor.numpy() for key, tensor in network.state_dict().items()}
    path = folder / "saved.fsmodel"
    write_bundle(path, manifest, tensors, {})
    again = build(name, backbone.name, network.num_bits, backbone.preprocessing.input_size)
    again.load_state_dict({key: torch.from_numpy(t) for key, t in load_tensors(path).items()})
    codes = [binarize(n.eval()(images).logits.numpy()) for n in (network, again)]
    np.testing.assert_array_equal(*codes)


@pytest.mark.parametrize("name", list(METHODS))
def test_a_method_learns_encodes_and_is_saved(name: str, tmp_path: Path) -> None:
    network, images = build(name, SMALL, 16, 64), torch.randn(6, 3, 64, 64)
    train_once(name, network, images)
    check_evaluation(name, network, images)
    check_bundle(name, network, images, tmp_path)


@pytest.mark.parametrize("num_bits", BITS)
@pytest.mark.parametrize("name", list(METHODS))
def test_every_code_length_can_be_trained(name: str, num_bits: int) -> None:
    network = build(name, SMALL, num_bits, 64)
    assert len(network.state_dict()[METHODS[name].code_tensor]) == num_bits
    train_once(name, network, torch.randn(6, 3, 64, 64))
    check_evaluation(name, network, torch.randn(2, 3, 64, 64))


@pytest.mark.slow
@pytest.mark.parametrize("side", [64, 112])
@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("name", list(METHODS))
def test_every_method_works_on_every_kind_of_backbone(
    name: str, backbone: str, side: int, tmp_path: Path
) -> None:
    network, images = build(name, backbone, 16, side), torch.randn(4, 3, side, side)
    train_once(name, network, images)
    check_evaluation(name, network, images)
    check_bundle(name, network, images, tmp_path)


def test_equal_tasks_make_equal_criteria() -> None:
    labels = torch.arange(20) % CLASSES
    for name in METHODS:
        if METHODS[name].needs_labels:
            task = TrainingTask(16, 16, CLASSES, labels, seed=3)
            first, second = (create_criterion(name, t).state_dict() for t in (task, replace(task)))
            assert first.keys() == second.keys()
            for key, tensor in first.items():
                torch.testing.assert_close(tensor, second[key], rtol=0, atol=0)
