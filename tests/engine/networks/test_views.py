from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.errors import InputError
from engine.networks.backbone import create_backbone
from engine.networks.views import Backbone, GridBackbone, TokenBackbone

# Name, side, grid of the stem, width of the tokens, width of the pooled features, pyramid.
SMALL = [
    ("test_vit", 160, 10, 64, 64, [(64, 20), (64, 10), (64, 5)]),
    ("test_vit3", 160, 10, 96, 96, [(96, 20), (96, 10), (96, 5)]),
    ("test_resnet", 160, 10, 96, 96, [(48, 20), (192, 10), (96, 5)]),
    ("test_convnext", 160, 10, 64, 64, [(32, 20), (48, 10), (64, 5)]),
    ("test_efficientnet", 160, 10, 64, 256, [(32, 20), (48, 10), (64, 5)]),
]
# One of each architecture the papers use, at its own size.
REAL = [
    ("vit_tiny_patch16_224", 224, 14, 192, 192, [(192, 28), (192, 14), (192, 7)]),
    ("deit_tiny_distilled_patch16_224", 224, 14, 192, 192, [(192, 28), (192, 14), (192, 7)]),
    ("resnet18", 224, 14, 512, 512, [(128, 28), (256, 14), (512, 7)]),
    ("swin_tiny_patch4_window7_224", 224, 14, 768, 768, [(192, 28), (384, 14), (768, 7)]),
    ("tf_efficientnet_lite0", 224, 14, 320, 1280, [(40, 28), (112, 14), (320, 7)]),
    ("mobilenetv3_small_050", 224, 14, 288, 1024, [(16, 28), (24, 14), (288, 7)]),
    ("nest_tiny", 224, 14, 384, 384, [(192, 28), (384, 14), (384, 14)]),
    ("convnext_atto", 224, 14, 320, 320, [(80, 28), (160, 14), (320, 7)]),
]


@pytest.mark.parametrize(
    ("name", "side", "grid", "width", "pooled", "pyramid"),
    [*SMALL, *(pytest.param(*case, marks=pytest.mark.slow) for case in REAL)],
)
@torch.inference_mode()
def test_shapes_of_all_views(
    name: str, side: int, grid: int, width: int, pooled: int, pyramid: list[tuple[int, int]]
) -> None:
    backbone = create_backbone(name).eval()
    backbone.use_stem()
    images = torch.randn(2, 3, side, side)
    assert backbone.preprocessing.input_size == side
    assert (backbone.num_features, backbone.token_features) == (pooled, width)
    assert backbone.pooled(images).shape == (2, pooled)
    assert backbone.stem(images).shape == (2, width, grid, grid)
    cls, tokens = backbone.tokens(images)
    assert cls.shape == (2, width)
    assert tokens.shape == (2, width, grid, grid)
    maps = backbone.pyramid(images)
    assert [tuple(found.shape) for found in maps] == [(2, c, s, s) for c, s in pyramid]
    assert backbone.pyramid_features == tuple(found.shape[1] for found in maps)
    assert backbone.level_features == (*backbone.pyramid_features, pooled)


@pytest.mark.parametrize(
    ("name", "side"),
    [case[:2] for case in SMALL]
    + [pytest.param(*case[:2], marks=pytest.mark.slow) for case in REAL],
)
@torch.inference_mode()
def test_joined_views_equal_the_single_ones(name: str, side: int) -> None:
    backbone = create_backbone(name).eval()
    backbone.use_stem()
    images = torch.randn(2, 3, side, side)
    joined = (*backbone.stem_and_tokens(images), *backbone.levels(images))
    single = (
        backbone.stem(images),
        *backbone.tokens(images),
        *backbone.pyramid(images),
        backbone.pooled(images),
    )
    for found, expected in zip(joined, single, strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("name", "side"),
    [case[:2] for case in SMALL]
    + [pytest.param(*case[:2], marks=pytest.mark.slow) for case in REAL],
)
def test_maps_alone_leave_no_parameter_without_a_gradient(name: str, side: int) -> None:
    backbone = create_backbone(name).eval()
    backbone.use_stem()
    images = torch.randn(1, 3, side, side)
    with torch.no_grad():
        before = backbone.stem_and_tokens(images)
    backbone.use_maps_only()
    found = backbone.stem_and_tokens(images)
    for one, other in zip(found, before, strict=True):
        torch.testing.assert_close(one, other)
    sum(part.square().sum() for part in found).backward()
    assert [name for name, p in backbone.named_parameters() if p.grad is None] == []


def vit() -> tuple[TokenBackbone, Tensor]:
    backbone = create_backbone("test_vit").eval()
    assert isinstance(backbone, TokenBackbone)
    return backbone, torch.randn(2, 3, 160, 160)


@torch.inference_mode()
def test_a_vits_stem_is_its_patches_before_any_embedding() -> None:
    backbone, images = vit()
    patches = backbone.model.patch_embed.proj(images)  # the convolution itself
    torch.testing.assert_close(backbone.stem(images), patches)


@torch.inference_mode()
def test_a_vits_tokens_are_those_after_the_final_norm() -> None:
    backbone, images = vit()
    sequence = backbone.model.forward_features(images)
    cls, grid = backbone.tokens(images)
    torch.testing.assert_close(cls, sequence[:, 0])
    for row, column in ((0, 0), (3, 7), (9, 9)):
        torch.testing.assert_close(grid[:, :, row, column], sequence[:, 1 + 10 * row + column])


