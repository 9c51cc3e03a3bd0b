"""The test of bands: effects of levers inside what the evidence leaves open, in the regions of the pairs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from urbsim.project.behaviour import Behaviour
from urbsim.studies.bands import Effect, failures, judge, regions_of
from urbsim.studies.battery.context import BatteryVerdict, Bench, bench


def bands(on: Bench, behaviour: Behaviour, asked: Collection[str] = ()) -> Iterator[BatteryVerdict]:
    """Give the verdicts on effects and on pairs, of all regions that pairs name or of those asked for among them."""
    regions = [region for region in regions_of(behaviour.bands) if not asked or region in asked]
    if not regions:
        return
    # as scenarios run them: calibrated where they have been
    bands_on = bench(on.project, on.indicators, on.engine, regions, on.project.calibrations(regions))
    limits = behaviour.limits
    effects = judge(bands_on, behaviour.bands, limits)
    outside = list(failures(effects))
    rows = tuple(effect.as_dict() for effect in effects)
    note = f"{limits.draws} draws, seed {limits.seed}; at least {100 * limits.inside:g} % of them inside"
    details = tuple(_line(effect) for effect in outside)
    count = len(effects)
    yield BatteryVerdict("bands", count, "effects", len(outside), "0 unexplained", not outside, note, details, rows)
    yield _pairs(effects, limits.pairs)


def _pairs(effects: Sequence[Effect], limit: float) -> BatteryVerdict:
    """Return the verdict on the share of pairs whose value is inside in all their years, whatever the reasons."""
    by_value = {(e.band.pair, e.region): True for e in effects}
    by_draws = dict(by_value)
    for effect in effects:
        by_value[effect.band.pair, effect.region] &= effect.value_inside
        by_draws[effect.band.pair, effect.region] &= effect.inside
    share, count = sum(by_value.values()) / len(by_value), len(by_value)
    outside = tuple(f"{pair}, {region}" for (pair, region), inside in by_value.items() if not inside)
    note = f"{sum(by_value.values())} by their values, {sum(by_draws.values())} by enough of the draws too"
    note += f"; not inside in every year: {'; '.join(outside)}" if outside else ""
    passed = share >= limit
    return BatteryVerdict("bands, pairs inside", count, "pairs", share, f">= {limit:g}", passed, note, outside)


def _line(effect: Effect) -> str:
    """Return what is wrong with an effect as a line."""
    low, _, high = effect.band.bands[effect.year]
    place = f"{effect.band.pair}, {effect.region}, {effect.year}: {effect.value:+.3g}"
    if effect.inside:
        return f"{place} lies inside {low:g} to {high:g}, and is said to miss it"
    share = f"{100 * effect.share:.0f} % of draws inside"
    return f"{place}, band {low:g} to {high:g}, {share}"
