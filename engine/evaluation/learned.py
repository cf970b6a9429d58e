"""Gallery codes that a method learned with the labels of the gallery, beside the encoded ones.

The asymmetric methods (ADSH and its descendants) fit the codes of the database in training and
never encode it. A new photo has no such code, so these figures say nothing of a library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from engine.codes import CodeArray, hamming
from engine.errors import InputError
from engine.evaluation.scoring import Coded, score
from engine.events import JobContext
from engine.index.protocol import check_codes


def read_learned_codes(path: Path) -> dict[str, CodeArray]:
    """Return packed codes by the name of the photo, as the run of a training keeps them.

    Args:
        path: ``learned_codes.safetensors``: the tensor ``codes``, with the names as JSON in the
            metadata ``names``.

    Raises:
        InputError: FS-002, it is no such file.
    """
    try:
        # safe_open says of a folder or a missing file what a person cannot use.
        with path.open("rb"), safe_open(path, framework="numpy") as file:
            codes = file.get_tensor("codes")
            names = json.loads((file.metadata() or {})["names"])
    except OSError as error:
        raise _refused(str(path), error.strerror or str(error)) from error
    except (SafetensorError, KeyError, ValueError) as error:
        raise _refused(str(path), "it holds no learned codes") from error
    if codes.dtype != np.uint8 or codes.ndim != 2 or len(codes) != len(names):
        raise _refused(str(path), "it holds no learned codes")
    return dict(zip(names, codes, strict=True))


def check_learned(learned: Mapping[str, CodeArray], names: Sequence[str], num_bits: int) -> None:
    """Refuse codes of another model or task.

    Args:
        learned: Packed codes by the name of the photo.
        names: Of the photos of the gallery.
        num_bits: Length of the model's codes.

    Raises:
        InputError: FS-002, none of them is of the gallery, or their length differs.
    """
    codes = [learned[name] for name in names if name in learned]
    if not codes:
        raise _refused("the learned codes", "none of them is of a photo of the gallery")
    try:
        check_codes(np.stack(codes), num_bits)
    except ValueError as error:
        raise _refused("the learned codes", str(error)) from error


def score_learned(
    learned: Mapping[str, CodeArray],
    names: Sequence[str],
    queries: Coded,
    gallery: Coded,
    num_bits: int,
    ctx: JobContext,
    rule: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the metrics of learned codes, and of encoded ones for the very same photos.

    Args:
        learned: Packed codes by the name of the photo; of another gallery they count for nothing.
        names: Of the photos of the gallery.
        queries: What is asked; always encoded.
        gallery: What is searched, encoded.
        num_bits: Length of a code.
        ctx: Line to whoever runs the job.
        rule: ``map_at`` and ``normalizer`` of :func:`score`.
    """
    check_learned(learned, names, num_bits)
    rows = np.array([row for row, name in enumerate(names) if name in learned])
    encoded = gallery[rows]
    codes = np.stack([learned[names[row]] for row in rows])
    agreement = 1 - float(hamming(codes, encoded.codes).mean()) / num_bits
    return {
        **score(queries, Coded(codes, encoded.labels), ctx, **rule),
        "gallery": len(encoded),
        "without_code": len(gallery) - len(encoded),
        "bits_as_encoded": agreement,
        "db_encoded": score(queries, encoded, ctx, **rule),
    }


def _refused(name: str, reason: str) -> InputError:
    advice = "Learned codes must come from the training that made the model."
    return InputError("FS-002", name=name, reason=reason, advice=advice)
