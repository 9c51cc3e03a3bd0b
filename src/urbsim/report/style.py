"""One look for every chart, and a font that has Chinese.

The bundled subset of Noto Sans CJK comes first and mathtext is off: with DejaVu first, a label with a dollar sign goes
through mathtext and loses its Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbsim.files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "NotoSansCJKsc-Regular-subset.otf"
COLOURS = ("#222222", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")  # Okabe and Ito
MARKERS = ("", "o", "s", "^", "D", "v", "P", "X")
DASHES = ("solid", (0, (3, 1.6)), (0, (1, 1.5)))
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
    "figure.dpi": 150,
    "savefig.dpi": 150,
    "svg.hashsalt": "urbsim",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}


def look(number: int) -> dict[str, Any]:
    """Return colour, marker and dashes of the line of a scenario: each of 24 has its own."""
    place, turn = number % len(COLOURS), number // len(COLOURS) % len(DASHES)
    return {"color": COLOURS[place], "marker": MARKERS[place], "linestyle": DASHES[turn]}


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


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG and SVG beside each other, the same bytes each time; ``path`` has no suffix."""
    import matplotlib as mpl  # noqa: PLC0415

    figure.draw_without_rendering()
    with mpl.rc_context({"figure.constrained_layout.use": False, "figure.autolayout": False}):
        figure.set_layout_engine(None)  # laid out once; with an engine, even "none", each format draws twice
    for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
        with whole_file(path.with_name(path.name + suffix)) as temporary:
            figure.savefig(temporary, format=suffix[1:], metadata=metadata)
