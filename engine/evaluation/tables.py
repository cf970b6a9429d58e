"""The figures of an evaluation as rows of text, for the terminal, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from engine.evaluation.task_words import dish_name, task_rows
from engine.wording import percent, signed

Rows: TypeAlias = list[tuple[str, ...]]

NORMALIZERS = {
    "retrieved": "among those retrieved",
    "total": "that the list could hold",
}
_MEGABYTE = 1 << 20


def metric_rows(scores: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the main metrics in reading order: of an evaluation, or of one of its blocks."""
    name = f"mAP@{scores['map_at']}"
    return [
        (name, f"{scores['map']:.4f}"),
        (f"{name}, mean over orders of ties", f"{scores['map_expected_ties']:.4f}"),
        *((f"P@{at}", f"{value:.4f}") for at, value in scores["p_at"].items()),
        ("P@H≤2", f"{scores['p_at_h2']:.4f}"),
        ("nothing within 2 bits", percent(scores["empty_balls"], 1)),
    ]


def database_columns(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the kinds of gallery codes that were measured, with their metrics."""
    columns: list[tuple[str, Mapping[str, Any]]] = [("encoded gallery", result)]
    learned = result.get("db_learned")
    if learned:
        columns.append(("learned gallery", learned))
        if learned["without_code"]:
            photos = f"encoded, the {learned['gallery']:,} photos with a learned code"
            columns.append((photos, learned["db_encoded"]))
    return columns


def database_rows(result: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return captions and rows of the main metrics, one column a kind of gallery codes."""
    columns = database_columns(result)
    values = [metric_rows(scores) for _, scores in columns]
    rows: Rows = [
        (cells[0][0], *(value for _, value in cells)) for cells in zip(*values, strict=True)
    ]
    return ("metric", *(name for name, _ in columns)), rows


def label_rows(result: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return captions and rows of the dishes, the best found first."""
    dishes = sorted(result["per_label"], key=lambda dish: -dish["ap"])
    rows: Rows = [
        (
            dish_name(dish["label"]),
            str(dish["queries"]),
            str(dish["gallery"]),
            f"{dish['ap']:.4f}",
            f"{dish['ap_expected_ties']:.4f}",
            f"{dish['p_at_10']:.4f}",
        )
        for dish in dishes
    ]
    at = result["map_at"]
    return ("dish", "queries", "gallery", f"AP@{at}", "expected ties", "P@10"), rows


def confusion_rows(result: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return captions and rows of the most confused dishes."""
    confusions = result["confusions"]
    rows: Rows = [
        (dish_name(pair["query"]), dish_name(pair["found"]), percent(pair["share"], 1))
        for pair in confusions["pairs"]
    ]
    return ("sought", "found instead", f"of the top {confusions['at']}"), rows


def correlated_rows(result: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return captions and rows of the most correlated bits."""
    pairs = result["bit_use"]["most_correlated"]
    rows: Rows = [
        (f"{pair['bits'][0]} and {pair['bits'][1]}", signed(pair["correlation"], 3))
        for pair in pairs
    ]
    return ("bits", "correlation"), rows


def bit_rows(result: Mapping[str, Any]) -> Rows:
    """Return what is said of all bits together."""
    bits = result["bit_use"]
    return [
        ("codes of the gallery that differ", f"{bits['distinct_codes']:,} of {bits['codes']:,}"),
        ("mean entropy of a bit (at most 1)", f"{bits['mean_entropy']:.4f}"),
        ("bits that never change", f"{bits['constant_bits']} of {len(bits['ones'])}"),
        ("mean |correlation| of two bits", f"{bits['mean_abs_correlation']:.4f}"),
        ("largest |correlation|", f"{bits['max_abs_correlation']:.4f}"),
    ]


def resource_rows(result: Mapping[str, Any]) -> Rows:
    """Return times and memory."""
    times, peak = result["times"], result["memory"]["peak_bytes"]
    alone = times["photo_ms"]
    return [
        ("network, a photo of a batch", f"{result['encode_ms']:.2f} ms"),
        ("decoding and encoding, batches", f"{result['photos_per_second']:.1f} photos a second"),
        ("decoding and encoding a photo alone", "-" if alone is None else f"{alone:.1f} ms"),
        (
            f"search, {times['search_top']} nearest of {result['gallery']:,} ({times['kernel']})",
            f"{times['search_ms']:.3f} ms",
        ),
        ("the same, 95 of 100 searches within", f"{times['search_p95_ms']:.3f} ms"),
        (
            "most memory of the process",
            "-" if peak is None else f"{peak / _MEGABYTE:,.0f} MB",
        ),
    ]


def method_rows(result: Mapping[str, Any]) -> Rows:
    """Return by what rules and on what it was measured."""
    return [
        ("model", str(result["model"])),
        ("bits", str(result["bits"])),
        *task_rows(result),
        ("queries", f"{result['queries']:,}"),
        ("gallery", f"{result['gallery']:,}"),
        ("dishes", f"{result['labels']:,}"),
        ("unreadable, left out", f"{result['unreadable']:,}"),
        ("AP is divided by", f"the relevant photos {NORMALIZERS[result['map_normalizer']]}"),
        ("list that counts for mAP", _list_length(result["map_at"])),
        ("ties", "by place in the gallery, which is shuffled once"),
        ("seed of the shuffle", str(result["shuffle_seed"])),
    ]


def _list_length(at: int | str) -> str:
    return "the whole gallery" if at == "all" else f"the first {at:,} photos"
