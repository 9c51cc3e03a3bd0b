"""Any Vensim or XMILE model in Python: run it, explain it, draw it, edit it, check it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from urbsim.api.errors import called
from urbsim.api.html import table
from urbsim.engine.load import LoadedModel
from urbsim.errors import Problem
from urbsim.language.model import Model as Structure
from urbsim.language.parse import parse_model

if TYPE_CHECKING:
    from urbsim.engine.explain import Explanation

_SHOWN = 12  # variables that a notebook lists


class Picture(str):
    """A picture as SVG, which a notebook shows and ``write_text`` takes."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        """Return the picture."""
        return str(self)


class Model(LoadedModel):
    """A model that runs again and again; compiled code is kept on the disk.

    ``run`` takes values by name, with one axis more in front for an ensemble, and gives a dataset with dims ([member,]
    time, *subscripts); ``derivatives`` gives derivatives of its outputs.
    """

    def __init__(self, structure: Structure, path: Path | None = None) -> None:
        super().__init__(structure)
        self.path = path

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the model of a file: Vensim (.mdl) or XMILE (.xmile, .stmx, .xml).

        Raises
        ------
        InputError
            Where the file cannot be read or parsed: one problem for each equation at fault.
        """
        file = Path(path)
        return cls(parse_model(file), file)

    def explain(self, name: str) -> Explanation:
        """Return the equation of a variable, its unit, what it depends on, what reads it, and its compiled code.

        Raises
        ------
        InputError
            Where the model has no such variable, with the nearest names.
        """
        from urbsim.engine.explain import explain  # noqa: PLC0415

        return explain(self.structure, name)

    def diagram(self, sector: str | None = None, *, constants: bool = True) -> Picture:
        """Return the stocks, flows and causes of a sector, by default the first one.

        Raises
        ------
        InputError
            Where the model has no such sector, with the nearest names.
        """
        from urbsim.diagram.diagram import diagram  # noqa: PLC0415
        from urbsim.diagram.structure import choose  # noqa: PLC0415

        with called("model.diagram"):
            sectors = choose(self.structure, () if sector is None else (sector,))
            return Picture(diagram(self.structure, sectors[0], constants=constants))

    def edited(self, equations: Mapping[str, str]) -> Self:
        """Return a model with other right sides, written as Vensim writes them; a table takes points.

        Raises
        ------
        InputError
            With a problem for each equation that is not understood.

        Examples
        --------
        >>> model.edited({"Characteristic Time": "20"}).run()  # doctest: +SKIP
        """
        from urbsim.language.edit import edited  # noqa: PLC0415

        return type(self)(edited(self.structure, equations))

    def check(self) -> list[Problem]:
        """Return the problems of the file of the model: syntax, names, units, documentation, tables.

        A model that was edited has no file, and nothing is found.

        Raises
        ------
        InputError
            Where the file is gone.
        """
        from urbsim.studies.soundness import examine  # noqa: PLC0415

        return [] if self.path is None else list(examine(self.path, self.path.name, None).problems)

    def _repr_html_(self) -> str:
        """Return the variables with units and comments."""
        variables = {v.name: v for v in self.structure.variables}
        rows = [(variables[n].spelled, variables[n].unit, variables[n].comment) for n in self.variables[:_SHOWN]]
        more = len(self.variables) - len(rows)
        note = f"and {more} more" if more > 0 else ""
        return table(f"Model {self.structure.label}", ["Variable", "Unit", "Comment"], rows, note)


def load_model(path: str | Path) -> Model:
    """Return the model of a Vensim (.mdl) or XMILE (.xmile, .stmx, .xml) file.

    Raises
    ------
    InputError
        Where the file cannot be read or parsed: one problem for each equation at fault.

    Examples
    --------
    >>> model = urbsim.load_model("teacup.mdl")  # doctest: +SKIP
    >>> model.run({"Room Temperature": [15, 20, 25]})["teacup_temperature"]  # doctest: +SKIP
    """
    return Model.load(path)
