"""What is asked of a run: which scenarios for which regions, with which draws, by which engine."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from urbsim.experiment.draws import Method
from urbsim.experiment.manifest import What
from urbsim.project.setting import Given


@dataclass(frozen=True, slots=True)
class Request:
    """A run as a person asks for it; what is left out has the default of region, scenario or project.

    Attributes
    ----------
    scenarios
        Names, folders or files of scenarios; none is every scenario.
    regions, provinces, imported
        Regions by id, code or Chinese name; imported counties of provinces, or all of them. None is those that the
        scenarios name.
    levers
        Levers by id, set in every scenario: a number from the first year that nobody has observed, or numbers by year.
    base_year, horizon
        First and last year; results are of the end of a year.
    draws, seed, sampling, parameters
        Number of draws of each member, how they are taken, and the parameters that are drawn: none is all.
    engine, fast
        ``compiled``, or an oracle; ``fast`` relaxes floating point.
    calibrated
        Whether calibrations are used.
    form
        What results.nc holds; by default by its size.
    jobs, scheduler
        Threads, by default one for each processor; or the address of a Dask cluster.
    resume
        Whether to finish a batch that was interrupted.
    name
        Of the batch in outputs/; by default from its contents.
    """

    scenarios: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    imported: bool = False
    levers: Mapping[str, Given] = field(default_factory=dict)
    base_year: int | None = None
    horizon: int | None = None
    draws: int | None = None
    seed: int = 0
    sampling: Method = "lhs"
    parameters: tuple[str, ...] = ()
    engine: str = "compiled"
    fast: bool = False
    calibrated: bool = True
    form: What | None = None
    jobs: int | None = None
    scheduler: str | None = None
    resume: bool = False
    name: str | None = None
    command: str = ""  # as it was typed, where it was

    @property
    def typed(self) -> str:
        """Return a command that asks for the same, without --resume."""
        return self.command or shlex.join(["urbsim", "run", *self._words()])

    def _words(self) -> Iterator[str]:
        """Give the words of the command."""
        yield from self.scenarios
        lists = {"--region": self.regions, "--province": self.provinces, "--parameter": self.parameters}
        lists |= {"--set": tuple(word for name, given in self.levers.items() for word in _typed(name, given))}
        for option, values in lists.items():
            for value in values:
                yield from (option, value)
        flags = {"--imported": self.imported, "--fast": self.fast, "--no-calibration": not self.calibrated}
        yield from (option for option, is_set in flags.items() if is_set)
        single: dict[str, str | int | None] = {"--base-year": self.base_year, "--horizon": self.horizon}
        if self.draws is not None:
            single |= {"--draws": self.draws, "--seed": self.seed, "--sampling": self.sampling}
        single |= {"--engine": self.engine, "--keep": self.form, "--jobs": self.jobs, "--scheduler": self.scheduler}
        for option, number in (single | {"--out": self.name}).items():
            if number is not None:
                yield from (option, str(number))


def _typed(name: str, given: Given) -> list[str]:
    """Return a lever as --set takes it."""
    if isinstance(given, Mapping):
        return [f"{name}={value}@{year}" for year, value in given.items()]
    return [f"{name}={given}"]
