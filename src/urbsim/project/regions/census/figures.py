"""From a row of a census table to the facts of a county, and why a row cannot give them.

A blank means nobody where the cells beside it add up to the whole (the tables leave out industries without workers and
ages without people); elsewhere it means that the number is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from urbsim.project.regions.census.rows import Row
from urbsim.project.regions.facts import NEEDS
from urbsim.project.regions.region import SECTORS

AGE_FIELDS = (
    "age_0", "age_1_4", "age_5_9", "age_10_14", "age_15_19", "age_20_24", "age_25_29", "age_30_34", "age_35_39",
    "age_40_44", "age_45_49", "age_50_54", "age_55_59", "age_60_64", "age_65_69", "age_70_74", "age_75_79", "age_80_84",
    "age_85_plus",
)  # fmt: skip
DIRECT = {  # fact -> field of the tables, where nothing is to be worked out
    "residents": "residents",
    "urban_residents": "urban",
    "household_size": "household_size",
    "floor_area_per_head": "floor_area",
    "moved_same_county": "moved_same_county",
    "from_same_province": "from_same_province",
    "from_other_province": "from_other_province",
    "registered_population": "registered",
    "nonagricultural_share": "nonagricultural_share",
    "birth_rate": "birth_rate",
    "death_rate": "death_rate",
}
SAMPLE = ("employed_long_form", "aged_15_plus_long_form")  # of the long form, beside the sectors
ONLY_2010 = {"registered_population", "nonagricultural_share", "birth_rate", "death_rate"}
LARGEST_GAP = 0.1  # share of residents with local registration that the registered population may fall short of
TOLERANCE = 0.0005  # of a whole, within which its known parts are all of it
GIVE = "write the number, or leave the county out"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row cannot be used: in words, the cells that are behind it, what would help."""

    words: str
    cells: tuple[str, ...] = ()
    hint: str = ""


def ages_of(row: Row) -> tuple[float, ...] | None:
    """Return residents by age group, or None where a blank leaves one unknown."""
    if all(name in row.values for name in AGE_FIELDS):
        return tuple(row.values[name] for name in AGE_FIELDS)
    groups = tuple(_known(row, name) for name in AGE_FIELDS)
    return groups if _adds_up(sum(groups), row.values.get("residents")) else None


def figures_of(row: Row, year: int) -> dict[str, float]:
    """Return a row's facts; the long form of the census is one household in ten, scaled by persons aged 15 and over."""
    figures = {
        fact: row.values[field]
        for fact, field in DIRECT.items()
        if field in row.values and (year == 2010 or fact not in ONLY_2010)
    }
    sample, working, ages = row.values.get(SAMPLE[1], 0), row.values.get(SAMPLE[0]), ages_of(row)
    if not sample or working is None or ages is None:
        return figures
    scale = sum(ages[4:]) / sample
    shares = _shares(row, working)
    if shares is None:
        return figures
    first, second = shares
    for sector, share in zip(SECTORS, (first, second, max(1 - first - second, 0.0)), strict=True):
        figures[sector] = float(round(working * share * scale))
    return figures


def _shares(row: Row, working: float) -> tuple[float, float] | None:
    """Return the shares of farming and industry among the employed, or None where they cannot be told."""
    known = [_known(row, name) for name in SECTORS]
    whole = any(name in row.blanks for name in SECTORS) and _adds_up(sum(known), working)
    shares: list[float] = []
    for name, count in zip(SECTORS[:2], known, strict=False):
        if name in row.values or whole:
            shares.append(count / working if working else 0.0)
        elif f"{name}_share" in row.values:
            shares.append(row.values[f"{name}_share"])
        else:
            return None
    return shares[0], shares[1]


def _known(row: Row, name: str) -> float:
    return row.values.get(name, row.partial.get(name, 0.0))


def _adds_up(total: float, whole: float | None) -> bool:
    return bool(whole) and abs(total - (whole or 0)) <= max(TOLERANCE * (whole or 0), 0.5)


def reasons(row: Row, figures: Mapping[str, float], year: int) -> Iterator[Reason]:
    """Give all that keeps a row from use."""
    for fault in row.faults:
        yield Reason(fault.message, (f"row {row.line}",), fault.hint)
    for name, value in row.values.items():
        if value < 0:
            yield Reason(f"{name} of {year} is negative: {value:g}", (f"row {row.line}",), "correct the cell")
    ages = ages_of(row)
    if blanks := [name for name in (*AGE_FIELDS, "residents") if _unknown(row, name, ages)]:
        words = f"{', '.join(blanks)} of {year} {'is' if len(blanks) == 1 else 'are'} blank"
        yield Reason(words, _cells(row, blanks), GIVE)
        return
    if row.values["residents"] < 1:
        yield Reason(f"nobody lives there in {year}", (f"row {row.line}",))
        return
    total = sum(ages or ())
    if abs(total - row.values["residents"]) > 0.005 * row.values["residents"]:
        words = f"age groups of {year} add up to {total:.0f}, residents are {row.values['residents']:.0f}"
        yield Reason(words, (f"row {row.line}",), "one of them is wrong; correct it")
    if unknown := [name for name in (*DIRECT, *SECTORS) if name not in figures and _needed(name, year)]:
        fields = [DIRECT.get(name, name) for name in unknown]
        blank = [*fields, *SAMPLE, "employed_tertiary"] if {*SECTORS} & {*unknown} else fields
        yield Reason(f"{', '.join(unknown)} of {year} cannot be told; a cell is blank", _cells(row, blank), GIVE)
        return
    yield from _registration(row, figures, year)


def _registration(row: Row, figures: Mapping[str, float], year: int) -> Iterator[Reason]:
    """Give a reason where more people are registered locally and live there than are registered at all."""
    local = figures["residents"] - figures["from_same_province"] - figures["from_other_province"]
    population = figures.get("registered_population", local)
    if population < local * (1 - LARGEST_GAP):
        words = f"{population:.0f} registered people of {year} are fewer than {local:.0f} residents not from elsewhere"
        yield Reason(words, (f"row {row.line}",), "one of the counts is wrong or of another area; correct it")


def _unknown(row: Row, name: str, ages: tuple[float, ...] | None) -> bool:
    return name not in row.values and (name == "residents" or ages is None)


def _needed(name: str, year: int) -> bool:
    """Tell whether a fact must be there: the model needs it for the year, and no rule gives it."""
    ruled = name in NEEDS and NEEDS[name].ruled
    return not ruled and (name in NEEDS or (year == 2010 and f"{name}@2010" in NEEDS))


def _cells(row: Row, fields: list[str]) -> tuple[str, ...]:
    """Return what stands in the blank cells of some fields, and in which row."""
    cells = [row.blanks[name] for name in dict.fromkeys(fields) if name in row.blanks]
    return (f"row {row.line}", *cells)
