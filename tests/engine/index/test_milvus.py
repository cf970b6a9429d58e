from __future__ import annotations

import sys

import pytest

from engine.errors import InputError
from engine.index.milvus import MilvusIndex


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(InputError, match=r"foodsearch\[milvus\]") as caught:
        MilvusIndex("milvus.db", "codes", 64)
    assert caught.value.code == "FS-002"
