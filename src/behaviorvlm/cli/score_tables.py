"""Scores on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from behaviorvlm.evaluate.score_tables import ScoreTable


def as_rich(scores: ScoreTable) -> Table:
    """Return scores as a table with a rule between blocks of rows."""
    from rich.table import Table
    from rich.text import Text

    table = Table(*scores.columns, title=scores.title)
    for block in scores.blocks:
        for row in block:
            table.add_row(*map(Text, row))
        table.add_section()
    return table
