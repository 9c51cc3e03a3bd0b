"""Facts against each other: what no county can have of people, pupils and beds, whatever its size.

The limits are wide. They are there for slips (a point lost, a column shifted, persons for tens of thousands), not for
judging a county that is unlike others: 冷湖, a town of oil workers, had nine times as many people registered as there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from urbsim.errors import Problem
from urbsim.files import Source
from urbsim.project.regions.facts import SLIP, UNITS, Fact, converted
from urbsim.project.regions.groups import persons_aged


@dataclass(frozen=True, slots=True)
class Most:
    """The largest amount of a fact per resident of some ages; of all ages where ``ages`` is not given."""

    each: float
    ages: tuple[int, int | None] = (0, None)

    @property
    def whom(self) -> str:
        """Return the people it is counted per."""
        low, high = self.ages
        if (low, high) == (0, None):
            return "residents"
        return f"residents aged {low} and over" if high is None else f"residents aged {low} to {high}"


MOST: Mapping[str, Most] = {
    "registered_population": Most(20),
    "pupils_kindergarten": Most(1.5, (3, 5)),
    "pupils_primary": Most(1.5, (6, 11)),
    "pupils_junior": Most(1.5, (12, 14)),
    "pupils_senior": Most(1.5, (15, 17)),
    "hospital_beds": Most(0.1),
    "elderly_beds": Most(0.5, (60, None)),
    "childcare_places": Most(1.5, (0, 2)),
    "built_up_land": Most(20),
}


def plausible_problems(
    source: Source, facts: Mapping[str, Sequence[Fact]], ages: Mapping[int, Sequence[float]]
) -> Iterator[Problem]:
    """Give a problem for each fact that is more than its residents can have; facts in a wrong unit are passed over.

    Parameters
    ----------
    source
        The file, for the places of problems.
    facts
        The facts of a region.
    ages
        Its residents by census age group, by year.
    """
    for name, most in MOST.items():
        for index, fact in enumerate(facts.get(name, [])):
            if fact.year not in ages:
                continue
            try:
                value = converted(name, fact)
            except ValueError:
                continue
            people = persons_aged(ages[fact.year], *most.ages)
            limit = max(most.each * people, 1.0)  # rounding may leave one where there is nobody
            if value > limit:
                message = (
                    f"{name} of {fact.year} must lie from 0 to {limit:.0f} {UNITS[name]}, "
                    f"{most.each:g} for each of {people:.0f} {most.whom}, not {value:g}"
                )
                yield source.problem("out-of-bounds", ("facts", name, index, "value"), message, SLIP)
