"""Small XMILE texts for tests, and what our engine makes of them."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import xarray as xr

import urbsim

SPACE = 'xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" xmlns:isee="http://iseesystems.com/XMILE"'
SPECS = "<sim_specs><start>0</start><stop>{stop}</stop><dt>{dt}</dt></sim_specs>"
DIMS = '<dimensions><dim name="D"><elem name="A"/><elem name="B"/><elem name="C"/></dim><dim name="N" size="2"/></dimensions>'


def xmile(variables: str, *, stop: float = 5, dt: float = 1, specs: str = "", more: str = "") -> str:
    """Return a whole file; ``more`` stands before the model."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<xmile version="1.0" {SPACE}>\n<header><vendor>x</vendor><product version="1">y</product></header>\n'
        f"{specs or SPECS.format(stop=stop, dt=dt)}\n{more}\n<model><variables>\n{variables}\n</variables></model></xmile>"
    )


def aux(name: str, equation: str, *dims: str, tag: str = "aux", more: str = "") -> str:
    ranges = "".join(f'<dim name="{d}"/>' for d in dims)
    shape = f"<dimensions>{ranges}</dimensions>" if dims else ""
    return f'<{tag} name="{escape(name)}">{shape}<eqn>{escape(equation)}</eqn>{more}</{tag}>\n'


def stock(name: str, first: str, inflows: str = "", outflows: str = "", more: str = "", dims: str = "") -> str:
    flows = "".join(f"<inflow>{f}</inflow>" for f in inflows.split())
    flows += "".join(f"<outflow>{f}</outflow>" for f in outflows.split())
    return aux(name, first, *dims.split(), tag="stock", more=flows + more)


def load(text: str | bytes, folder: Path, name: str = "m.xmile") -> urbsim.Model:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return urbsim.load_model(path)


def run(text: str | bytes, folder: Path, **given: object) -> xr.Dataset:
    return load(text, folder).run(**given)  # type: ignore[arg-type]


def series(text: str, folder: Path, name: str) -> np.ndarray:
    return np.asarray(run(text, folder, outputs=[name])[name].values)
