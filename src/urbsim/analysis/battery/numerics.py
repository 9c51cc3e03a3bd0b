"""What the numbers hang on: the time step."""

from __future__ import annotations

import numpy as np

from urbsim.analysis.battery.bench import Bench, Verdict
from urbsim.analysis.expectations import dataset
from urbsim.analysis.indicators import outputs, values
from urbsim.engine.contract import Clock

FINE = 1 / 64
RELATIVE, POINTS = 0.005, 0.5


def time_step(on: Bench) -> Verdict:
    """Compare headline outcomes at the model's time step with those at a quarter of it."""
    members, chosen = list(on.members.values()), {n: i for n, i in on.indicators.indicators.items() if i.headline}
    file = on.indicators.model_copy(update={"indicators": chosen})
    both = []
    for step in (on.clock.step, FINE):
        clock = Clock(on.clock.start, on.clock.stop, step)
        found = on.run(members, outputs(file, population=False), clock)
        both.append(values(dataset(on, found), file, on.library.model))
    worst, place = 0.0, ""
    for name, item in chosen.items():
        coarse, fine = both[0][name], both[1][name]
        if item.unit == "percent":
            share = float(abs(coarse - fine).max()) / POINTS
        else:  # a gap that closes has no relative error
            share = float((abs(coarse - fine) / np.maximum(abs(fine), abs(fine).max("time") * 0.2)).max()) / RELATIVE
        if share > worst:
            worst, place = share, name
    limit = f"{100 * RELATIVE:g} % or {POINTS:g} points"
    return Verdict("time step", len(chosen), "outcomes", worst * RELATIVE, limit, worst < 1, f"largest in {place}")