@torch.inference_mode()
def test_a_vits_pyramid_takes_thirds_of_its_blocks() -> None:
    backbone, images = vit()
    outputs: list[Tensor] = []
    for block in backbone.model.blocks:
        block.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    fine, middle, coarse = backbone.pyramid(images)
    assert len(outputs) == 6

    def grid(sequence: Tensor) -> Tensor:
        return sequence[:, 1:].transpose(1, 2).reshape(2, 64, 10, 10)

    torch.testing.assert_close(middle, grid(outputs[3]))  # after block 4 of 6
    doubled = nn.functional.interpolate(grid(outputs[1]), scale_factor=2, mode="bilinear")
    torch.testing.assert_close(fine, doubled)
    final = grid(backbone.model.norm(outputs[5]))
    torch.testing.assert_close(coarse[:, :, 1, 2], final[:, :, 2:4, 4:6].mean((2, 3)))


@torch.inference_mode()
def test_registers_are_dropped_and_a_missing_class_token_is_the_mean() -> None:
    backbone = create_backbone("test_vit4").eval()  # registers, and no class token
    assert backbone.model.num_prefix_tokens > 0
    assert backbone.model.cls_token is None
    images = torch.randn(1, 3, 160, 160)
    cls, grid = backbone.tokens(images)
    torch.testing.assert_close(cls, grid.mean((2, 3)))
    first = backbone.model.fc_norm(
        backbone.model.norm(backbone.model.forward_features(images))
    )  # either of the two norms is the identity
    expected = first[:, backbone.model.num_prefix_tokens]
    if isinstance(backbone.model.norm, nn.Identity):
        torch.testing.assert_close(grid[:, :, 0, 0], expected)


@pytest.mark.parametrize("name", ["test_resnet", "test_convnext", "test_efficientnet"])
@torch.inference_mode()
def test_maps_are_those_of_timm(name: str) -> None:
    """The pyramid equals timm's own feature extractor with the same weights."""
    from engine.networks.timm_import import load_timm

    backbone = create_backbone(name).eval()
    extractor = load_timm().create_model(name, features_only=True).eval()
    # timm flattens the first levels of the names.
    weights = {key.replace(".", "_"): value for key, value in backbone.model.state_dict().items()}
    own = {key.replace(".", "_"): key for key in extractor.state_dict()}
    shared = {own[key]: value for key, value in weights.items() if key in own}
    assert len(shared) == len(extractor.state_dict())
    extractor.load_state_dict(shared)
    images = torch.randn(1, 3, 160, 160)
    for found, expected in zip(backbone.pyramid(images), extractor(images)[-3:], strict=True):
        torch.testing.assert_close(found, expected)


@torch.inference_mode()
def test_a_cnns_tokens_come_from_its_last_stage() -> None:
    backbone = create_backbone("test_resnet").eval()
    images = torch.randn(2, 3, 160, 160)
    last = backbone.pyramid(images)[2]
    cls, grid = backbone.tokens(images)
    torch.testing.assert_close(cls, last.mean((2, 3)))
    torch.testing.assert_close(
        grid, nn.functional.interpolate(last, (10, 10), mode="bilinear", align_corners=False)
    )


@torch.inference_mode()
def test_a_cnns_stem_is_a_projection_of_stride_16() -> None:
    backbone = create_backbone("test_resnet").eval()
    assert isinstance(backbone, GridBackbone)
    assert not any("stem_projection" in name for name in backbone.state_dict())
    backbone.use_stem()
    images = torch.randn(1, 3, 160, 160)
    weight = backbone.stem_projection.weight[:, :, 0, 0]
    expected = torch.einsum("oc,bchw->bohw", weight, backbone.pyramid(images)[1])
    expected += backbone.stem_projection.bias[:, None, None]
    torch.testing.assert_close(backbone.stem(images), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.slow
@torch.inference_mode()
def test_swin_maps_have_the_channels_in_front() -> None:
    backbone = create_backbone("swin_tiny_patch4_window7_224").eval()
    images = torch.randn(1, 3, 224, 224)
    inside = backbone.model.layers[:3](backbone.model.patch_embed(images))
    assert inside.shape == (1, 14, 14, 384)  # the layout it uses itself
    torch.testing.assert_close(backbone.pyramid(images)[1][0, :, 3, 5], inside[0, 3, 5])


@pytest.mark.parametrize("name", [case[0] for case in SMALL])
@torch.inference_mode()
def test_pooled_features_are_what_the_classifier_would_see(name: str) -> None:
    backbone = create_backbone(name).eval()
    images = torch.randn(2, 3, 160, 160)
    torch.testing.assert_close(backbone(images), backbone.model(images))


@pytest.mark.parametrize("name", [case[0] for case in SMALL])
def test_gradients_reach_every_view(name: str) -> None:
    backbone = create_backbone(name)
    backbone.use_stem()
    images = torch.randn(2, 3, 160, 160)
    first = next(backbone.model.parameters())
    for view in (backbone.pooled, backbone.stem, backbone.tokens, backbone.pyramid):
        found = view(images)
        backbone.zero_grad()
        sum(
            part.square().sum() for part in (found if isinstance(found, tuple) else (found,))
        ).backward()
        assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in backbone.parameters())
    assert first.requires_grad


def test_a_backbone_without_maps_says_so() -> None:
    backbone: Backbone = create_backbone("test_resnet")
    assert isinstance(backbone, GridBackbone)
    backbone._indices.pop(16)
    for call in (backbone.use_stem, lambda: backbone.tokens(torch.zeros(1, 3, 64, 64))):
        with pytest.raises(InputError, match="stride 8, 16 and 32") as error:
            call()
        assert error.value.code == "FS-002"
