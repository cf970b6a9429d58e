"""The loss of FoodHash: polarisation, normalised cross-entropy, and targets that may move."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from engine.losses.class_targets import class_targets
from engine.losses.classifier import create_classifier
from engine.losses.criterion import Criterion, TrainingTask
from engine.losses.memory_bank import MemoryBank
from engine.losses.normalized_cross_entropy import normalized_cross_entropy
from engine.losses.polarization import Reduction, check_reduction, polarization
from engine.losses.target_update import class_votes, follow_votes, keep_apart, ternary
from engine.losses.targets import Scheme, pair_distances


class FoodHashCriterion(Criterion):
    """Polarisation plus a weighted normalised cross-entropy (FoodHash, ACM TOMM 2026, eq. 17).

    The classifier works on the real logits: eqs. 18 to 25 index the code by class, which only
    the output of a classification head allows. The paper moves the targets while training; by
    default they stay, for moving ones merge the classes that the network confuses.

    Args:
        task: What it is built for.
        targets: How targets are drawn.
        negative_share: Share p of -1 in a random target.
        skip_first_row: Of Hadamard targets: leave out constant rows and shuffle the others.
        polarization: How the hinges of a photo are reduced.
        margin: m, where a bit stops costing and starts to vote.
        class_weight: lambda, of the cross-entropy.
        cross_entropy: ``"normalized"``, the paper's, which hardly moves the codes where there are
            many classes; ``"plain"``, that of a softmax (not in the paper).
        s_ce_scale: ``"M"`` multiplies the normalised term by the number of classes (not in the
            paper).
        target_update: ``"off"``, or ``"epoch"``: at the end of each epoch every class takes the
            majority of the confident bits of its photos, as they were last seen.
        update_start: Share of the epochs before the first update.
        guard: Refuse the new target of a class that lowers the least distance of two classes.
    """

    targets: Tensor
    labels: Tensor

    def __init__(
        self,
        task: TrainingTask,
        *,
        targets: Scheme = "random",
        negative_share: float = 0.5,
        skip_first_row: bool = True,
        polarization: Reduction = "mean",
        margin: float = 1.0,
        class_weight: float = 0.1,
        cross_entropy: Literal["normalized", "plain"] = "normalized",
        s_ce_scale: Literal["none", "M"] = "none",
        target_update: Literal["off", "epoch"] = "off",
        update_start: float = 0.5,
        guard: bool = True,
    ) -> None:
        super().__init__()
        _check(margin, class_weight, cross_entropy, s_ce_scale, target_update, update_start)
        self.reduction = check_reduction(polarization)
        self.margin = margin
        self.class_weight = class_weight
        self.normalized = cross_entropy == "normalized"
        self.class_scale = task.num_classes if s_ce_scale == "M" else 1
        self.update_start = update_start
        self.guard = guard
        codes = class_targets(
            task, targets, negative_share=negative_share, skip_first_row=skip_first_row
        )
        self.register_buffer("targets", codes)
        self.classifier = create_classifier(task)
        self.bank = MemoryBank(len(task.labels), task.width) if target_update == "epoch" else None
        self.register_buffer("labels", task.labels.clone(), persistent=False)

    def forward(
        self, logits: Tensor, labels: Tensor, indices: Tensor, **extras: Tensor
    ) -> dict[str, Tensor]:
        """Return the polarisation and the cross-entropy."""
        if self.bank is not None and self.training:
            self.bank.update(indices, logits)
        hinge = polarization(
            logits, self.targets[labels], margin=self.margin, reduction=self.reduction
        )
        class_logits = self.classifier(logits)
        if self.normalized:
            name = "s_cross_entropy"
            entropy = normalized_cross_entropy(class_logits, labels) * self.class_scale
        else:
            name, entropy = "cross_entropy", functional.cross_entropy(class_logits, labels)
        return {"polarization": hinge, name: entropy, "total": hinge + self.class_weight * entropy}

    @torch.no_grad()
    def end_epoch(self, epoch: int, epochs: int) -> dict[str, float]:
        """Move the targets, if they move; return how many bits did and the least distance."""
        if self.bank is None or epoch + 1 < self.update_start * epochs:
            return {}
        votes = class_votes(ternary(self.bank.values, self.margin), self.labels, len(self.targets))
        new = follow_votes(self.targets, votes)
        if self.guard:
            new = keep_apart(self.targets, new)
        changed = int((new != self.targets).sum())
        self.targets.copy_(new)
        least = float(pair_distances(new).min()) if len(new) > 1 else float(new.shape[1])
        return {"changed_target_bits": float(changed), "least_target_distance": least}


def _check(
    margin: float,
    class_weight: float,
    cross_entropy: str,
    s_ce_scale: str,
    target_update: str,
    update_start: float,
) -> None:
    if margin <= 0:
        raise ValueError(f"margin must be above 0, not {margin}")
    if class_weight < 0:
        raise ValueError(f"class_weight must not be below 0, not {class_weight}")
    if cross_entropy not in ("normalized", "plain"):
        raise ValueError(f"cross_entropy must be normalized or plain, not {cross_entropy!r}")
    if s_ce_scale not in ("none", "M"):
        raise ValueError(f"s_ce_scale must be none or M, not {s_ce_scale!r}")
    if target_update not in ("off", "epoch"):
        raise ValueError(f"target_update must be off or epoch, not {target_update!r}")
    if not 0 <= update_start <= 1:
        raise ValueError(f"update_start must lie between 0 and 1, not {update_start}")
