"""The discrete half of asymmetric hashing: codes of the whole database, learned bit by bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

Dissimilar = Literal["zero", "balanced", "minus_one"]


def dissimilar_value(labels: Tensor, sampled: Tensor, choice: Dissimilar) -> float:
    """Return the similarity S_ij of two photos of different classes.

    Args:
        labels: Classes of the database, shape (photos,).
        sampled: Numbers of the photos that are the rows of S, shape (rows,).
        choice: ``"zero"`` asks for orthogonal codes, ``"minus_one"`` for opposite ones, and
            ``"balanced"`` is -n+/n-, which makes S sum to zero (Leng et al. 2014).

    Raises:
        ValueError: The choice is none of them.
    """
    if choice not in get_args(Dissimilar):
        raise ValueError(f"dissimilar must be one of {get_args(Dissimilar)}, not {choice!r}")
    if choice != "balanced":
        return {"zero": 0.0, "minus_one": -1.0}[choice]
    similar = int(labels.bincount()[labels[sampled]].sum())
    # With one class there is no dissimilar pair, and the value is never used.
    return -similar / max(1, len(sampled) * len(labels) - similar)


@dataclass(frozen=True)
class CodeProblem:
    """The codes V sought for given outputs U (ADSH, AAAI 2018, eq. 4; QueryOpt, eq. 6).

    minimise ||K S - U V^T||^2 + gamma ||U - V_Omega||^2 over V in {-1, +1}. S has one value for
    equal classes, 1, and one for different ones, so that products with it are sums over classes:
    the rows x photos matrix never exists, and everything costs photos x K^2 at most.

    Attributes:
        outputs: U, relaxed codes of the sampled photos, shape (rows, width); a row of zeros is a
            photo without an output, which takes no part.
        sampled: Omega, numbers of these photos, each once, shape (rows,).
        labels: Classes of all photos, shape (photos,).
        dissimilar: S_ij for different classes.
        gamma: Weight of the distance between outputs and codes.
    """

    outputs: Tensor
    sampled: Tensor
    labels: Tensor
    dissimilar: float
    gamma: float

    def attraction(self) -> Tensor:
        """Return S^T U, shape (photos, width)."""
        sums = self.outputs.new_zeros(int(self.labels.max()) + 1, self.outputs.shape[1])
        sums.index_add_(0, self.labels[self.sampled], self.outputs)
        return (1 - self.dissimilar) * sums[self.labels] + self.dissimilar * self.outputs.sum(0)

    def objective(self, codes: Tensor) -> float:
        """Return the value of codes, shape (photos, width)."""
        width = codes.shape[1]
        rows, photos = len(self.sampled), len(self.labels)
        similar = int(self.labels.bincount()[self.labels[self.sampled]].sum())
        squares = similar + (rows * photos - similar) * self.dissimilar**2
        crossed = (self.attraction() * codes).sum()
        products = ((self.outputs.T @ self.outputs) * (codes.T @ codes)).sum()
        apart = (self.outputs - codes[self.sampled]).square().sum()
        return float(width**2 * squares - 2 * width * crossed + products + self.gamma * apart)

    def improve(self, codes: Tensor) -> Tensor:
        """Return codes after one pass of cyclic coordinate descent, shape (photos, width).

        V_b <- sign(R_b - V_-b (U_-b^T U_b)) for each bit b in turn, where R = K S^T U + gamma U
        at the sampled rows, and -b stands for the other bits as they are by then. An argument of
        exactly 0 keeps the old entry. No step raises the objective.

        Args:
            codes: Where to start, in {-1, +1}, shape (photos, width).
        """
        fields = codes.shape[1] * self.attraction()
        fields.index_add_(0, self.sampled, self.gamma * self.outputs)
        coupling = (self.outputs.T @ self.outputs).fill_diagonal_(0)
        fields, improved = fields.T.contiguous(), codes.T.contiguous().clone()
        for bit, field in enumerate(fields):
            argument = field - coupling[bit] @ improved
            improved[bit] = torch.where(argument == 0, improved[bit], argument.sign())
        return improved.T.contiguous()
