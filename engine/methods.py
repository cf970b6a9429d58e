"""The hashing methods a user may pick: a network and how its weights come to be.

Listing them does not import torch; a method's network is imported when it is built.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.registry import Registry

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class MethodInfo:
    """A hashing method.

    Attributes:
        name: What users type.
        title: What windows show.
        description: One sentence.
        source: The publication.
        needs_labels: Whether training needs a label for every photo.
        network: Module and class of the network, below ``engine.networks``.
        code_tensor: The tensor of the network whose rows are the bits.
    """

    name: str
    title: str
    description: str
    source: str
    needs_labels: bool
    network: str = "linear.LinearHash"
    code_tensor: str = "hash_layer.weight"


METHODS: Registry[MethodInfo] = Registry("method")


def _add(method: MethodInfo) -> None:
    METHODS.register(method.name, method.description)(method)


_add(
    MethodInfo(
        name="itq",
        title="Iterative quantisation",
        description="Needs no labels and no training: principal components of a pretrained "
        "backbone's features, rotated so that their signs lose little.",
        source="Gong and Lazebnik, Iterative Quantization: A Procrustean Approach to Learning "
        "Binary Codes, CVPR 2011",
        needs_labels=False,
    )
)


def list_methods() -> list[MethodInfo]:
    """Return the methods, sorted by name."""
    return [METHODS[name] for name in METHODS]


def create_method(
    name: str,
    *,
    backbone: str,
    num_bits: int,
    weights: Path | Literal["pretrained"] | None = None,
    download: bool = False,
    input_size: int | None = None,
) -> nn.Module:
    """Build the network of a method; it has ``backbone`` and ``num_bits``.

    Args:
        name: Of the method.
        backbone: timm's name of the feature extractor.
        num_bits: Length of the code.
        weights: For the backbone: a file, ``"pretrained"``, or None for random ones.
        download: Whether pretrained weights may be fetched.
        input_size: Side of the square input in pixels, if not the one of the weights.

    Raises:
        InputError: FS-001 unknown method or backbone.
        ModelError: The weights cannot be used.
    """
    module, _, kind = METHODS[name].network.partition(".")
    network: Any = getattr(importlib.import_module(f"engine.networks.{module}"), kind)
    from engine.networks.backbone import create_backbone

    extractor = create_backbone(backbone, weights=weights, download=download, input_size=input_size)
    built: nn.Module = network(extractor, num_bits)
    return built
