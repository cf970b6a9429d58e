"""Push for quantization (DFH): a likelihood with a margin, and signs leaning to class centres."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.pairwise import Others, PairBank, mean_over
from engine.losses.quantization import squared_distance
from engine.losses.signs import signs

# Steps of the centres and how far each goes: 200 in all.
SCHEDULE = ((149, 0.03), (30, 0.003), (21, 0.0003))


def margin_likelihood(logits: Tensor, others: Others, margin: float) -> Tensor:
    """Return the mean over pairs of log(1 + e^(m - theta)) or, dissimilar, log(1 + e^(m + theta)).

    theta = <u_i, u_j> / 2. DeepHash-pytorch clips it to [-100, 50] against overflow, which takes
    the gradient from the worst pairs of long codes; the softplus needs no clip.

    Args:
        logits: Shape (batch, width).
        others: The other sides of the pairs.
        margin: m.
    """
    theta = logits @ others.values.T / 2
    costs = softplus(margin + torch.where(others.similar, -theta, theta))
    return mean_over(costs, others.counted)


def centered_signs(logits: Tensor, centers: Tensor, mu: float) -> Tensor:
    """Return b = sign(mu C_y + u), shape (batch, width).

    Args:
        logits: u, shape (batch, width).
        centers: C_y, the centre of each photo's class, same shape.
        mu: How far signs lean to the centre.
    """
    return signs(logits + mu * centers)


def improve_centers(relaxed_centers: Tensor, codes: Tensor, labels: Tensor) -> Tensor:
    """Return centres after 200 gradient steps towards a batch's codes.

    They descend mean((V Y^T - b)^2) + mean((V^T V - k (2 I - 1 1^T))^2) + mean((V - sign V)^2):
    near the codes of their class, far from one another, near their signs. The gradient is written
    out; what the batch contributes is summed by class once.

    Departure: a step is at most the inverse of the curvature at the optimum. That binds for few
    classes only (five or fewer at 64 bits), where the fixed steps diverge.

    Args:
        relaxed_centers: V, shape (num_classes, width).
        codes: b, shape (batch, width).
        labels: Shape (batch,).
    """
    centers, (num_classes, width) = relaxed_centers, relaxed_centers.shape
    entries = num_classes * width
    sums = torch.zeros_like(centers).index_add_(0, labels, codes)
    photos = labels.bincount(minlength=num_classes).to(centers) / len(labels)
    between = 4 / num_classes**2
    curve = (2 / width * photos + 2 / entries - 2 * width * between)[:, None]
    pull = 2 / codes.numel() * sums
    largest = between * width * max(4, num_classes - 2) + 2 / width + 2 / entries
    for steps, size in SCHEDULE:
        step = min(size, 1 / largest)
        shrink, shift = 1 - step * curve, step * pull
        for _ in range(steps):
            # Rows are classes here; the product with k 1 1^T is a sum over them.
            moved = torch.addcmul(shift, shrink, centers)
            moved.addmm_(centers, centers.T @ centers, alpha=-step * between)
            moved.sub_(centers.sum(0), alpha=step * between * width)
            centers = moved.add_(centers.sign(), alpha=step * 2 / entries)
    return centers


class DfhCriterion(Criterion):
    """Margin likelihood with learned class centres (Li et al., BMVC 2019).

    The signs that outputs are drawn to lean to the sign of the class centre, which follows the
    codes of each batch. A centre that has not moved yet is zero and pulls nothing.

    Args:
        task: What it is built for.
        margin: m of the likelihood.
        mu: How far signs lean to the centre.
        eta: Weight of the distance to these signs.
    """

    relaxed_centers: Tensor

    def __init__(
        self, task: TrainingTask, *, margin: float = 3.0, mu: float = 0.1, eta: float = 0.5
    ) -> None:
        super().__init__()
        if min(margin, mu, eta) < 0:
            raise ValueError("margin, mu and eta must not be negative")
        self.margin, self.mu, self.eta = margin, mu, eta
        self.pairs = PairBank(task)
        self.register_buffer("relaxed_centers", torch.zeros(task.num_classes, task.width))

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the terms ``likelihood`` and ``quantization``, and ``total``.

        In training mode the centres then follow the batch.
        """
        codes = centered_signs(logits, self.relaxed_centers[labels].sign(), self.mu)
        if self.training:
            improved = improve_centers(self.relaxed_centers, codes.to(self.relaxed_centers), labels)
            self.relaxed_centers.copy_(improved)
        likelihood = margin_likelihood(logits, self.pairs(logits, labels, indices), self.margin)
        quantization = squared_distance(logits, codes)
        return {
            "likelihood": likelihood,
            "quantization": quantization,
            "total": likelihood + self.eta * quantization,
        }
