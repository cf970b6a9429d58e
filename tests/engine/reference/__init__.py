"""The numeric cases that the formulas of all methods must meet.

Read from the file that ``FOODSEARCH_REFERENCE_CASES`` names, else from ``../shared/reference``
beside the repository, else from the copy here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

SOURCE = Path(
    os.environ.get("FOODSEARCH_REFERENCE_CASES") or Path(__file__).with_name("cases.json")
)
CASES: dict[str, dict[str, Any]] = {
    case["name"]: case for case in json.loads(SOURCE.read_text(encoding="utf-8"))
}
RELATIVE = 1e-6


def case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and expected values of one case."""
    found = CASES[name]
    return found["inputs"], found["expected"]
