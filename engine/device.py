"""What computes: the processor or a graphics card, chosen by trying."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.cores import cores
from engine.errors import DeviceError, InputError
from engine.memory import keep_freed_memory


@dataclass(frozen=True)
class Device:
    """A place where networks run.

    Attributes:
        name: torch's name: ``"cpu"`` or ``"cuda:0"``.
        label: What windows show, e.g. ``"Processor, 2 cores"``.
        reason: Why a graphics card is not used, in words; empty if one is.
    """

    name: str
    label: str
    reason: str = ""


def list_devices() -> list[Device]:
    """Return the devices that work, the processor first."""
    devices = [_processor()]
    devices += [_card(index) for index in range(_card_count()) if not _failure(f"cuda:{index}")]
    return devices


def choose_device(wanted: str = "auto") -> Device:
    """Return the device to use.

    Args:
        wanted: ``"auto"`` (a graphics card if one works), ``"cpu"``, ``"cuda"`` or ``"cuda:N"``.

    Raises:
        InputError: FS-001, there is no such name.
        DeviceError: FS-405, the graphics card asked for does not work.
    """
    if wanted == "cpu":
        return _processor()
    if wanted == "auto":
        failure = _failure("cuda:0") if _card_count() else _why_no_card()
        return _processor(failure) if failure else _card(0)
    kind, _, number = wanted.partition(":")
    if kind != "cuda" or (":" in wanted and not number.isdecimal()):
        raise InputError("FS-001", kind="device", name=wanted, known="auto, cpu, cuda, cuda:N")
    index = int(number or 0)
    if index >= _card_count():
        reason = _why_no_card() or f"There are {_card_count()} graphics cards, from cuda:0 on."
        raise DeviceError("FS-405", reason=reason)
    if failure := _failure(f"cuda:{index}"):
        raise DeviceError("FS-405", reason=failure)
    return _card(index)


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a graphics card or the processor had no memory left."""
    # The allocator of the processor has no exception of its own, nor have the card's libraries.
    text = str(error).lower()
    signs = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
    return isinstance(error, torch.OutOfMemoryError) or any(sign in text for sign in signs)


def use_cores(reserve: int = 0) -> int:
    """Let torch compute on all cores but ``reserve`` (at least one); return how many.

    What a batch has freed is kept for the next one, see :mod:`engine.memory`.
    """
    keep_freed_memory()
    count = cores(reserve)
    torch.set_num_threads(count)
    return count


def _processor(reason: str = "") -> Device:
    count = cores()
    return Device("cpu", f"Processor, {count} core{'s' if count > 1 else ''}", reason)


def _card(index: int) -> Device:
    return Device(f"cuda:{index}", torch.cuda.get_device_name(index))


def _card_count() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _why_no_card() -> str:
    if torch.cuda.is_available():
        return ""
    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return "This build of torch is for processors only."
    return "No graphics card, or its driver does not fit this build of torch."


def _failure(name: str) -> str:
    """Return why a device cannot compute, or nothing: drivers may promise and then fail."""
    try:
        total = torch.arange(8, dtype=torch.float32, device=name).sum().item()
    except (RuntimeError, AssertionError) as error:
        return str(error).splitlines()[0]
    return "" if total == 28.0 else f"{name} computes wrong results."
