"""What a hashing method is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MethodInfo:
    """A hashing method.

    Attributes:
        name: What users type.
        title: What windows show.
        description: One sentence.
        source: The publication.
        criterion: Module and class of the loss, below ``engine.losses``; empty for a method that
            is computed instead of trained, and needs no labels.
        network: Module and class of the network, below ``engine.networks``.
        code_tensor: The tensor of the network whose rows are the bits.
    """

    name: str
    title: str
    description: str
    source: str
    criterion: str = ""
    network: str = "linear.LinearHash"
    code_tensor: str = "hash_layer.weight"

    @property
    def needs_labels(self) -> bool:
        """Whether training needs a label for every photo."""
        return bool(self.criterion)
