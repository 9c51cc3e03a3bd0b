"""The only place that maps Vensim names, identifiers and file names.

Vensim ignores case and treats runs of spaces and underscores alike; identifiers in Python, netCDF and CSV are lower
case with underscores.
"""

from __future__ import annotations

import re
from functools import lru_cache

_RUN = re.compile(r"[\s_]+")


@lru_cache(maxsize=1 << 16)
def identifier(name: str) -> str:
    """Return the identifier of a Vensim name, in quotes or not.

    Examples
    --------
    >>> identifier("School Places")
    'school_places'
    >>> identifier('"cost & price"')
    'cost_&_price'
    """
    plain = name.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        plain = plain[1:-1].replace('\\"', '"')
    return _RUN.sub("_", plain.replace("\\", " ").strip().lower()).strip("_")


def same(left: str, right: str) -> bool:
    """Tell whether two spellings are one Vensim name."""
    return identifier(left) == identifier(right)


def element(name: str, subscripts: tuple[str, ...]) -> str:
    """Return the Vensim spelling of one element, as in ``School Places[towns, primary]``."""
    return f"{name}[{', '.join(subscripts)}]" if subscripts else name
