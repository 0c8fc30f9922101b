"""Merges taken apart and tables made anew in a process of their own, so that the page need not wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from behaviorvlm.api.behavior import undo_merges
from behaviorvlm.api.corrections import rerun
from behaviorvlm.review.apart import apart


@dataclass(frozen=True)
class MergeUndo:
    """A merge that a person wants undone.

    Attributes:
        recording: Its recording.
        number: As in ``merges.csv``.
        author: Who wants it.
        reason: Why.
    """

    recording: str
    number: int
    author: str
    reason: str


def write_apart(folder: Path, undone: Sequence[MergeUndo]) -> None:
    """Undo merges and make the tables of a run, in another process.

    Raises:
        BehaviorVLMError: If the run cannot be written.
    """
    apart(write, folder, undone)


def write(folder: Path, undone: Sequence[MergeUndo]) -> None:
    """Undo merges and make the tables of a run; errors as of `write_apart`."""
    for (author, reason), each in groupby(undone, key=lambda one: (one.author, one.reason)):
        undo_merges(folder, [(one.recording, one.number) for one in each], author=author, reason=reason).close()
    if not undone:  # otherwise they are made already
        rerun(folder)
