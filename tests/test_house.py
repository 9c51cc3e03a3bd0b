"""The house: imports run one way, modules and functions stay small, the command line starts light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
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
    "api",
    "commands",
    "cli",
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split()}
MODULES = {
    ".".join(("urbsim", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in MODULES.items()}
ENGINES = {  # packages that one module each imports
    "llvmlite": {"engine.code.native"},
    "simlin": {"engine.oracles.simlin"},
    "pysd": {"engine.oracles.pysd", "language.external"},  # an oracle; its readers of spreadsheets for GET DIRECT
}


def layer(module: str) -> int:
    part = module.removeprefix("urbsim").lstrip(".").split(".")[0]
    return RANK.get(part, -1)


def imports(tree: ast.AST) -> Iterator[str]:
    """Give the modules that a file imports anywhere, those inside functions and for type checking too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module or "" for name in names)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_to_the_same_layer_or_below(module: str) -> None:
    own = layer(module)
    for name in imports(TREES[module]):
        if name.startswith("urbsim."):
            assert layer(name) <= own or own < 0, f"{module} imports {name}, a layer above it"


def test_no_file_imports_itself_over_others() -> None:
    graph = {
        module: {name for name in imports(tree) if name in MODULES} - {module, "urbsim"}
        for module, tree in TREES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these files import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("package", ENGINES)
def test_only_one_module_imports_each_engine(package: str) -> None:
    users = {
        module.removeprefix("urbsim.")
        for module, tree in TREES.items()
        if any(name.split(".")[0] == package for name in imports(tree))
    }
    assert users == ENGINES[package]


def test_modules_are_small() -> None:
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES.values())
    assert sizes[len(sizes) // 2] <= 150
    assert sizes[-1] <= 400


def test_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    assert sum(length > 40 for length in lengths) <= 0.05 * len(lengths)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from urbsim.cli import cli; cli.main(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1]
    for heavy in ("numpy", "xarray", "matplotlib", "pysd", "pandas", "scipy", "pydantic", "rich", "simlin", "llvmlite"):
        assert f"'{heavy}'" not in modules


def public_functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Give the public functions and methods of a module, with their names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield prefix + node.name, node


def arguments(node: ast.FunctionDef) -> list[str]:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return [name for name in names if name not in {"self", "cls"}]


IMPLEMENTS = re.compile(r"see :class:`urbsim\.engine\.contract\.Engine`\.")  # described once, in the protocol


def test_functions_of_many_arguments_describe_them() -> None:
    missing = [
        f"{module}.{name}"
        for module, tree in TREES.items()
        for name, node in public_functions(tree)
        if len(arguments(node)) >= 4
        and "Parameters\n" not in (ast.get_docstring(node) or "")
        and not IMPLEMENTS.search(ast.get_docstring(node) or "")
        and not any("click" in ast.unparse(decorator) for decorator in node.decorator_list)  # options have their help
    ]
    assert not missing, "\n".join(missing)


def parameters_of(docstring: str) -> list[str]:
    """Return the names that a Parameters section describes."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w+\n-+$|\Z)", docstring, re.MULTILINE | re.DOTALL)
    lines = section[1].splitlines() if section else []
    return [name.lstrip("*") for line in lines if line[:1].strip() for name in line.split(", ")]


def test_what_is_described_is_an_argument() -> None:
    strangers = [
        f"{module}.{name}: {stranger}"
        for module, tree in TREES.items()
        for name, node in public_functions(tree)
        for stranger in parameters_of(ast.get_docstring(node) or "")
        if stranger not in {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    ]
    assert not strangers, "\n".join(strangers)


def test_tests_mirror_the_rooms() -> None:
    """Each room has its folder of tests, each such folder its room; names of files are there once, as pytest wants."""
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")} - {Path()}
    rooms = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_dir()} | {Path("engine/features")}
    assert folders <= rooms, folders - rooms
    assert {room for room in rooms if len(room.parts) == 1} - {Path("__pycache__")} <= folders | {Path("carried")}
    names = [path.name for path in tests.rglob("test_*.py")]
    assert len(names) == len(set(names)), sorted(name for name in set(names) if names.count(name) > 1)
