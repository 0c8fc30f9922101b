"""A list beside a file of the names that its format does not take as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from behaviorvlm.io.text_cells import write_cells

HEADER = ("recording", "kind", "written", "name")


class NameList:
    """What was written in the place of which name."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str, str], None] = {}

    def add_all(self, recording: str, kind: str, written: Mapping[str, str]) -> None:
        """Add names of a recording.

        Args:
            recording: Its name, "" = of all.
            kind: What they name: ``individual``, ``behavior``.
            written: Name to what was written; equal ones are left out.
        """
        pairs = ((new, name) for name, new in written.items() if name and new != name)
        self._rows.update({(recording, kind, new, name): None for new, name in pairs})

    def add_streams(self, recording: str, individuals: Sequence[str]) -> None:
        """Add who stands in S1, S2 ... of a recording."""
        pairs = ((f"S{number}", who) for number, who in enumerate(individuals, start=1))
        self._rows.update({(recording, "stream", stream, who): None for stream, who in pairs if who})

    def write_beside(self, path: Path) -> tuple[Path, ...]:
        """Write ``<file>_names.csv`` where there is anything to say; return its path, or nothing.

        Raises:
            RunStorageError: If the disk refuses.
        """
        if not self._rows:
            return ()
        beside = path.with_name(f"{path.stem}_names.csv")
        write_cells(beside, [HEADER, *self._rows])
        return (beside,)
