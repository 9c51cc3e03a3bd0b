"""The house: imports run one way, modules and functions stay small, the command line starts light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "urbsim"
LAYERS = [
    "errors names units files yaml12",
    "language",
    "engine diagram",
    "project",
    "experiment",
    "results",
    "studies",
    "report",
    "commands",
    "cli",
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split()}
# Analysis reads the results of experiments, and experiments do not know analysis; calibration needs scenarios.
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer(module: str) -> int:
    part = module.removeprefix("urbsim").lstrip(".").split(".")[0]
    return RANK.get(part, -1)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_go_to_the_same_layer_or_below(path: Path) -> None:
    own = layer(".".join(("urbsim", *path.relative_to(PACKAGE).with_suffix("").parts)))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.startswith("urbsim."):
                assert layer(name) <= own or own < 0, f"{path.name} imports {name}, a layer above it"


def test_only_one_module_imports_each_engine() -> None:
    users = [p.name for p in MODULES if "llvmlite import" in p.read_text(encoding="utf-8")]
    assert users == ["native.py"]
    for engine in ("pysd", "simlin"):
        users = [p.name for p in MODULES if f"import {engine} " in p.read_text(encoding="utf-8")]
        assert set(users) <= {f"{engine}.py"}, users


def test_modules_are_small() -> None:
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES)
    assert sizes[len(sizes) // 2] <= 150
    assert sizes[-1] <= 400


def test_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert sum(length > 40 for length in lengths) <= 0.05 * len(lengths)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from urbsim.cli import cli; cli.main(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1]
    for heavy in ("numpy", "xarray", "matplotlib", "pysd", "pandas", "scipy", "pydantic", "rich", "simlin", "llvmlite"):
        assert f"'{heavy}'" not in modules
