from __future__ import annotations

import os
from typing import Any

import pytest
import torch

from engine.device import Device, choose_device, is_out_of_memory, list_devices, use_cores
from engine.errors import DeviceError, InputError


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two graphics cards that exist in name only; the values are how they fail, if they do."""
    found = {"cuda:0": "", "cuda:1": ""}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(found))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"Card {index}")
    arange = torch.arange

    def fail(*arguments: Any, device: str, **options: Any) -> torch.Tensor:
        if found.get(device):
            raise RuntimeError(f"CUDA error: {found[device]}\nmany more lines")
        return arange(*arguments, **options)

    monkeypatch.setattr(torch, "arange", fail)
    return found


@pytest.fixture
def no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_the_processor_always_works() -> None:
    chosen = choose_device("cpu")
    assert chosen.name == "cpu"
    assert chosen.label.startswith("Processor, ")
    assert chosen.reason == ""
    assert list_devices()[0] == chosen


@pytest.mark.usefixtures("no_cards")
def test_says_why_no_card_is_used() -> None:
    chosen = choose_device()
    assert chosen.name == "cpu"
    assert chosen.reason.endswith(".")


@pytest.mark.usefixtures("no_cards")
@pytest.mark.parametrize("wanted", ["cuda", "cuda:0", "cuda:3"])
def test_a_wish_that_cannot_be_met_is_an_error(wanted: str) -> None:
    with pytest.raises(DeviceError) as error:
        choose_device(wanted)
    assert error.value.code == "FS-405"


@pytest.mark.usefixtures("cards")
def test_prefers_the_first_card() -> None:
    assert choose_device() == Device("cuda:0", "Card 0")
    assert choose_device("cuda:1") == Device("cuda:1", "Card 1")
    assert [found.name for found in list_devices()] == ["cpu", "cuda:0", "cuda:1"]


def test_a_card_that_fails_is_not_used(cards: dict[str, str]) -> None:
    cards["cuda:0"] = "no kernel image is available"
    assert choose_device().name == "cpu"
    assert "no kernel image is available" in choose_device().reason
    assert [found.name for found in list_devices()] == ["cpu", "cuda:1"]
    with pytest.raises(DeviceError, match="no kernel image"):
        choose_device("cuda")


def test_a_card_that_computes_nonsense_is_not_used(
    cards: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros = torch.zeros(8)
    monkeypatch.setattr(torch, "arange", lambda *arguments, **options: zeros)
    assert choose_device().name == "cpu"
    assert "wrong results" in choose_device().reason


@pytest.mark.usefixtures("cards")
def test_a_card_beyond_the_last(cards: dict[str, str]) -> None:
    with pytest.raises(DeviceError, match="2 graphics cards"):
        choose_device("cuda:2")


@pytest.mark.parametrize("wanted", ["gpu", "", "cuda:", "cuda:x", "cuda:-1", "cpu:0", "cuda:0:1"])
def test_unknown_names(wanted: str) -> None:
    with pytest.raises(InputError) as error:
        choose_device(wanted)
    assert error.value.code == "FS-001"


def test_leaves_cores_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2, 3}, raising=False)
    try:
        assert use_cores(1) == torch.get_num_threads() == 3
        assert use_cores(9) == torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_counts_the_cores_it_may_use() -> None:
    expected = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert choose_device("cpu").label.startswith(f"Processor, {expected} core")


@pytest.mark.parametrize(
    "text",
    [
        "CUDA out of memory. Tried to allocate 20.00 MiB",
        "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried",
        "[enforce fail at alloc_cpu.cpp:83] DefaultCPUAllocator: not enough memory: you tried",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ],
)
def test_knows_how_torch_says_that_memory_ran_out(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))
    assert not is_out_of_memory(RuntimeError("shapes do not fit"))
