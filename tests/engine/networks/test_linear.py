from __future__ import annotations

import numpy as np
import torch

from engine.networks.backbone import create_backbone
from engine.networks.inputs import normalize
from engine.networks.linear import LinearHash
from engine.preprocessing import Preprocessing
from engine.training.itq import fit_itq


@torch.inference_mode()
def test_logits_are_a_linear_map_of_the_pooled_features() -> None:
    network = LinearHash(create_backbone("test_resnet"), 10).eval()
    images = torch.randn(3, 3, 64, 64)
    features = network.backbone.pooled(images)
    expected = features @ network.hash_layer.weight.T + network.hash_layer.bias
    found = network(images)
    torch.testing.assert_close(found.logits, expected)
    assert (network.num_bits, network.train_width) == (10, 10)


def test_bits_start_without_a_tilt() -> None:
    network = LinearHash(create_backbone("test_resnet"), 10)
    assert not network.hash_layer.bias.any()


@torch.inference_mode()
def test_holds_what_itq_computes() -> None:
    network = LinearHash(create_backbone("test_resnet"), 6).eval()
    images = torch.randn(20, 3, 64, 64)
    features = network.backbone.pooled(images).numpy()
    fitted = fit_itq(features, 6)
    network.hash_layer.load_state_dict(
        {"weight": torch.from_numpy(fitted.weight), "bias": torch.from_numpy(fitted.bias)}
    )
    expected = (features - features.mean(axis=0)) @ fitted.weight.T
    np.testing.assert_allclose(network(images).logits.numpy(), expected, atol=1e-4)


def test_pixels_are_normalised_in_one_place() -> None:
    preprocessing = Preprocessing(4, 1.0, "bicubic", (0.1, 0.2, 0.3), (0.5, 0.25, 1.0))
    pixels = torch.arange(2 * 4 * 4 * 3, dtype=torch.uint8).reshape(2, 4, 4, 3)
    found = normalize(pixels, preprocessing)
    assert found.is_contiguous(memory_format=torch.channels_last)
    for channel, (mean, std) in enumerate(zip(preprocessing.mean, preprocessing.std, strict=True)):
        expected = (pixels[..., channel] / 255 - mean) / std
        torch.testing.assert_close(found[:, channel], expected)
