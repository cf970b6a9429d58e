from __future__ import annotations

import subprocess
import sys

import pytest

from engine.errors import InputError
from engine.methods import create_method, list_methods


def test_every_method_describes_itself() -> None:
    methods = list_methods()
    names = [method.name for method in methods]
    assert names == sorted(names)
    for method in methods:
        assert method.title
        assert method.description.endswith(".")
        assert method.source
    assert [method.name for method in methods if not method.needs_labels] == ["itq"]


def test_every_method_builds_and_runs() -> None:
    import torch

    for method in list_methods():
        network = create_method(method.name, backbone="test_resnet", num_bits=12, input_size=64)
        assert (network.num_bits, network.backbone.name) == (12, "test_resnet")
        assert network.eval()(torch.zeros(2, 3, 64, 64)).logits.shape == (2, 12)
        assert len(network.state_dict()[method.code_tensor]) == 12


def test_unknown_methods_name_the_known() -> None:
    with pytest.raises(InputError, match="itq"):
        create_method("magic", backbone="test_resnet", num_bits=8)


def test_listing_does_not_load_torch() -> None:
    program = (
        "import sys; from engine.methods import list_methods; list_methods(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
