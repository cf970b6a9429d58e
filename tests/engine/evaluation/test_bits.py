from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from engine.codes import binarize
from engine.evaluation import bits
from engine.evaluation.bits import bit_entropy, describe_bits
from tests.engine.evaluation import reference


def described(signs: np.ndarray[Any, Any]) -> dict[str, Any]:
    found = describe_bits(binarize(signs), signs.shape[1])
    json.dumps(found, allow_nan=False)
    return found


@pytest.mark.parametrize("chunk", [7, 1 << 16])
def test_balance_and_correlation_are_their_definitions(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bits, "_CHUNK", chunk)
    rng = np.random.default_rng(0)
    signs = rng.normal(size=(40, 1)) * rng.normal(size=13) + rng.normal(size=(40, 13))
    signs[:, 4] = 1
    columns = (signs > 0).astype(int).T.tolist()
    found = described(signs)
    assert found["ones"] == pytest.approx([sum(column) / 40 for column in columns])
    pairs = {}
    for i in range(13):
        for j in range(13):
            expected = 1.0 if i == j else reference.correlation(columns[i], columns[j])
            assert found["correlation"][i][j] == pytest.approx(expected, abs=6e-4)
            if i < j:
                pairs[i, j] = expected
    strengths = sorted((abs(value) for value in pairs.values()), reverse=True)
    assert found["mean_abs_correlation"] == pytest.approx(np.mean(strengths))
    assert found["max_abs_correlation"] == pytest.approx(strengths[0])
    for pair, strength in zip(found["most_correlated"], strengths, strict=False):
        assert abs(pair["correlation"]) == pytest.approx(strength)
        assert pair["correlation"] == pytest.approx(pairs[tuple(pair["bits"])])


def test_equal_opposite_and_constant_bits() -> None:
    signs = np.array([[1, 1, -1, 1], [-1, -1, 1, 1], [1, 1, -1, 1], [-1, -1, 1, 1]])
    found = described(signs)
    assert found["correlation"] == [[1, 1, -1, 0], [1, 1, -1, 0], [-1, -1, 1, 0], [0, 0, 0, 1]]
    assert found["entropy"] == [1, 1, 1, 0]
    assert (found["distinct_codes"], found["codes"], found["constant_bits"]) == (2, 4, 1)
    assert found["mean_abs_correlation"] == pytest.approx(0.5)


def test_entropy_is_its_definition() -> None:
    found = bit_entropy(np.array([0.0, 0.5, 0.25, 1.0]))
    assert found == pytest.approx([0, 1, 0.25 * 2 + 0.75 * np.log2(4 / 3), 0])


def test_a_single_bit_and_a_single_code_have_no_pairs() -> None:
    found = described(np.array([[1]]))
    assert found["mean_abs_correlation"] == found["max_abs_correlation"] == 0
    assert found["most_correlated"] == []
    assert found["correlation"] == [[1]]
