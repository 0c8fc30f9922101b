"""Which bouts stay: thresholds on confidence and duration, and the table of exactly those."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from behaviorvlm.io.bouts import write_bouts
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.types import Bout

FILTERED_FILE = "bouts_filtered.csv"


@dataclass(frozen=True)
class BoutFilter:
    """Thresholds; None filters nothing.

    Attributes:
        min_confidence: A bout of less is left out, and one of which nobody stated a confidence.
        min_s: A shorter bout is left out.
        max_s: A longer bout is left out.
    """

    min_confidence: float | None = None
    min_s: float | None = None
    max_s: float | None = None

    @property
    def thresholds(self) -> dict[str, float]:
        """The thresholds that filter anything, by name."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in given.items() if value is not None}

    def keeps(self, bout: Bout) -> bool:
        """Return whether a bout stays."""
        length_s = round(bout.stop_s - bout.start_s, 6)  # as exact as the table: 0.3 s are 0.3 s
        return (
            (self.min_confidence is None or bout.confidence >= self.min_confidence)
            and (self.min_s is None or length_s >= self.min_s)
            and (self.max_s is None or length_s <= self.max_s)
        )

    def kept(self, bouts: Iterable[Bout]) -> list[Bout]:
        """Return the bouts that stay, in the order given."""
        return [bout for bout in bouts if self.keeps(bout)]


EVERY_BOUT = BoutFilter()
"""Filters nothing."""


def write_filtered_bouts(reader: BehaviorReader, chosen: BoutFilter, path: Path) -> int:
    """Write the bouts of all recordings that stay, with the columns of ``bouts.csv``; return how many they are.

    Args:
        reader: Of a finished run.
        chosen: Which bouts stay.
        path: The table.

    Raises:
        RunStorageError: If the run is not finished, or the disk refuses.
    """
    bouts = chosen.kept(bout for name in reader.names for bout in reader.bouts(name))
    write_bouts(path, bouts)
    return len(bouts)
