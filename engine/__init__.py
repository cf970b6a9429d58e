"""The engine of FoodSearch, without a window: the names below are its whole public surface.

Each name is loaded on first use, so that ``import engine`` costs milliseconds and loads neither
torch nor anything else heavy; a window can be painted first.

The window uses nearly all of them. For scripts there are, besides, :func:`binarize`,
:func:`create_method`, :func:`evaluate` with :func:`read_splits`, :func:`list_backbones` and
:func:`list_devices`.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

# torch's threads spin while they wait for each other, which on a busy computer takes the cores
# from those they wait for: encoding was 2 to 3 times slower there, and not faster on an idle one.
# OpenMP reads this when torch is loaded, which happens after this module.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

if TYPE_CHECKING:
    from engine.codes import binarize as binarize
    from engine.codes import unpack as unpack
    from engine.cores import background_cores as background_cores
    from engine.demo import draw_demo_photos as draw_demo_photos
    from engine.device import Device as Device
    from engine.device import choose_device as choose_device
    from engine.device import list_devices as list_devices
    from engine.device import use_cores as use_cores
    from engine.errors import EngineError as EngineError
    from engine.errors import InputError as InputError
    from engine.errors import Message as Message
    from engine.errors import PhotoError as PhotoError
    from engine.errors import describe as describe
    from engine.evaluation.difference import Difference as Difference
    from engine.evaluation.difference import compare_results as compare_results
    from engine.evaluation.html_comparison import write_comparison as write_comparison
    from engine.evaluation.protocol import evaluate as evaluate
    from engine.evaluation.report import write_report as write_report
    from engine.evaluation.splits import Splits as Splits
    from engine.evaluation.splits import read_splits as read_splits
    from engine.evaluation.task_words import dish_name as dish_name
    from engine.evaluation.tasks import folder_task as folder_task
    from engine.evaluation.tasks import judgement_task as judgement_task
    from engine.events import JobCancelled as JobCancelled
    from engine.events import JobContext as JobContext
    from engine.events import Progress as Progress
    from engine.explain.attributes import BitAttribute as BitAttribute
    from engine.explain.attributes import LabelledCodes as LabelledCodes
    from engine.explain.attributes import describe_bits as describe_bits
    from engine.explain.attributes import read_labelled_codes as read_labelled_codes
    from engine.explain.bit_map import BitMap as BitMap
    from engine.explain.bit_map import Explanation as Explanation
    from engine.explain.enrichment import Enrichment as Enrichment
    from engine.explain.exemplars import Exemplars as Exemplars
    from engine.explain.exemplars import Margins as Margins
    from engine.explain.exemplars import choose_exemplars as choose_exemplars
    from engine.explain.exemplars import measure_margins as measure_margins
    from engine.explain.explainer import Explainer as Explainer
    from engine.explain.faithfulness import MapTest as MapTest
    from engine.explain.faithfulness import measure_library_maps as measure_library_maps
    from engine.explain.html_explanation import write_explanation as write_explanation
    from engine.explain.legend import Legend as Legend
    from engine.explain.legend import legend_of as legend_of
    from engine.explain.match_map import match_map as match_map
    from engine.explain.naming import LabelName as LabelName
    from engine.explain.photo_reading import PhotoReading as PhotoReading
    from engine.explain.render import colour_table as colour_table
    from engine.explain.render import render_map as render_map
    from engine.explain.render import value_range as value_range
    from engine.explain.report import ExplanationPage as ExplanationPage
    from engine.explain.report import explain_in_steps as explain_in_steps
    from engine.explain.stability import Stability as Stability
    from engine.explain.stability import measure_library_stability as measure_library_stability
    from engine.library.catalogue import Catalogue as Catalogue
    from engine.library.index_build import IndexReport as IndexReport
    from engine.library.index_build import build_index as build_index
    from engine.library.judged_labels import keep_judged_labels as keep_judged_labels
    from engine.library.libraries import list_libraries as list_libraries
    from engine.library.libraries import open_library as open_library
    from engine.library.overview import LibraryCodes as LibraryCodes
    from engine.library.overview import list_codes as list_codes
    from engine.library.preferred import better_model as better_model
    from engine.library.preferred import preferred_model as preferred_model
    from engine.library.records import AddedRoots as AddedRoots
    from engine.library.records import Coverage as Coverage
    from engine.library.records import PhotoRecord as PhotoRecord
    from engine.library.records import Problem as Problem
    from engine.library.records import Root as Root
    from engine.library.scan import ScanReport as ScanReport
    from engine.library.scan import scan as scan
    from engine.library.schema import DEFAULT_EXCLUSIONS as DEFAULT_EXCLUSIONS
    from engine.library.thumbnails import ThumbnailCache as ThumbnailCache
    from engine.library.tidy import TidyReport as TidyReport
    from engine.library.tidy import spare_bytes as spare_bytes
    from engine.library.tidy import tidy_codes as tidy_codes
    from engine.memory import keep_freed_memory as keep_freed_memory
    from engine.methods import MethodInfo as MethodInfo
    from engine.methods import create_method as create_method
    from engine.methods import list_methods as list_methods
    from engine.models.bundle import BUNDLE_SUFFIX as BUNDLE_SUFFIX
    from engine.models.bundle import read_report as read_report
    from engine.models.ids import model_id as model_id
    from engine.models.manifest import Manifest as Manifest
    from engine.models.store import ModelInfo as ModelInfo
    from engine.models.store import ModelStore as ModelStore
    from engine.networks.backbone import list_backbones as list_backbones
    from engine.paths import Paths as Paths
    from engine.photos import PhotoLimits as PhotoLimits
    from engine.photos import load_photo as load_photo
    from engine.search.answer import Answer as Answer
    from engine.search.answer import Hit as Hit
    from engine.search.duplicates import near_duplicate_distance as near_duplicate_distance
    from engine.search.encode import EncodedQuery as EncodedQuery
    from engine.search.encode import Encoder as Encoder
    from engine.search.photo import read_query as read_query
    from engine.search.query import Searcher as Searcher
    from engine.search.speed import EncodeTime as EncodeTime
    from engine.search.speed import EncodeTimes as EncodeTimes
    from engine.search.speed import measure_encode as measure_encode
    from engine.search.steering import Steered as Steered
    from engine.search.steering import as_logits as as_logits
    from engine.search.steering import join_queries as join_queries
    from engine.search.steering import steer as steer
    from engine.search.votes import Vote as Vote
    from engine.storage import atomic_write as atomic_write
    from engine.storage import write_json as write_json
    from engine.training.check import check_photos as check_photos
    from engine.training.comparison import ComparedQuery as ComparedQuery
    from engine.training.comparison import Comparison as Comparison
    from engine.training.comparison import Strip as Strip
    from engine.training.comparison import StripHit as StripHit
    from engine.training.comparison import compare_models as compare_models
    from engine.training.config import PEOPLE_PRESETS as PEOPLE_PRESETS
    from engine.training.config import TrainConfig as TrainConfig
    from engine.training.config import list_presets as list_presets
    from engine.training.estimate import Estimate as Estimate
    from engine.training.estimate import estimate as estimate
    from engine.training.findings import ClassCount as ClassCount
    from engine.training.findings import Finding as Finding
    from engine.training.findings import PhotoCheck as PhotoCheck
    from engine.training.naming import free_name as free_name
    from engine.training.request import compose_config as compose_config
    from engine.training.run import Run as Run
    from engine.training.run import RunRequest as RunRequest
    from engine.training.run import SoFar as SoFar
    from engine.training.run import list_runs as list_runs
    from engine.training.train import TrainResult as TrainResult
    from engine.training.train import finish as finish
    from engine.training.train import train as train
    from engine.wording import signed as signed

_HOMES = {
    "AddedRoots": "library.records",
    "Answer": "search.answer",
    "BUNDLE_SUFFIX": "models.bundle",
    "BitAttribute": "explain.attributes",
    "BitMap": "explain.bit_map",
    "Catalogue": "library.catalogue",
    "ClassCount": "training.findings",
    "ComparedQuery": "training.comparison",
    "Comparison": "training.comparison",
    "Coverage": "library.records",
    "DEFAULT_EXCLUSIONS": "library.schema",
    "Device": "device",
    "Difference": "evaluation.difference",
    "EncodeTime": "search.speed",
    "EncodeTimes": "search.speed",
    "EncodedQuery": "search.encode",
    "Encoder": "search.encode",
    "EngineError": "errors",
    "Enrichment": "explain.enrichment",
    "Estimate": "training.estimate",
    "Exemplars": "explain.exemplars",
    "Explainer": "explain.explainer",
    "Explanation": "explain.bit_map",
    "ExplanationPage": "explain.report",
    "Finding": "training.findings",
    "Hit": "search.answer",
    "IndexReport": "library.index_build",
    "InputError": "errors",
    "JobCancelled": "events",
    "JobContext": "events",
    "LabelName": "explain.naming",
    "LabelledCodes": "explain.attributes",
    "Legend": "explain.legend",
    "LibraryCodes": "library.overview",
    "Manifest": "models.manifest",
    "MapTest": "explain.faithfulness",
    "Margins": "explain.exemplars",
    "Message": "errors",
    "MethodInfo": "methods",
    "ModelInfo": "models.store",
    "ModelStore": "models.store",
    "PEOPLE_PRESETS": "training.config",
    "Paths": "paths",
    "PhotoCheck": "training.findings",
    "PhotoError": "errors",
    "PhotoLimits": "photos",
    "PhotoReading": "explain.photo_reading",
    "PhotoRecord": "library.records",
    "Problem": "library.records",
    "Progress": "events",
    "Root": "library.records",
    "Run": "training.run",
    "RunRequest": "training.run",
    "ScanReport": "library.scan",
    "Searcher": "search.query",
    "SoFar": "training.run",
    "Splits": "evaluation.splits",
    "Stability": "explain.stability",
    "Steered": "search.steering",
    "Strip": "training.comparison",
    "StripHit": "training.comparison",
    "ThumbnailCache": "library.thumbnails",
    "TidyReport": "library.tidy",
    "TrainConfig": "training.config",
    "TrainResult": "training.train",
    "Vote": "search.votes",
    "as_logits": "search.steering",
    "atomic_write": "storage",
    "background_cores": "cores",
    "better_model": "library.preferred",
    "binarize": "codes",
    "build_index": "library.index_build",
    "check_photos": "training.check",
    "choose_device": "device",
    "choose_exemplars": "explain.exemplars",
    "colour_table": "explain.render",
    "compare_models": "training.comparison",
    "compare_results": "evaluation.difference",
    "compose_config": "training.request",
    "create_method": "methods",
    "describe": "errors",
    "describe_bits": "explain.attributes",
    "dish_name": "evaluation.task_words",
    "draw_demo_photos": "demo",
    "estimate": "training.estimate",
    "evaluate": "evaluation.protocol",
    "explain_in_steps": "explain.report",
    "finish": "training.train",
    "folder_task": "evaluation.tasks",
    "free_name": "training.naming",
    "join_queries": "search.steering",
    "judgement_task": "evaluation.tasks",
    "keep_freed_memory": "memory",
    "keep_judged_labels": "library.judged_labels",
    "legend_of": "explain.legend",
    "list_backbones": "networks.backbone",
    "list_codes": "library.overview",
    "list_devices": "device",
    "list_libraries": "library.libraries",
    "list_methods": "methods",
    "list_presets": "training.config",
    "list_runs": "training.run",
    "load_photo": "photos",
    "match_map": "explain.match_map",
    "measure_encode": "search.speed",
    "measure_library_maps": "explain.faithfulness",
    "measure_library_stability": "explain.stability",
    "measure_margins": "explain.exemplars",
    "model_id": "models.ids",
    "near_duplicate_distance": "search.duplicates",
    "open_library": "library.libraries",
    "preferred_model": "library.preferred",
    "read_labelled_codes": "explain.attributes",
    "read_query": "search.photo",
    "read_report": "models.bundle",
    "read_splits": "evaluation.splits",
    "render_map": "explain.render",
    "scan": "library.scan",
    "signed": "wording",
    "spare_bytes": "library.tidy",
    "steer": "search.steering",
    "tidy_codes": "library.tidy",
    "train": "training.train",
    "unpack": "codes",
    "use_cores": "device",
    "value_range": "explain.render",
    "write_comparison": "evaluation.html_comparison",
    "write_explanation": "explain.html_explanation",
    "write_json": "storage",
    "write_report": "evaluation.report",
}

__all__ = sorted(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"engine.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
