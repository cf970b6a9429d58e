from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from engine.device import Device
from engine.methods import create_method
from engine.models.store import ModelStore
from engine.networks.output import HashNetwork
from engine.paths import Paths
from engine.search.encode import Encoder

MakeEncoder = Callable[..., Encoder]


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Small networks are faster without handing work around, and other tests run beside."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """The bundled starter model; tests leave it as it is."""
    home = tmp_path_factory.mktemp("home")
    return Encoder(ModelStore(Paths.resolve(home)).get("starter-64"), Device("cpu", "Processor"))


@pytest.fixture
def encoder_of(starter: Encoder) -> MakeEncoder:
    """Makes an encoder with another network, given or of a method with random weights."""

    def make(method: str | HashNetwork, backbone: str = "", **changes: Any) -> Encoder:
        encoder: Encoder = object.__new__(Encoder)
        encoder.__dict__.update(vars(starter))
        network = method
        if isinstance(network, str):
            side = changes.pop("input_size", None)
            network = create_method(
                network, backbone=backbone, num_bits=8, input_size=side, options=changes
            )
        encoder.network = network.eval()
        encoder.num_bits = network.num_bits
        encoder.preprocessing = network.backbone.preprocessing
        return encoder

    return make
