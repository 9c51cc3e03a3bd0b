"""The variables that an XMILE file declares, module by module, and the names that they go by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from urbsim.errors import InputError, Place, Problem
from urbsim.language import ir
from urbsim.language.xmile.document import Node
from urbsim.language.xmile.symbols import SymbolEntry, Symbols, elements_of, numbered, plain, spelling
from urbsim.names import identifier

_KINDS = {"stock", "flow", "aux", "gf"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """A variable: its element, the module it is in (``outer.inner.``), and what connects it to another module."""

    node: Node
    prefix: str
    lead: str = ""  # the prefix as its author wrote it
    source: str = ""

    @property
    def spelled(self) -> str:
        """Return the name as its author wrote it, after those of its modules."""
        return self.lead + spelling(self.node.attribute("name"))

    @property
    def name(self) -> str:
        """Return the full identifier."""
        return self.prefix + identifier(spelling(self.node.attribute("name")))

    @property
    def has_equation(self) -> bool:
        """Tell whether the variable is more than a table."""
        return self.node.tag != "gf" and any(n.text_of("eqn") for n in (self.node, *self.node.all("element")))

    @property
    def has_points(self) -> bool:
        """Tell whether there is a graphical function."""
        return self.node.tag == "gf" or any(n.find("gf") for n in (self.node, *self.node.all("element")))


class Declarations:
    """Everything that a file declares; what is wrong is collected in ``problems``."""

    def __init__(self, label: str, symbols: Symbols) -> None:
        self.label = label
        self.symbols = symbols
        self.problems: list[Problem] = []
        self.variables: list[Declaration] = []
        self.models: dict[str, Node] = {}

    @classmethod
    def of_file(cls, root: Node, label: str) -> Declarations:
        """Return the declarations of a file.

        Raises
        ------
        InputError
            Where it has no model.
        """
        section = cls(label, Symbols())
        for holder in [root, *root.all("model")]:
            for dim in [dim for dims in holder.all("dimensions") for dim in dims.all("dim")]:
                section._dimension(dim)
        models = root.all("model")
        if not models:
            raise InputError(
                Problem(
                    "missing-model",
                    Place(label, root.line, 1),
                    "has no <model>",
                    "write the variables in <model><variables>",
                )
            )
        section.models = {identifier(spelling(m.attribute("name"))): m for m in reversed(models)}
        section._declare(section.models.get("", models[0]))
        return section

    @classmethod
    def of_macro(cls, node: Node, outer: Declarations) -> Declarations:
        """Return the declarations of a macro: variables of its own; dimensions and macros are those of the file."""
        section = cls(outer.label, Symbols({}, outer.symbols.dims, outer.symbols.macros, outer.symbols.spelled))
        section.problems = outer.problems
        section._declare(node)
        return section

    def _declare(self, holder: Node) -> None:
        sources: dict[str, tuple[str, str, Node]] = {}
        self.variables += [d for d in self._expand(holder, "", sources) if d.name not in ir.CLOCK]
        self._enter(sources)

    def problem(self, rule: str, node: Node, message: str, hint: str = "") -> None:
        """Note something that is wrong with an element.

        Parameters
        ----------
        rule
            The rule that is broken.
        node
            The element, for the line.
        message, hint
            What is wrong, and what to do.
        """
        self.problems.append(Problem(rule, Place(self.label, node.line, 1), message, hint))

    def _dimension(self, node: Node) -> None:
        name = identifier(spelling(node.attribute("name")))
        names = {identifier(spelling(e.attribute("name"))): spelling(e.attribute("name")) for e in node.all("elem")}
        size = node.attribute("size")
        if not names and not (size.isdigit() and int(size) > 0):
            self.problem(
                "empty-range",
                node,
                f"the dimension {name!r} has neither elements nor a size",
                "write <elem name=.../> in it",
            )
            return
        elements = elements_of(names, size)
        self.symbols.dims[name] = tuple(elements)
        self.symbols.spelled.update(elements)
        self.symbols.spelled[name] = spelling(node.attribute("name"))

    def _expand(
        self,
        model: Node,
        prefix: str,
        sources: dict[str, tuple[str, str, Node]],
        trail: tuple[str, ...] = (),
        lead: str = "",
    ) -> Iterator[Declaration]:
        """Give the variables of a model and of the modules in it."""
        if prefix and model.find("sim_specs"):
            self.problem(
                "second-clock",
                model,
                f"the module {prefix[:-1]!r} has its own <sim_specs>",
                "one clock is for all modules",
            )
        for variables in model.all("variables"):
            for node in variables.children:
                if node.tag in _KINDS and node.attribute("name"):
                    yield Declaration(node, prefix, lead)
                elif node.tag == "module":
                    yield from self._module(node, prefix, sources, trail, lead)
                elif node.tag in _KINDS:
                    self.problem("missing-text", node, f"a <{node.tag}> has no name")

    def _module(
        self,
        node: Node,
        prefix: str,
        sources: dict[str, tuple[str, str, Node]],
        trail: tuple[str, ...],
        lead: str,
    ) -> Iterator[Declaration]:
        name = identifier(spelling(node.attribute("name")))
        model = identifier(spelling(node.attribute("model") or node.attribute("model_name"))) or name
        if model in trail:
            self.problem("contains-itself", node, f"the module {name!r} contains itself")
        elif model not in self.models:
            self.problem(
                "missing-model",
                node,
                f"the module {name!r} has no <model> in this file",
                "put its model into the same file",
            )
        else:
            for connect in [c for c in node.children if c.tag.rsplit(":", 1)[-1].startswith("connect")]:
                target = [identifier(spelling(part)) for part in connect.attribute("to").strip(".").split(".")]
                target = target if target[0] == name else [name, *target]
                sources[prefix + ".".join(target)] = (connect.attribute("from"), prefix, connect)
            lead += f"{spelling(node.attribute('name'))}."
            yield from self._expand(self.models[model], f"{prefix}{name}.", sources, (*trail, model), lead)

    def _enter(self, sources: dict[str, tuple[str, str, Node]]) -> None:
        """Give every variable its entry, and module inputs that of what they are connected to."""
        for variable in self.variables:
            name = variable.name
            if name in self.symbols.entries:
                self.problem(
                    "defined-twice", variable.node, f"{variable.spelled!r} is defined twice", "keep one of them"
                )
            dims = numbered(
                identifier(spelling(d.attribute("name")))
                for ds in variable.node.all("dimensions")
                for d in ds.all("dim")
            )
            strangers = [d for d in dims if plain(d) not in self.symbols.dims]
            if strangers:
                self.problem(
                    "unknown-name", variable.node, f"{variable.spelled!r} has the unknown dimension {strangers[0]!r}"
                )
                dims = ()
            table = variable.has_points and not variable.has_equation
            self.symbols.entries[name] = SymbolEntry(name, dims, table, variable.has_points)
            self.symbols.spelled[name] = variable.spelled
        for target, (source, prefix, node) in sources.items():
            entry = self.symbols.find(source.lstrip(".") if prefix == "" else source, prefix)
            if target not in self.symbols.entries or entry is None:
                self.problem("unknown-name", node, f"connects {source!r} to {target!r}, one of which is not defined")
                continue
            self.symbols.entries[target] = SymbolEntry(target, entry.dims, source=entry.name)
        aliases = {name: entry.source for name, entry in self.symbols.entries.items() if entry.source}
        self.variables = [Declaration(d.node, d.prefix, d.lead, aliases.get(d.name, "")) for d in self.variables]
