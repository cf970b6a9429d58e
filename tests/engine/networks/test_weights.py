from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from engine.errors import ModelError
from engine.networks.backbone import create_backbone
from engine.networks.timm_import import load_timm
from engine.networks.weights import read_weights

NAMES = ["test_vit", "test_vit4", "test_resnet", "test_convnext", "test_efficientnet"]


def pretrained(name: str) -> dict[str, Tensor]:
    """Weights as timm distributes them: with the classifier."""
    model = load_timm().create_model(name)
    return {key: value.clone().contiguous() for key, value in model.state_dict().items()}


def loaded(name: str, path: Path) -> dict[str, Tensor]:
    return dict(create_backbone(name, weights=path).model.state_dict())


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, expected[name])


@pytest.mark.parametrize("name", NAMES)
def test_loads_safetensors(tmp_path: Path, name: str) -> None:
    weights = pretrained(name)
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(weights, path)
    assert_same(loaded(name, path), weights)


@pytest.mark.parametrize("suffix", ["pth", "pt", "bin"])
@pytest.mark.parametrize("nest", [None, "state_dict", "model", "state_dict_ema"])
def test_loads_state_dicts(tmp_path: Path, suffix: str, nest: str | None) -> None:
    weights = pretrained("test_resnet")
    path = tmp_path / f"w.{suffix}"
    torch.save({nest: weights, "epoch": 3} if nest else weights, path)
    assert_same(loaded("test_resnet", path), weights)


def test_prefers_averaged_weights(tmp_path: Path) -> None:
    plain, averaged = pretrained("test_resnet"), pretrained("test_resnet")
    torch.save({"state_dict": plain, "state_dict_ema": averaged}, tmp_path / "w.pth")
    assert_same(loaded("test_resnet", tmp_path / "w.pth"), averaged)


def test_strips_the_prefix_of_parallel_training(tmp_path: Path) -> None:
    weights = pretrained("test_resnet")
    torch.save({f"module.{name}": value for name, value in weights.items()}, tmp_path / "w.pth")
    assert_same(loaded("test_resnet", tmp_path / "w.pth"), weights)


def test_loads_weights_without_a_classifier(tmp_path: Path) -> None:
    weights = dict(load_timm().create_model("test_vit", num_classes=0).state_dict())
    torch.save(weights, tmp_path / "w.pth")
    assert_same(loaded("test_vit", tmp_path / "w.pth"), weights)


def test_position_embeddings_follow_the_input_size(tmp_path: Path) -> None:
    torch.save(pretrained("test_vit"), tmp_path / "w.pth")
    backbone = create_backbone("test_vit", weights=tmp_path / "w.pth", input_size=96)
    assert backbone.model.pos_embed.shape[1] == 6 * 6 + 1
    torch.testing.assert_close(
        backbone.model.pos_embed[:, 0], torch.load(tmp_path / "w.pth")["pos_embed"][:, 0]
    )


def refused(path: Path, code: str, backbone: str = "test_resnet") -> str:
    with pytest.raises(ModelError) as error:
        create_backbone(backbone, weights=path)
    assert error.value.code == code, str(error.value)
    assert path.name in str(error.value)
    return str(error.value)


class Exploit:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_is_refused_and_never_runs(tmp_path: Path, protocol: int) -> None:
    weights = {"weight": Exploit(tmp_path / "owned")}
    (tmp_path / "raw.pth").write_bytes(pickle.dumps(weights, protocol))
    refused(tmp_path / "raw.pth", "FS-603")
    torch.save(weights, tmp_path / "zip.pth")
    refused(tmp_path / "zip.pth", "FS-603")
    assert not (tmp_path / "owned").exists()


def test_whole_models_are_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pt")
    refused(tmp_path / "model.pt", "FS-603")


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_damaged_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"w.{suffix}"
    if suffix == "pth":
        torch.save(pretrained("test_resnet"), path)
    else:
        safetensors.torch.save_file(pretrained("test_resnet"), path)
    whole = path.read_bytes()
    for keep in (len(whole) // 2, 20, 5, 0):
        path.write_bytes(whole[:keep])
        with pytest.raises(ModelError) as error:
            read_weights(path, "test_resnet")
        assert error.value.code in ("FS-602", "FS-603")


def test_weights_of_another_backbone(tmp_path: Path) -> None:
    torch.save(pretrained("test_convnext"), tmp_path / "w.pth")
    for name in NAMES:
        if name != "test_convnext":
            refused(tmp_path / "w.pth", "FS-608", name)


def test_a_wrong_shape_is_named(tmp_path: Path) -> None:
    weights = pretrained("test_resnet")
    weights["layer1.0.conv1.weight"] = torch.zeros(3, 3)
    torch.save(weights, tmp_path / "w.pth")
    assert "layer1.0.conv1.weight" in refused(tmp_path / "w.pth", "FS-608")


@pytest.mark.parametrize("change", ["missing", "more"])
def test_a_tensor_too_few_or_too_many_is_named(tmp_path: Path, change: str) -> None:
    weights = pretrained("test_resnet")
    if change == "missing":
        del weights["layer2.0.conv1.weight"]
    else:
        weights["layer2.0.conv9.weight"] = torch.zeros(1)
    torch.save(weights, tmp_path / "w.pth")
    assert "layer2.0.conv" in refused(tmp_path / "w.pth", "FS-608")


@pytest.mark.parametrize("content", [{}, [1, 2], {"state_dict": {}}, {"epoch": 3}, torch.zeros(2)])
def test_files_without_weights(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "w.pth")
    refused(tmp_path / "w.pth", "FS-608")


def test_a_missing_file(tmp_path: Path) -> None:
    refused(tmp_path / "gone.pth", "FS-608")
    refused(tmp_path, "FS-608")
