"""One look for every chart, and a font that has Chinese.

The bundled subset of Noto Sans CJK comes first and mathtext is off: with DejaVu first, a label with a dollar sign goes
through mathtext and loses its Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

FONT = "NotoSansCJKsc-Regular-subset.otf"
COLOURS = ("#222222", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")  # Okabe and Ito
MARKERS = ("", "o", "s", "^", "D", "v", "P", "X")
SETTINGS: dict[str, Any] = {
    "font.size": 9,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.formatter.useoffset": False,
    "axes.unicode_minus": False,
    "grid.color": "#E5E5E5",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "savefig.dpi": 150,
    "svg.hashsalt": "urbsim",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw with our settings, without touching those of the caller."""
    import matplotlib as mpl  # noqa: PLC0415  a second that most commands do not need
    from matplotlib import font_manager  # noqa: PLC0415

    with resources.as_file(resources.files("urbsim.report") / "fonts" / FONT) as path:
        if not any(entry.fname == str(path) for entry in font_manager.fontManager.ttflist):
            font_manager.fontManager.addfont(str(path))
        family = font_manager.FontProperties(fname=str(path)).get_name()
        settings: Any = {**SETTINGS, "font.family": [family, "DejaVu Sans"]}
        with mpl.rc_context(settings):
            yield
