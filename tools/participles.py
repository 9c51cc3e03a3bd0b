"""Count the bare past participles among the names of a package: `python tools/participles.py [FOLDER] [--limit 1.0]`.

A name says what a thing is: `values_by_batch`, not `found`. The names counted are those that each function binds, once
per function: its arguments, what it assigns, and the variables of its loops, comprehensions, `with` and `except`. A
name counts when it is one word and that word is a participle; `read`, `set`, `cut`, `put`, `run`, `bound` and `split`
are nouns too and do not count, nor does `left` beside `right`. `one` and `ones`, attributes, classes and modules are
reported beside it. With --limit the exit code is 1 where the share among arguments and locals, in percent, is higher.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_IRREGULAR = """
arisen asked awoken beaten become begun bent born borne bought bred broken brought built burnt bust caught chosen
clung crept dealt done drawn driven drunk dug eaten fallen fed felt fled flown forbidden forgotten fought found
frozen given gone gotten grown heard held hidden hung kept known laid led left lent lit lost made meant met paid
proven redrawn rewritten ridden risen said seen sent sewn shaken shot shown shrunk slept sold sought spelt spent
spoken spun stolen stood struck stuck sung sunk swept sworn swum swung taken taught thrown told torn understood
unknown unseen won worn woven written
"""
_PLAIN = "bed deed embed exceed feed greed hundred indeed kindred need proceed red reed seed shed speed succeed weed"
IRREGULAR = frozenset(_IRREGULAR.split())
PLAIN = frozenset(_PLAIN.split())  # words in -ed that are no participles
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def is_participle(name: str) -> bool:
    """Tell whether a name is one word and a past participle."""
    word = name.strip("_")
    return word in IRREGULAR or (re.fullmatch(r"[a-z]+ed", word) is not None and word not in PLAIN)


def bound_names(function: ast.AST) -> set[str]:
    """Return the names that a function binds itself: what its nested functions and classes bind is theirs."""
    names: set[str] = set()
    stack = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                continue
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
        stack.extend(ast.iter_child_nodes(node))
    return names - {"self", "cls"}


def attributes(node: ast.ClassDef) -> set[str]:
    """Return the names of a class: its fields, and what its methods assign to `self`."""
    items = [target for item in node.body for target in _targets(item)]
    items += [item for item in ast.walk(node) if isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Store)]
    names = [ast.unparse(item) for item in items]
    return {name.removeprefix("self.") for name in names if name.count(".") == name.startswith("self.")}


def _targets(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.AnnAssign(target=target):
            return [target]
        case ast.Assign(targets=targets):
            return targets
    return []


@dataclass
class Count:
    """How many names of one kind there are, and the participles and pronouns among them."""

    names: int = 0
    participles: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    pronouns: int = 0
    places: list[str] = field(default_factory=list)

    def add(self, names: set[str], file: str, place: str) -> None:
        """Count the names that one function, class or file has."""
        words = {name for name in names if is_participle(name) and not (name == "left" and "right" in names)}
        self.names += len(names)
        self.participles.update(words)
        self.files[file] += len(words)
        self.pronouns += len(names & {"one", "ones"})
        self.places += [f"{file}:{place}: {name}" for name in sorted(words | (names & {"one", "ones"}))]

    @property
    def share(self) -> float:
        """Participles in percent of the names."""
        return 100 * sum(self.participles.values()) / max(self.names, 1)


def _definitions(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node, f"{node.lineno}: {getattr(node, 'name', 'lambda')}"


def count(folder: Path) -> dict[str, Count]:
    """Return the counts of a folder by kind of name: "arguments and locals", "attributes", "classes", "modules"."""
    counts = {kind: Count() for kind in ("arguments and locals", "attributes", "classes", "modules")}
    for path in sorted(folder.rglob("*.py")):
        file = path.relative_to(folder).as_posix()
        counts["modules"].add({path.stem}, file, "1")
        for node, place in _definitions(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                counts["classes"].add({node.name.lower()}, file, place)
                counts["attributes"].add(attributes(node), file, place)
            else:
                counts["arguments and locals"].add(bound_names(node), file, place)
    return counts


def _table(numbers: Counter[str], rows: int) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.most_common(rows) if number)


def main(words: list[str] | None = None) -> int:
    """Print the counts and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / "src" / "urbsim")
    parser.add_argument("--limit", type=float, help="the highest share that passes, in percent")
    parser.add_argument("--places", action="store_true", help="print every name with its file, line and function")
    options = parser.parse_args(words)
    counts = count(options.folder)
    for kind, result in counts.items():
        total = sum(result.participles.values())
        print(f"{kind}: {total} of {result.names} are participles, {result.share:.2f} %; one/ones: {result.pronouns}")
        if options.places:
            print(*result.places, sep="\n")
        elif total:
            print("  by name:", _table(result.participles, 25))
            print("  by file:", _table(result.files, 15))
    share = counts["arguments and locals"].share
    if options.limit is not None and share > options.limit:
        print(f"{share:.2f} % are participles; the limit is {options.limit:g} %", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
