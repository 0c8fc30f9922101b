"""A figure that a notebook shows. Only functions that draw import this module: it loads matplotlib."""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure


class ShownFigure(Figure):
    """A matplotlib figure that is the picture of a cell when it is its last value, without pyplot and its state."""

    def _repr_png_(self) -> bytes:
        """Return it as PNG; a notebook asks for it by this name."""
        stream = BytesIO()
        self.savefig(stream, format="png")
        return stream.getvalue()
