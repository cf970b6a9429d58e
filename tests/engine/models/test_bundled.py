from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from engine.device import Device
from engine.models.bundle import load_tensors, verify_bundle
from engine.models.places import bundled_folder
from engine.models.store import ModelStore
from engine.paths import Paths
from engine.search.encode import Encoder

CPU = Device("cpu", "Processor")
FILES = sorted(bundled_folder().glob("*.fsmodel"))
LEARNED = [path for path in FILES if verify_bundle(path).classes]


@pytest.fixture
def store(all_models: Path) -> ModelStore:
    return ModelStore(Paths.resolve())


def test_all_models_can_be_used_and_one_is_the_default(store: ModelStore) -> None:
    assert store.broken() == []
    assert sorted(model.path for model in store.list()) == FILES
    assert (store.default_id, store.get().num_bits) == ("dishes-64", 64)
    assert len(store.get("dishes-64").manifest.classes) == 110


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_model_encodes_and_is_small(path: Path, store: ModelStore) -> None:
    assert path.stat().st_size <= 10_000_000
    model = store.get(path.stem)
    encoder = Encoder(model, CPU)
    side = encoder.preprocessing.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    logits = encoder.encode(pixels)
    assert logits.shape == (2, model.num_bits)
    assert np.isfinite(logits).all()
    assert (logits[0] != logits[1]).any()


@pytest.mark.parametrize("path", LEARNED, ids=lambda path: path.stem)
def test_the_card_of_a_model_that_learned_dishes_is_complete(path: Path) -> None:
    manifest = verify_bundle(path)
    assert "Apache-2.0" in manifest.licence
    assert "fair use" in manifest.data_licence
    assert "no query photo of the measurements" in manifest.description
    assert "allergies" in manifest.limits
    measured = {name: of for name, of in manifest.metrics.items() if isinstance(of, Mapping)}
    assert set(measured) == {"food10", "thai10", "food64"}
    assert all("query photos" in values["split"] for values in measured.values())
    assert all(0 < values["map"] <= 1 for values in measured.values())


@pytest.mark.parametrize("path", LEARNED, ids=lambda path: path.stem)
def test_matrices_are_kept_in_half_precision(path: Path) -> None:
    matrices = [values for values in load_tensors(path).values() if values.ndim > 1]
    assert matrices
    for values in matrices:  # read as single precision, rounded to half before
        assert np.array_equal(values, values.astype(np.float16).astype(values.dtype))
