"""Names as they are drawn: on one line, short enough for an axis, and still told apart."""

from __future__ import annotations

from collections.abc import Iterable

from behaviorvlm.markup import readable

MOST_LETTERS = 30


def drawn_names(names: Iterable[str]) -> dict[str, str]:
    """Return what is written in a figure for each name; a page gives the whole name."""
    drawn: dict[str, str] = {}
    for name in names:
        short = _short(readable(name) or "nameless")
        taken, number = set(drawn.values()), 1
        while (short if number == 1 else f"{short} ({number})") in taken:
            number += 1
        drawn[name] = short if number == 1 else f"{short} ({number})"
    return drawn


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 3].rstrip()}..."
