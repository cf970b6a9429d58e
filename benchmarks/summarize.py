"""Print a table of benchmarks/methods.py as Markdown: mean and spread over the seeds.

python benchmarks/summarize.py docs/results/food10.csv
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections import defaultdict
from pathlib import Path

FIGURES = ("map", "map_expected", "p_at_10", "p_at_h2")
COSTS = ("train_s", "encode_ms")
HEADER = (
    *("bits", "method", "options", "epochs", "seeds", "mAP", "mAP, expected ties", "P@10"),
    *("P@H<=2", "training, s", "encode, ms"),
)


def main() -> None:
    """Print one row a method, the best of each code length first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    rows = read(parser.parse_args().table)
    print("| " + " | ".join(HEADER) + " |")
    print("|" + "---|" * len(HEADER))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def read(table: Path) -> list[list[str]]:
    """Return the cells of the summary."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups[row["bits"], row["method"], row["options"], row["epochs"]].append(row)
    ordered = sorted(groups.items(), key=lambda item: (int(item[0][0]), -mean(item[1], "map")))
    return [
        [
            *(f"`{part}`" if part and place in (1, 2) else part for place, part in enumerate(key)),
            str(len(rows)),
            *(spread(rows, name) for name in FIGURES),
            *(f"{mean(rows, name):.{0 if name == 'train_s' else 1}f}" for name in COSTS),
        ]
        for key, rows in ordered
    ]


def mean(rows: list[dict[str, str]], name: str) -> float:
    """Return the mean of a column."""
    return statistics.mean(float(row[name]) for row in rows)


def spread(rows: list[dict[str, str]], name: str) -> str:
    """Return mean and standard deviation over the seeds; one seed has no deviation."""
    if len(rows) == 1:
        return f"{mean(rows, name):.3f}"
    deviation = statistics.stdev(float(row[name]) for row in rows)
    return f"{mean(rows, name):.3f} ± {deviation:.3f}"


if __name__ == "__main__":
    main()
