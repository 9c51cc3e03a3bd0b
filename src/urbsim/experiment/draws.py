"""Draws: values of uncertain constants and tables, spread over models/parameters.yaml.

A draw is one vector of all uncertain parameters. Every region and scenario runs with the same draws, so differences
between scenarios are differences of the policy, not of luck. Parameters are drawn as independent of each other; a
parameter that a region sets itself is not drawn there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from urbsim.engine.contract import Draws, Member
from urbsim.errors import InputError, Place, Problem, command_line, nearest
from urbsim.language.model import Model
from urbsim.names import identifier
from urbsim.project.parameters import Uncertain

Method = Literal["lhs", "sobol"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Values (draw, parameter), where a parameter with elements or points has a factor on all of them."""

    names: tuple[str, ...]
    factors: tuple[bool, ...]
    values: np.ndarray
    seed: int = 0

    @property
    def count(self) -> int:
        """Return the number of draws."""
        return len(self.values)


def draw(
    parameters: Mapping[str, Uncertain],
    model: Model,
    count: int,
    seed: int,
    method: Method = "lhs",
    only: Sequence[str] = (),
) -> Sample:
    """Return draws of all parameters, or of those named.

    ``lhs`` cuts each range into ``count`` equal shares and takes one from each (McKay, Beckman and Conover 1979);
    ``sobol`` is a scrambled Sobol sequence (Owen 1998), best with a power of two.

    Parameters
    ----------
    parameters
        Ranges by name of a constant or table.
    model
        Where their values and shapes stand.
    count
        Number of draws, 2 or more.
    seed
        Of the random numbers; the same seed gives the same draws.
    method
        ``lhs`` or ``sobol``.
    only
        Names of parameters; none is all.

    Raises
    ------
    InputError
        For fewer than two draws, a negative seed, and unknown names.
    """
    if count < 2:
        raise command_line("out-of-bounds", f"--draws must be 2 or more, not {count}", "for example --draws 200")
    if seed < 0:
        raise command_line("out-of-bounds", f"--seed must not be negative, not {seed}")
    names_by_key = {identifier(name): name for name in parameters}
    missing = [name for name in only if identifier(name) not in names_by_key]
    if missing:
        raise InputError(
            [
                Problem("unknown-name", Place("command line"), f"unknown parameter {n!r}", nearest(n, parameters))
                for n in missing
            ]
        )
    names = [names_by_key[identifier(name)] for name in only] or list(parameters)
    unit = unit_sample(count, len(names), seed, method)
    columns = [quantile(parameters[name], model, name, unit[:, i]) for i, name in enumerate(names)]
    return Sample(
        tuple(identifier(name) for name in names),
        tuple(parameters[name].scale is not None for name in names),
        np.stack(columns, axis=1),
        seed,
    )


def unit_sample(count: int, dimensions: int, seed: int, method: Method) -> np.ndarray:
    """Return points of the unit cube, (draw, dimension).

    Parameters
    ----------
    count
        Number of points.
    dimensions
        Coordinates of a point.
    seed
        Of the random numbers.
    method
        ``lhs`` or ``sobol``.
    """
    from scipy.stats import qmc  # noqa: PLC0415  half a second that runs without draws do not need

    if method == "sobol":
        power = int(np.ceil(np.log2(count)))
        return qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random_base2(power)[:count]
    return qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(count)


def quantile(parameter: Uncertain, model: Model, name: str, share: np.ndarray) -> np.ndarray:
    """Return values below which shares of a parameter's distribution lie; the mode is the value in the model.

    Parameters
    ----------
    parameter
        Its range and spread.
    model
        Where its value stands.
    name
        Of the constant.
    share
        From 0 to 1, (draw).
    """
    low, high = parameter.range or parameter.scale or (0.0, 0.0)
    if high == low:
        return np.full_like(share, low)
    if parameter.spread == "uniform":
        return low + share * (high - low)
    mode = 1.0 if parameter.scale else float(model.constant(name))
    from scipy.stats import triang  # noqa: PLC0415  as above

    values: np.ndarray = triang.ppf(share, (mode - low) / (high - low), loc=low, scale=high - low)
    return values


def applied(sample: Sample, model: Model, member: Member, paths: Mapping[str, np.ndarray] | None = None) -> Draws:
    """Return draws as values of the model's constants and tables, without those that a member sets.

    Parameters
    ----------
    sample
        Draws of parameters.
    model
        Where default values of tables and constants stand.
    member
        What it sets stays in every draw.
    paths
        Levers of the member that differ between draws, (draw, point, 2), by identifier.
    """
    fixed_names = {identifier(name) for name in (*member.constants, *member.series, *(paths or {}))}
    values: dict[str, np.ndarray] = {}
    for column, (name, is_factor) in enumerate(zip(sample.names, sample.factors, strict=True)):
        if name in fixed_names:
            continue
        numbers = sample.values[:, column]
        if is_factor:
            table = model.variable(name).role == "lookup"
            default = model.table(name)[:, 1] if table else model.constant(name)
            numbers = numbers.reshape(-1, *[1] * default.ndim) * default
        values[name] = numbers
    return Draws(values, sample.count, sample.seed, series=paths or {})
