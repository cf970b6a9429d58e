"""The target code of each class: drawn, or the one that the model it starts from already gives."""

from __future__ import annotations

from torch import Tensor

from engine.losses.criterion import TrainingTask
from engine.losses.target_update import follow_votes
from engine.losses.targets import Scheme, create_targets

_APART = 4  # inherited targets differ in at least num_bits / _APART bits, as drawn ones mostly do


def class_targets(
    task: TrainingTask,
    scheme: Scheme,
    *,
    negative_share: float = 0.5,
    skip_first_row: bool = True,
) -> Tensor:
    """Return one code in {-1, +1} a class, shape (num_classes, width).

    Without votes they are those of :func:`create_targets`. With them a class keeps the code that
    most of its photos have under the model which the training starts from: drawn targets would
    turn half of the bits round, and with them the codes of all other photos.

    Args:
        task: What they are for.
        scheme: How they are drawn.
        negative_share: Share of -1 in a random target.
        skip_first_row: Of Hadamard targets.

    Raises:
        ValueError: As :func:`create_targets`.
    """
    drawn = create_targets(
        scheme,
        task.num_classes,
        task.width,
        task.generator(),
        negative_share=negative_share,
        skip_first_row=skip_first_row,
    )
    if task.votes is None:
        return drawn
    return move_apart(follow_votes(drawn, task.votes), task.votes, task.width // _APART)


def move_apart(targets: Tensor, votes: Tensor, least: int) -> Tensor:
    """Turn round the bits that classes are least decided about until the classes are told apart.

    Args:
        targets: In {-1, +1}, shape (num_classes, num_bits); earlier classes keep theirs.
        votes: How decided a class is about each bit, by absolute value; same shape.
        least: Bits in which any two should differ; a class for which there is no room gets as near
            to it as it can.
    """
    found = targets.clone()
    for row in range(1, len(found)):
        undecided = votes[row].abs().argsort(stable=True)
        for apart in range(least, 0, -1):
            code = _move_from(found[:row], targets[row], undecided, apart)
            if (found[:row] != code).sum(dim=1).min() >= apart:
                found[row] = code
                break
    return found


def _move_from(others: Tensor, code: Tensor, undecided: Tensor, least: int) -> Tensor:
    """Return a code with bits turned until it is far from the others, or all it can turn are."""
    moved = code.clone()
    while True:
        distances = (others != moved).sum(dim=1)
        nearest = others[distances.argmin()]
        shared = undecided[((nearest == moved) & (moved == code))[undecided]]
        if distances.min() >= least or not len(shared):
            return moved
        moved[shared[0]] *= -1
