"""Exemplars and stability with a small random network and drawn photos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.codes import binarize, unpack
from engine.device import Device
from engine.events import JobCancelled, JobContext
from engine.explain.attributes import read_labelled_codes
from engine.explain.exemplars import Margins, choose_exemplars, measure_margins
from engine.explain.samples import draw_photos
from engine.explain.stability import (
    MAY_FLIP,
    flipping_margin,
    measure_library_stability,
    measure_stability,
    small_changes,
)
from engine.library.catalogue import Catalogue
from engine.library.index_build import build_index
from engine.library.libraries import open_library
from engine.library.scan import scan
from engine.methods import create_method
from engine.models.bundle import write_bundle
from engine.models.manifest import Manifest
from engine.models.store import ModelInfo, ModelStore
from engine.paths import Paths
from engine.search.encode import Encoder

BITS = 16


@pytest.fixture
def model(home: Path, tmp_path: Path) -> ModelInfo:
    torch.manual_seed(0)
    network = create_method("itq", backbone="test_resnet", num_bits=BITS)
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    state["hash_layer.bias"] = np.zeros(BITS, np.float32)
    manifest = Manifest(
        id="tiny-16",
        name="Tiny",
        method="itq",
        backbone="test_resnet",
        num_bits=BITS,
        preprocessing=network.backbone.preprocessing,
        created="2026-01-01T00:00:00+00:00",
    )
    write_bundle(tmp_path / "tiny.fsmodel", manifest, state, {})
    return ModelStore(Paths.resolve(home)).import_file(tmp_path / "tiny.fsmodel")


@pytest.fixture
def encoder(model: ModelInfo) -> Encoder:
    return Encoder(model, Device("cpu", "Processor"))


@pytest.fixture
def catalogue(home: Path, tmp_path: Path, encoder: Encoder) -> Iterator[Catalogue]:
    rng = np.random.default_rng(0)
    for number in range(24):
        path = tmp_path / "photos" / ("soup" if number % 3 else "pie") / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((80, 60)).save(path)
    with open_library(Paths.resolve(home)) as catalogue:
        catalogue.add_root(tmp_path / "photos")
        scan(catalogue, JobContext())
        build_index(catalogue, encoder, JobContext())
        yield catalogue


def test_codes_and_labels_are_those_of_the_library(catalogue: Catalogue, model: ModelInfo) -> None:
    found = read_labelled_codes(catalogue, model)
    records = catalogue.photos(found.ids)
    assert found.labels == tuple(record.label for record in records)
    np.testing.assert_array_equal(found.codes, catalogue.codes(model.key, found.ids))
    assert found.labels.count("pie") == 8


def test_a_library_without_codes_has_none(catalogue: Catalogue, model: ModelInfo) -> None:
    catalogue.purge_codes([model.key])
    found = read_labelled_codes(catalogue, model)
    assert found.codes.shape == (0, BITS // 8)
    assert found.labels == ()


def test_margins_are_those_the_codes_were_made_of(
    catalogue: Catalogue, encoder: Encoder, model: ModelInfo
) -> None:
    library = read_labelled_codes(catalogue, model)
    margins = measure_margins(encoder, catalogue, library.ids, library.codes)
    np.testing.assert_array_equal(margins.ids, library.ids)
    assert margins.drawn_from == 24
    stored = unpack(library.codes, BITS)
    sure = np.abs(margins.logits) > 1e-4
    assert ((margins.logits > 0) == stored)[sure].all()


def test_photos_that_are_gone_are_no_exemplars(
    catalogue: Catalogue, encoder: Encoder, model: ModelInfo
) -> None:
    library = read_labelled_codes(catalogue, model)
    gone = catalogue.photos(library.ids[:1])[0]
    gone.path.unlink()
    margins = measure_margins(encoder, catalogue, library.ids, library.codes)
    assert margins.ids.tolist() == library.ids[1:].tolist()


def test_jobs_stop_between_photos(catalogue: Catalogue, encoder: Encoder, model: ModelInfo) -> None:
    library = read_labelled_codes(catalogue, model)
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(JobCancelled):
        measure_margins(encoder, catalogue, library.ids, library.codes, ctx)
    with pytest.raises(JobCancelled):
        read_labelled_codes(catalogue, model, ctx)
    with pytest.raises(JobCancelled):
        measure_stability(encoder, [Image.new("RGB", (40, 40))], ctx)


def test_exemplars_are_the_extremes_and_the_boundary() -> None:
    logits = np.array([[3.0], [-0.1], [-5.0], [0.2], [3.0], [0.0]], np.float32)
    found = choose_exemplars(Margins(np.arange(10, 16), logits, 99), 0, shown=3)
    assert [one.photo_id for one in found.on] == [10, 14, 13]
    assert [one.photo_id for one in found.off] == [12, 11, 15]
    assert [one.photo_id for one in found.boundary] == [15, 11, 13]
    assert found.on[0].logit == 3
    assert found.drawn == 6
    nothing = choose_exemplars(Margins(np.empty(0, np.int64), logits[:0], 0), 0)
    assert (nothing.on, nothing.off, nothing.boundary, nothing.drawn) == ((), (), (), 0)


def test_rare_values_of_bits_are_drawn_too() -> None:
    rng = np.random.default_rng(1)
    bits = (rng.random((5000, 32)) < 0.5).astype(np.uint8)
    bits[:, 3] = 0
    bits[[17, 4000, 4900], 3] = 1
    codes, ids = np.packbits(bits, axis=1), np.arange(5000) * 2
    drawn = draw_photos(ids, codes, 32, count=100, each=6)
    assert {34, 8000, 9800} <= set(drawn.tolist())
    assert len(drawn) == len(set(drawn.tolist())) == 100
    chosen = bits[drawn // 2]
    assert (chosen.sum(axis=0)[[b for b in range(32) if b != 3]] >= 6).all()
    np.testing.assert_array_equal(drawn, draw_photos(ids, codes, 32, count=100, each=6))
    assert len(draw_photos(ids[:5], codes[:5], 32)) == 5
    assert len(draw_photos(ids[:0], codes[:0], 32)) == 0


def test_small_changes_keep_the_picture_recognisable() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8))
    kinds = small_changes()
    assert {kind: len(some) for kind, some in kinds.items()} == {
        "crop": 5,
        "blur": 2,
        "brightness": 2,
    }
    assert {change(picture).size for change in kinds["crop"]} == {(81, 54)}
    for kind in ("blur", "brightness"):
        for change in kinds[kind]:
            assert change(picture).size == picture.size
            assert change(picture).tobytes() != picture.tobytes()


def test_stability_is_the_share_of_changes_a_bit_survives(encoder: Encoder) -> None:
    rng = np.random.default_rng(2)
    pictures = [
        Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize((90, 80))
        for _ in range(3)
    ]
    found = measure_stability(encoder, pictures)
    assert (found.photos, found.encodings) == (3, 27)
    changes = [change for some in small_changes().values() for change in some]
    kept = []
    for picture in pictures:
        first, *others = (
            unpack(binarize(encoder.encode(encoder.prepare(view)[np.newaxis]))[0], BITS)
            for view in (picture, *(change(picture) for change in changes))
        )
        kept += [other == first for other in others]
    np.testing.assert_allclose(found.kept, np.mean(kept, axis=0), atol=1 / 27 + 1e-9)
    weights = {"crop": 5 / 9, "blur": 2 / 9, "brightness": 2 / 9}
    mean = sum(weights[kind] * shares for kind, shares in found.by_kind.items())
    np.testing.assert_allclose(mean, found.kept)
    steady = measure_stability(encoder, [Image.new("RGB", (90, 80), (200, 200, 200))])
    assert (steady.by_kind["crop"] == 1).all(), "a plain picture looks the same in every crop"


def test_bits_may_flip_up_to_the_margin_where_a_fifth_of_them_does() -> None:
    rng = np.random.default_rng(0)
    margins = rng.uniform(0, 2, 5000)
    # The chance to flip falls from one half at zero to nothing at 1; it is a fifth at 0.6.
    flips = rng.binomial(9, np.clip(0.5 - 0.5 * margins, 0, 1)) / 9
    assert flipping_margin(margins, flips) == pytest.approx(0.6, abs=0.05)
    near = margins <= flipping_margin(margins, flips)
    assert flips[near].mean() > MAY_FLIP > flips[~near].mean()
    assert flipping_margin(100 * margins, flips) == pytest.approx(60, abs=5), "any scale will do"
    assert flipping_margin(margins, np.full(5000, 0.1)) == 0
    assert flipping_margin(np.zeros(0), np.zeros(0)) == 0


def test_the_margin_of_bits_that_may_flip_comes_with_the_stability(encoder: Encoder) -> None:
    rng = np.random.default_rng(2)
    pictures = [
        Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize((90, 80))
        for _ in range(6)
    ]
    near = measure_stability(encoder, pictures).near
    logits = encoder.encode(np.stack([encoder.prepare(picture) for picture in pictures]))
    assert 0 < near < np.median(np.abs(logits))


def test_stability_is_measured_on_photos_of_the_library(
    catalogue: Catalogue, encoder: Encoder, model: ModelInfo
) -> None:
    library = read_labelled_codes(catalogue, model)
    found = measure_library_stability(encoder, catalogue, library.ids, library.codes)
    assert (found.photos, found.encodings) == (24, 24 * 9)
    assert found.kept.shape == (BITS,)
    assert ((found.kept >= 0) & (found.kept <= 1)).all()
