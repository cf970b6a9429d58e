"""The hashing methods a user may pick: a network and how its weights come to be.

Listing them does not import torch; a method's network is imported when it is built.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.baselines import BASELINES
from engine.errors import InputError
from engine.method_info import MethodInfo as MethodInfo
from engine.registry import Registry

if TYPE_CHECKING:
    from engine.losses.criterion import Criterion, TrainingTask
    from engine.networks.output import HashNetwork


METHODS: Registry[MethodInfo] = Registry("method")


def _add(method: MethodInfo) -> None:
    METHODS.register(method.name)(method)


for _baseline in BASELINES:
    _add(_baseline)

_add(
    MethodInfo(
        name="csce",
        title="CSCE-Net",
        description="Takes what windows of the whole photo already tell out of its details, and "
        "hashes both; bits too close to call share one value.",
        source="Xue et al., Cross-Scale Context Extracted Hashing for Fine-Grained Image Binary "
        "Encoding, ACML 2022",
        criterion="csce.CsceCriterion",
        network="csce.CsceNet",
    )
)
_add(
    MethodInfo(
        name="foodhash",
        title="FoodHash",
        description="Lets regions of the photo exchange what they show, fuses that with what the "
        "backbone concludes, and pushes every bit towards a target code of its class.",
        source="Cao et al., FoodHash: Context-Aware Proxy Interaction and Fusion for Food Image "
        "Retrieval, ACM TOMM 2026",
        criterion="foodhash.FoodHashCriterion",
        network="foodhash.FoodHash",
    )
)
_add(
    MethodInfo(
        name="hybridhash",
        title="HybridHash",
        description="Blocks of the photo exchange what they see between the levels of a "
        "hierarchical transformer, and each bit ends in a small map of its own.",
        source="He and Wei, HybridHash: Hybrid Convolutional and Self-Attention Deep Hashing for "
        "Image Retrieval, ICMR 2024",
        criterion="hybridhash.HybridHashCriterion",
        network="hybridhash.HybridHash",
        code_tensor="hash_layer.bits.weight",
    )
)
_add(
    MethodInfo(
        name="itq",
        title="Iterative quantisation",
        description="Needs no labels and no training: principal components of a pretrained "
        "backbone's features, rotated so that their signs lose little.",
        source="Gong and Lazebnik, Iterative Quantization: A Procrustean Approach to Learning "
        "Binary Codes, CVPR 2011",
    )
)
_add(
    MethodInfo(
        name="mdff",
        title="MDFF-SH",
        description="Fuses what a backbone sees at four depths, from textures to whole dishes; "
        "rebuilt from a text that lost its formulas.",
        source="Enhanced Image Retrieval Using Multiscale Deep Feature Fusion in Supervised "
        "Hashing (MDFF-SH), Journal of Imaging 2025",
        criterion="mdff.MdffCriterion",
        network="mdff.Mdff",
    )
)
_add(
    MethodInfo(
        name="queryopt",
        title="QueryOpt",
        description="Each bit is a learned question that looks for its attribute in the photo; "
        "codes of the training photos are learned along with the network.",
        source="Wang et al., Learning Attribute-Aware Hash Codes for Fine-Grained Image Retrieval "
        "via Query Optimization, ICML 2025",
        criterion="asymmetric.QueryOptCriterion",
        network="queryopt.QueryOpt",
        code_tensor="queries",
    )
)


def list_methods() -> list[MethodInfo]:
    """Return the methods, sorted by name."""
    return [METHODS[name] for name in METHODS]


def create_method(
    name: str,
    *,
    backbone: str,
    num_bits: int,
    weights: Path | Literal["pretrained"] | None = None,
    download: bool = False,
    input_size: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> HashNetwork:
    """Build the network of a method.

    Args:
        name: Of the method.
        backbone: timm's name of the feature extractor.
        num_bits: Length of the code.
        weights: For the backbone: a file, ``"pretrained"``, or None for random ones.
        download: Whether pretrained weights may be fetched.
        input_size: Side of the square input in pixels, if not the one of the weights.
        options: Choices of the network, by name.

    Raises:
        InputError: FS-001 unknown method or backbone, FS-002 unknown option or wrong value.
        ModelError: The weights cannot be used.
    """
    kind = _load("engine.networks", METHODS[name].network)
    _check_options(kind, name, options or {})
    from engine.networks.backbone import create_backbone

    extractor = create_backbone(backbone, weights=weights, download=download, input_size=input_size)
    network: HashNetwork = _build(name, kind, (extractor, num_bits), options or {})
    return network


def create_criterion(
    name: str, task: TrainingTask, options: Mapping[str, Any] | None = None
) -> Criterion:
    """Build the loss of a method.

    Args:
        name: Of a method that needs labels.
        task: What it is built for.
        options: Choices of the criterion, by name.

    Raises:
        InputError: FS-001 unknown method, FS-002 unknown option or wrong value.
    """
    kind = _load("engine.losses", METHODS[name].criterion)
    _check_options(kind, name, options or {})
    criterion: Criterion = _build(name, kind, (task,), options or {})
    return criterion


def resolve_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all choices of a method's network: those given, and the defaults of today.

    A model that keeps them can be built again after a default has changed.

    Args:
        name: Of the method.
        options: Choices of the network, by name.
    """
    parameters = inspect.signature(_load("engine.networks", METHODS[name].network)).parameters
    chosen = {
        key: parameter.default
        for key, parameter in parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    return {**chosen, **options}


def _load(package: str, path: str) -> Any:
    module, _, kind = path.partition(".")
    return getattr(importlib.import_module(f"{package}.{module}"), kind)


def _check_options(kind: Any, name: str, options: Mapping[str, Any]) -> None:
    """Options are the keyword-only parameters of a constructor; another name is a typing error."""
    parameters = inspect.signature(kind).parameters.values()
    known = [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    for option in options:
        if option not in known:
            listed = ", ".join(known) or "none"
            raise InputError("FS-001", kind=f"option of {name}", name=option, known=listed)


def _build(name: str, kind: Any, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    try:
        return kind(*arguments, **options)
    except (TypeError, ValueError) as error:
        # Without options, a ValueError is of the backbone, the bits or the classes.
        if isinstance(error, TypeError) and not options:
            raise
        raise InputError(
            "FS-002",
            name=name,
            reason=str(error),
            advice="Look at docs/methods.md for its options.",
        ) from error
