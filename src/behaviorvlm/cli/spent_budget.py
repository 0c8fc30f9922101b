"""What a spent budget means for a run, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def spent_words(why: str, rest: str, *, run: Path) -> str:
    """Return what a spent budget means for a run: why it was spent, and what became of the rest."""
    return (
        f"Note: {why}, so not everything was asked. {rest}.\n"
        f"To have it asked, name a new run, with --replay {run} and a larger budget: no answer is paid for twice."
    )
