"""Scores against a person's labels, or against the truth, as part of a page."""

from __future__ import annotations

from collections.abc import Sequence

from behaviorvlm.evaluate.score_tables import ScoreTable
from behaviorvlm.markup import Content, element, listed, table
from behaviorvlm.report.page import Section


def score_section(tables: Sequence[ScoreTable], *, remarks: Sequence[str], against: str) -> Section:
    """Return scores with what a reader should bear in mind.

    Args:
        tables: The scores.
        remarks: Sentences below them.
        against: What they compare with: ``the truth``.
    """
    content: list[Content] = []
    for one in tables:
        rows = [row for block in one.blocks for row in block]
        content += [element("h3", one.title), table(one.columns, rows, words=one.words)]
    return Section("scores", f"Against {against}", (*content, listed(remarks)))
