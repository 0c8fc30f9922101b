"""How a noun shows itself at a prompt or in a notebook: a title, some facts, perhaps a short table; no arrays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from behaviorvlm.markup import Markup, element, readable

MOST_LETTERS = 160
MOST_ROWS = 30
MOST_NAMES = 24


@dataclass(frozen=True)
class Card:
    """What is shown.

    Attributes:
        title: What it is, and its name.
        facts: Name and value of each.
        columns: Titles of a table's columns; none = no table.
        rows: The table, row by row.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def text(self) -> str:
        """Return the card for a prompt, a line for each fact and row."""
        facts = _aligned([[name, value] for name, value in self.facts])
        table = _aligned([list(self.columns), *map(list, self.rows[:MOST_ROWS])]) if self.columns else []
        return "\n".join([_short(self.title), *(f"  {line}" for line in [*facts, *table, *self._left_out()])])

    def html(self) -> Markup:
        """Return the card for a notebook; every word in it is escaped, whoever chose it."""
        facts = [element("tr", _cell("th", name), _cell("td", value)) for name, value in self.facts]
        parts = [element("strong", _short(self.title)), element("table", element("tbody", *facts)) if facts else None]
        if self.columns:
            head = element("tr", *(_cell("th", name) for name in self.columns))
            body = [element("tr", *(_cell("td", value) for value in row)) for row in self.rows[:MOST_ROWS]]
            parts.append(element("table", element("thead", head), element("tbody", *body)))
        return element("div", *parts, *(element("p", line) for line in self._left_out()))

    def _left_out(self) -> list[str]:
        more = len(self.rows) - MOST_ROWS
        return [f"and {more} more"] if more > 0 else []


class Shown:
    """A base of what shows itself by its `card`, at a prompt and in a notebook."""

    @abstractmethod
    def card(self) -> Card:
        """Return what is shown of it."""

    def __repr__(self) -> str:
        return self.card().text()

    def _repr_html_(self) -> str:
        """Return the same for a notebook, which asks for it by this name."""
        return str(self.card().html())


def named(names: Iterable[str]) -> str:
    """Return how many names there are, and the first of them."""
    listed = list(names)
    rest = f", and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    return f"{len(listed)}: {', '.join(listed[:MOST_NAMES])}{rest}" if listed else "none"


def lasting(n_timepoints: int, frame_rate_hz: float) -> str:
    """Return number of timepoints, their rate and how long they last."""
    return f"{n_timepoints} at {frame_rate_hz:g} per second ({n_timepoints / frame_rate_hz:.1f} s)"


def _short(text: str) -> str:
    seen = readable(text)
    return seen if len(seen) <= MOST_LETTERS else f"{seen[: MOST_LETTERS - 3]}..."


def _cell(tag: str, text: str) -> Markup:
    return element(tag, _short(text), style="text-align: left; vertical-align: top")


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    short = [[_short(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*short, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in short]
    return ["  ".join(row).rstrip() for row in padded]
