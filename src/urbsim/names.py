"""The only place that maps Vensim names, identifiers and file names.

Vensim ignores case and treats runs of spaces and underscores alike; identifiers in Python, netCDF and CSV are lower
case with underscores.
"""

from __future__ import annotations

import re


def identifier(name: str) -> str:
    """Return the identifier of a Vensim name.

    Examples
    --------
    >>> identifier("School Places")
    'school_places'
    """
    return re.sub(r"[\s_]+", "_", name.strip().lower()).strip("_")


def same(left: str, right: str) -> bool:
    """Tell whether two spellings are one Vensim name."""
    return identifier(left) == identifier(right)


def element(name: str, subscripts: tuple[str, ...]) -> str:
    """Return the Vensim spelling of one element, as in ``School Places[towns, primary]``."""
    return f"{name}[{', '.join(subscripts)}]" if subscripts else name
