from __future__ import annotations

import torch

from engine.losses.memory_bank import MemoryBank


def test_rows_are_written_where_they_belong_and_marked() -> None:
    bank = MemoryBank(4, 2)
    bank.update(torch.tensor([2, 0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert bank.values.tolist() == [[3, 4], [0, 0], [1, 2], [0, 0]]
    assert bank.visited.tolist() == [True, False, True, False]


def test_no_gradient_enters_it_and_half_precision_is_widened() -> None:
    bank = MemoryBank(2, 1)
    bank.update(torch.tensor([1]), torch.ones(1, 1, dtype=torch.bfloat16, requires_grad=True))
    assert not bank.values.requires_grad
    assert bank.values.dtype == torch.float32


def test_it_travels_in_the_state_dict() -> None:
    bank, other = MemoryBank(3, 2), MemoryBank(3, 2)
    bank.update(torch.tensor([1]), torch.tensor([[5.0, 6.0]]))
    other.load_state_dict(bank.state_dict())
    assert torch.equal(other.values, bank.values)
    assert torch.equal(other.visited, bank.visited)
