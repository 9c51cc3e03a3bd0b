"""Figures that a notebook shows as pictures, whatever its settings are. This module loads matplotlib."""

from __future__ import annotations

import io

import matplotlib.figure


class Figure(matplotlib.figure.Figure):
    """A figure without pyplot: no global state, no window."""

    def _repr_png_(self) -> bytes:
        """Return the figure as PNG."""
        content = io.BytesIO()
        self.savefig(content, format="png")
        return content.getvalue()
