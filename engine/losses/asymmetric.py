"""Asymmetric hashing: a network for the queries, learned codes for the database."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.v_step import CodeProblem, Dissimilar, dissimilar_value

INITIAL_CODES = -1  # salt; outer iterations count from 0
REFERENCE_WIDTH = 12  # hard-wired in the released codes of SEMICON and QueryOpt


def asymmetric_terms(
    relaxed: Tensor, own: Tensor, attraction: Tensor, gram: Tensor, squares: Tensor
) -> tuple[Tensor, Tensor]:
    """Return ||K S - F V^T||^2 / (n N) and ||F - V_Omega||^2 / n, of n rows and N photos.

    The first is expanded into K^2 |S|^2 - 2 K <F, S V> + <F (V^T V), F>, so that a batch costs
    no more for a larger database.

    Args:
        relaxed: F, outputs in (-1, 1), shape (batch, width).
        own: V_Omega, learned codes of the same photos, shape (batch, width).
        attraction: S V / N, shape (batch, width).
        gram: V^T V / N, shape (width, width).
        squares: Mean of S^2 along each row, shape (batch,).
    """
    width = relaxed.shape[1]
    similarity = (
        width**2 * squares
        - 2 * width * (relaxed * attraction).sum(1)
        + (relaxed @ gram * relaxed).sum(1)
    ).mean()
    return similarity, (relaxed - own).square().sum(1).mean()


class AsymmetricCriterion(Criterion):
    """Alternates between the network's outputs and the database codes.

    An outer iteration samples photos (Omega), trains on them for ``inner_epochs`` epochs while
    their latest outputs are kept (U), and ends with one pass over the bits of the codes V of all
    training photos. The last epoch of a training ends its outer iteration, however short.

    Departures: V starts from random signs (ADSH: zeros, QueryOpt: a real normal matrix), and the
    V-step runs in double precision on the processor, equal on every device.

    Args:
        task: What it is built for.
        gamma: Weight of the distance between outputs and learned codes.
        num_sampled: Photos of an outer iteration; more than there are means all.
        inner_epochs: Epochs of an outer iteration.
        dissimilar: Similarity of different classes: ``"zero"``, ``"balanced"``, ``"minus_one"``.
        scale: Factor of the whole loss.
    """

    labels: Tensor
    class_sizes: Tensor
    codes: Tensor
    is_learned: Tensor
    outputs: Tensor
    sampled: Tensor
    other: Tensor
    gram: Tensor
    class_sums: Tensor

    def __init__(
        self,
        task: TrainingTask,
        gamma: float,
        num_sampled: int,
        inner_epochs: int,
        dissimilar: Dissimilar,
        scale: float,
    ) -> None:
        super().__init__()
        if num_sampled < 2 or inner_epochs < 1:  # one photo makes no batch
            raise ValueError("num_sampled must be at least 2, and inner_epochs at least 1")
        if gamma < 0:
            raise ValueError(f"gamma must not be negative, not {gamma}")
        self.gamma, self.inner_epochs, self.scale = gamma, inner_epochs, scale
        self.dissimilar = dissimilar
        self._task = task
        self._num_sampled = min(num_sampled, len(task.labels))
        shape = (len(task.labels), task.width)
        normal = torch.randn(shape, generator=task.generator(INITIAL_CODES))
        self.register_buffer("labels", task.labels, persistent=False)
        sizes = task.labels.bincount(minlength=task.num_classes)
        self.register_buffer("class_sizes", sizes, persistent=False)
        self.register_buffer("codes", torch.where(normal > 0, 1, -1).to(torch.int8))
        self.register_buffer("is_learned", torch.tensor(False))
        self.register_buffer("outputs", torch.zeros(self._num_sampled, task.width))
        self.register_buffer("sampled", self._sample(0))
        self.register_buffer("other", torch.tensor(self._dissimilar_value()))
        self.register_buffer("gram", torch.zeros(task.width, task.width))
        self.register_buffer("class_sums", torch.zeros(task.num_classes, task.width))
        self._summarize()

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms ``similarity`` and ``quantization``, and ``total``.

        In training mode the outputs of sampled photos are kept for the V-step.
        """
        relaxed = logits.tanh()
        if self.training:
            self._keep(relaxed.detach(), indices)
        photos = len(self.labels)
        other = self.other  # S_ij of different classes
        sizes = self.class_sizes[labels] / photos
        similarity, distance = asymmetric_terms(
            relaxed,
            self.codes[indices].to(relaxed.dtype),
            (1 - other) * self.class_sums[labels] + other * self.class_sums.sum(0),
            self.gram,
            sizes + (1 - sizes) * other**2,
        )
        similarity = self.scale * similarity
        quantization = self.scale * self.gamma * distance / photos
        return {
            "similarity": similarity,
            "quantization": quantization,
            "total": similarity + quantization,
        }

    def photos_of_epoch(self, epoch: int) -> Tensor:
        """Return the photos of the epoch's outer iteration, ascending."""
        return self._sample(epoch // self.inner_epochs)

    def start_epoch(self, epoch: int, epochs: int) -> None:
        """Sample anew, and forget the outputs of other photos, when an outer iteration begins."""
        self.sampled.copy_(self._sample(epoch // self.inner_epochs))
        self.other.fill_(self._dissimilar_value())
        if epoch % self.inner_epochs == 0:
            self.outputs.zero_()

    def end_epoch(self, epoch: int, epochs: int) -> dict[str, float]:
        """Learn the codes when an outer iteration ends; return how they changed."""
        if (epoch + 1) % self.inner_epochs and epoch + 1 < epochs:
            return {}
        problem = CodeProblem(
            outputs=self.outputs.cpu().double(),
            sampled=self.sampled.cpu(),
            labels=self.labels.cpu(),
            dissimilar=float(self.other),
            gamma=self.gamma,
        )
        before = self.codes.cpu().double()
        after = problem.improve(before)
        self.codes.copy_(after)
        self.is_learned.fill_(True)
        self._summarize()
        pairs = len(self.sampled) * len(self.labels)
        return {
            "code_objective": problem.objective(after) / pairs,
            "code_changes": float((after != before).double().mean()),
        }

    def learned_codes(self) -> Tensor | None:
        """Return the codes of the training photos, -1 or +1, shape (photos, num_bits), int8.

        None before the first V-step: the random start is nothing that was learned.
        """
        return self.codes[:, : self._task.num_bits] if self.is_learned else None

    def _sample(self, outer: int) -> Tensor:
        order = torch.randperm(len(self._task.labels), generator=self._task.generator(outer))
        return order[: self._num_sampled].sort().values

    def _dissimilar_value(self) -> float:
        return dissimilar_value(self.labels, self.sampled, self.dissimilar)

    def _keep(self, relaxed: Tensor, indices: Tensor) -> None:
        rows = torch.searchsorted(self.sampled, indices).clamp(max=len(self.sampled) - 1)
        known = self.sampled[rows] == indices
        self.outputs[rows[known]] = relaxed[known].to(self.outputs.dtype)

    def _summarize(self) -> None:
        """Renew V^T V / N and the class sums of V / N, which are all that a batch needs of V."""
        codes, labels = self.codes.cpu().double(), self.labels.cpu()
        sums = codes.new_zeros(self.class_sums.shape).index_add_(0, labels, codes)
        self.gram.copy_(codes.T @ codes / len(codes))
        self.class_sums.copy_(sums / len(codes))


class AdshCriterion(AsymmetricCriterion):
    """Asymmetric deep supervised hashing (ADSH, AAAI 2018).

    Args:
        task: What it is built for.
        gamma: Weight of the distance between outputs and learned codes.
        num_sampled: Photos of an outer iteration; more than there are means all.
        inner_epochs: Epochs of an outer iteration.
        dissimilar: Similarity of different classes: ``"zero"``, ``"balanced"``, ``"minus_one"``.
    """

    def __init__(
        self,
        task: TrainingTask,
        *,
        gamma: float = 200.0,
        num_sampled: int = 2000,
        inner_epochs: int = 3,
        dissimilar: Dissimilar = "balanced",
    ) -> None:
        super().__init__(task, gamma, num_sampled, inner_epochs, dissimilar, scale=1.0)


class QueryOptCriterion(AsymmetricCriterion):
    """The alternating loss of QueryOpt (ICML 2025, eq. 6), over all columns of its branches.

    Codes and loss have ``task.width`` columns; the code of a photo is the first ``num_bits``.
    The loss carries the factor 12 / width of the released code. The value of S for different
    classes is lost in the paper; zero is the released code's.

    Args:
        task: What it is built for.
        gamma: Weight of the distance between outputs and learned codes.
        num_sampled: Photos of an outer iteration; more than there are means all.
        inner_epochs: Epochs of an outer iteration.
        dissimilar: Similarity of different classes: ``"zero"``, ``"balanced"``, ``"minus_one"``.
    """

    def __init__(
        self,
        task: TrainingTask,
        *,
        gamma: float = 200.0,
        num_sampled: int = 2000,
        inner_epochs: int = 10,
        dissimilar: Dissimilar = "zero",
    ) -> None:
        scale = REFERENCE_WIDTH / task.width
        super().__init__(task, gamma, num_sampled, inner_epochs, dissimilar, scale)
