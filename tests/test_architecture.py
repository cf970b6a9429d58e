"""The rules of docs/architecture.md, checked on the source itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine

ROOT = Path(__file__).parents[1]

# An import may only go to a later row; packages of one row do not know each other.
LAYERS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"console"},
    {"training"},
    {"explain"},
    {"evaluation", "search"},
    {"library"},
    {"models", "index"},
    {"methods"},
    {"networks"},
    {"losses"},
    {"demo", "pipeline"},
    {"codes", "dynamic_sign", "photos", "preprocessing", "device", "distributed"},
    {
        "baselines",
        "cores",
        "errors",
        "events",
        "memory",
        "messages",
        "method_info",
        "paths",
        "storage",
        "registry",
        "wording",
    },
]
RANK = {name: row for row, names in enumerate(LAYERS) for name in names}
FREE_WITHIN_ROW = LAYERS[-1] | LAYERS[-2]


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module imported anywhere in a file, with its line; relative imports are refused."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            assert node.module is not None
            yield node.module, node.lineno


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "engine").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sources("engine"), ids=lambda path: str(path.relative_to(ROOT)))
def test_engine_knows_no_qt_and_imports_only_downwards(path: Path) -> None:
    home = part_of(path)
    for module, line in imports(path):
        assert not module.startswith(("PySide6", "foodsearch_gui")), f"{path}:{line}: {module}"
        if not module.startswith("engine.") or home == "__init__":
            continue
        target = module.split(".")[1]
        assert home in RANK, f"{home} has no row in LAYERS"
        assert target in RANK, f"{target} has no row in LAYERS"
        allowed = home == target or RANK[home] < RANK[target]
        allowed |= home in FREE_WITHIN_ROW and RANK[home] == RANK[target]
        assert allowed, f"{path}:{line}: {home} must not import {module}"


@pytest.mark.parametrize(
    "path", sources("foodsearch_gui"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_window_uses_only_what_the_engine_exports(path: Path) -> None:
    for module, line in imports(path):
        assert not module.startswith("engine."), f"{path}:{line}: {module}"
        assert module.split(".")[0] not in {"torch", "timm", "torchvision"}, f"{path}:{line}"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "engine":
            for alias in node.names:
                assert alias.name in engine.__all__, f"{path}:{node.lineno}: {alias.name}"


def test_the_public_surface_is_sorted_and_complete() -> None:
    assert engine.__all__ == sorted(engine.__all__)
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    declared = re.findall(r"import \w+ as (\w+)", (ROOT / "engine/__init__.py").read_text())
    assert sorted(declared) == engine.__all__, "the type checker's list differs from _HOMES"


def modules_after(statement: str) -> set[str]:
    program = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.split(".")[0] for name in done.stdout.split()}


HEAVY = {"torch", "timm", "torchvision", "PySide6", "faiss"}


def test_importing_the_engine_is_light() -> None:
    assert not modules_after("import engine") & (HEAVY | {"numpy", "PIL"})


@pytest.mark.parametrize(
    "module", ["engine.cli", "engine.library.scan", "engine.models.store", "engine.search.query"]
)
def test_torch_and_qt_stay_out_of(module: str) -> None:
    assert not modules_after(f"import {module}") & {"torch", "timm", "torchvision", "PySide6"}


def test_the_engine_works_where_qt_is_not_installed() -> None:
    statement = (
        "import sys; sys.modules['PySide6'] = None\n"
        "import engine\n[getattr(engine, name) for name in engine.__all__]"
    )
    assert not modules_after(statement) & {"shiboken6"}


def test_no_thread_is_ever_terminated() -> None:
    for path in [*sources("engine"), *sources("foodsearch_gui")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "terminate":
                pytest.fail(f"{path}:{node.lineno}: a thread is asked to stop, never terminated")


def test_colours_live_in_the_theme() -> None:
    for path in sources("foodsearch_gui"):
        if path.name != "theme.py":
            found = re.search(r"[\"']#[0-9a-fA-F]{3,8}[\"']", path.read_text(encoding="utf-8"))
            assert not found, f"{path}: colour {found.group()} outside theme.py"


@pytest.mark.parametrize(
    "path", [*sources("engine"), *sources("foodsearch_gui")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_modules_stay_readable(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    if path.name == "messages.py":  # a table, read entry by entry
        return
    limit = 400 if "foodsearch_gui" in path.parts else 300
    assert lines <= limit, f"{lines} lines: one idea a module"
