"""From a photo to an explanation: every method with the kinds of maps it honestly has."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from engine.errors import DeviceError, InputError, PhotoError
from engine.explain.bit_map import KINDS, BitMap
from engine.explain.explainer import Explainer
from engine.photos import load_photo
from engine.search.encode import Encoder
from engine.search.photo import read_query
from tests.engine.explain.conftest import MakeEncoder
from tests.engine.search.test_encode import jpeg, picture

FALL_BACKS = ("gradient", "occlusion")
QUERYOPT = {"width": 32, "hidden": 48}
FUSION = ["fusion", "fusion final", "fusion early", "proxies"]
# Method, its options, backbone, the best kind, and the views.
OFFERS: list[tuple[str, dict[str, Any], str, str, list[str]]] = [
    ("itq", {}, "test_resnet", "exact", []),
    ("dpn", {}, "test_convnext", "exact", []),
    ("dpn", {}, "test_vit", "gradient", ["class token", "rollout"]),
    ("foodhash", {}, "test_resnet", "exact", FUSION),
    ("foodhash", {"head": "flatten"}, "test_vit", "exact", [*FUSION, "class token", "rollout"]),
    ("queryopt", QUERYOPT, "test_resnet", "attention", ["queries"]),
    ("csce", {"width": 32}, "test_resnet", "exact", ["score", "removed", "kept", "windows"]),
    ("hybridhash", {}, "test_resnet", "exact", []),
    ("mdff", {}, "test_resnet", "exact", []),
]


@pytest.mark.parametrize(("method", "options", "backbone", "kind", "views"), OFFERS, ids=str)
def test_every_method_offers_what_it_has(
    encoder_of: MakeEncoder,
    method: str,
    options: dict[str, Any],
    backbone: str,
    kind: str,
    views: list[str],
) -> None:
    encoder = encoder_of(method, backbone, **options)
    photo = picture(1, (320, 240))
    found = Explainer(encoder).explain(photo)
    own = () if kind == "gradient" else (kind,)
    assert found.kinds == (*own, *FALL_BACKS)
    assert [each.name for each in found.views] == views
    assert found.attention is (found.views[0] if views else None)
    assert [each.bit for each in found.maps] == list(range(8))
    assert {each.kind for each in found.maps} == {kind}
    logits = encoder.encode(encoder.prepare(photo)[np.newaxis])[0]
    np.testing.assert_allclose(found.logits, logits, rtol=1e-4, atol=1e-5)
    for each in found.maps:
        assert each.logit == pytest.approx(found.logits[each.bit or 0])
        assert ("is on" if each.logit > 0 else "is off") in each.caption
        check_sums(each)
    for each in found.views:
        assert each.bit is None
        assert each.kind == "attention"
        assert np.isnan(each.logit)
        assert each.caption.endswith(".")
        assert np.isfinite(each.on_picture(32, 24)[12, 16])


def check_sums(each: BitMap) -> None:
    total = each.values.sum() + each.constant
    if each.kind == "exact":
        assert total == pytest.approx(each.logit, rel=1e-4, abs=1e-5)
    elif each.kind == "attention":
        assert each.constants == {}
        assert total == pytest.approx(1.0, rel=1e-4)
    if each.parts:
        parts = sum(float(part.values.sum()) for part in each.parts)
        assert parts == pytest.approx(float(each.values.sum()), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    ("method", "options", "names"),
    [
        ("mdff", {}, ["conv3", "conv4", "conv5"]),
        ("queryopt", QUERYOPT, ["fine", "coarse"]),
        ("csce", {"width": 32}, ["local", "windows"]),
        ("foodhash", {}, ["final", "early"]),
        ("itq", {}, []),
    ],
)
def test_a_map_of_several_levels_has_them_as_its_parts(
    encoder_of: MakeEncoder, method: str, options: dict[str, Any], names: list[str]
) -> None:
    found = Explainer(encoder_of(method, "test_resnet", **options)).explain(picture(2), [5])
    assert [part.name for part in found.maps[0].parts] == list(found.parts) == names
    assert all(part.bit == 5 for part in found.maps[0].parts)
    captions = [part.caption for part in found.maps[0].parts]
    assert len(set(captions)) == len(names)
    assert all("bit 5" in caption and "All parts together" in caption for caption in captions)


@pytest.mark.parametrize("kind", ["exact", *FALL_BACKS])
def test_without_bits_there_are_views_only(encoder_of: MakeEncoder, kind: str) -> None:
    found = Explainer(encoder_of("foodhash", "test_vit")).explain(picture(3), [], kind=kind)
    assert found.maps == ()
    assert found.attention is not None


@pytest.mark.parametrize("kind", ["exact", *FALL_BACKS])
def test_a_kind_may_be_asked_for(encoder_of: MakeEncoder, kind: str) -> None:
    explainer = Explainer(encoder_of("itq", "test_resnet"))
    first, second = explainer.explain(picture(3), [7, 2], kind=kind).maps
    assert (first.bit, second.bit) == (7, 2)
    assert first.kind == second.kind == kind
    assert first.constant == 0.0
    assert not np.allclose(first.values, second.values)


def test_a_file_its_bytes_its_photo_and_its_pixels_are_explained_alike(
    starter: Encoder, tmp_path: Path
) -> None:
    explainer, data = Explainer(starter), jpeg(picture(4))
    path = tmp_path / "lunch.jpg"
    path.write_bytes(data)
    photo = load_photo(path)
    expected = explainer.explain(path, [3]).maps[0]
    for same in (data, photo, photo.image, np.array(photo.image)):
        found = explainer.explain(same, [3]).maps[0]
        np.testing.assert_array_equal(found.values, expected.values)
        assert found.picture_size == (120, 90)


def test_an_upright_image_is_made_of_one_that_is_not(starter: Encoder) -> None:
    image = picture(5)
    image.getexif()[0x0112] = 6
    assert Explainer(starter).explain(image, [0]).picture_size == (90, 120)


@pytest.mark.parametrize(
    ("bits", "kind", "words"),
    [
        ([64], "best", "the bits 0 to 63"),
        ([-1], "best", "the bits 0 to 63"),
        ([0], "attention", "This model offers: exact, gradient, occlusion."),
        ([0], "magic", "no such kind"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(
    starter: Encoder, bits: list[int], kind: str, words: str
) -> None:
    with pytest.raises(InputError, match="cannot be used") as caught:
        Explainer(starter).explain(picture(0), bits, kind=kind)
    assert words.lower() in str(caught.value).lower()


def test_what_is_no_photo_is_refused(starter: Encoder) -> None:
    with pytest.raises(PhotoError):
        Explainer(starter).explain(b"no picture")


def test_memory_that_does_not_suffice_is_told_of(
    encoder_of: MakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = encoder_of("itq", "test_resnet")

    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(encoder.network.backbone.model, "forward_features", fail)
    with pytest.raises(DeviceError) as caught:
        Explainer(encoder).explain(picture(0))
    assert caught.value.code == "FS-403"


def test_a_bug_of_ours_is_not_taken_for_want_of_memory(encoder_of: MakeEncoder) -> None:
    encoder = encoder_of("itq", "test_resnet")
    encoder.network.hash_layer = torch.nn.Linear(3, 8)
    with pytest.raises(RuntimeError, match="shapes"):
        Explainer(encoder).explain(picture(0))


@pytest.mark.parametrize(("method", "options", "backbone"), [case[:3] for case in OFFERS], ids=str)
def test_a_query_read_for_its_maps_has_the_code_of_any_other(
    encoder_of: MakeEncoder, method: str, options: dict[str, Any], backbone: str
) -> None:
    encoder = encoder_of(method, backbone, **options)
    query = read_query(jpeg(picture(9, (320, 240))), min_side=encoder.decode_side)
    plain, (found, reading) = encoder.encode_query(query), Explainer(encoder).encode_query(query)
    np.testing.assert_allclose(found.logits, plain.logits, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.code, plain.code)
    assert (found.photo, found.content_hash) == (query.photo, plain.content_hash)
    assert found.ms["decode"] > query.ms
    again, anew = (Explainer(encoder).explain(each) for each in (reading, query.photo))
    for one, other in zip((*again.maps, *again.views), (*anew.maps, *anew.views), strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert one.region == other.region


def test_explaining_leaves_the_network_as_it_was(encoder_of: MakeEncoder) -> None:
    encoder = encoder_of("foodhash", "test_vit")
    pixels = encoder.prepare(picture(6))[np.newaxis]
    before = encoder.encode(pixels)
    for kind in ("best", *FALL_BACKS):
        Explainer(encoder).explain(picture(6), [0, 1], kind=kind)
    np.testing.assert_array_equal(encoder.encode(pixels), before)
    assert not any(module._forward_hooks for module in encoder.network.modules())
    assert all(parameter.grad is None for parameter in encoder.network.parameters())


def test_explanations_do_not_change(starter: Encoder) -> None:
    explainer = Explainer(starter)
    first, _, again = (explainer.explain(picture(seed)).maps for seed in (7, 8, 7))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["itq", "foodhash", "queryopt", "csce", "hybridhash", "mdff"])
@pytest.mark.parametrize("backbone", ["tf_efficientnet_lite0", "vit_tiny_patch16_224"])
def test_all_maps_cost_less_than_four_forward_passes(
    encoder_of: MakeEncoder, starter: Encoder, method: str, backbone: str
) -> None:
    encoder = encoder_of(method, backbone)
    explainer, photo = Explainer(encoder), Image.new("RGB", (256, 256), "olive")
    pixels = encoder.prepare(photo)[np.newaxis]

    def least(run: Any) -> float:
        run()
        times = []
        for _ in range(7):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
        return min(times)

    forward = least(lambda: encoder.encode(pixels))
    if explainer.explain(photo, []).kinds[0] in KINDS[:2]:
        assert least(lambda: explainer.explain(photo)) < 4 * forward
        assert least(lambda: explainer.explain(photo, [0])) < 2 * forward
