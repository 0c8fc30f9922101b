"""What BORIS can hold of bouts: one of a kind at a time, legal names, and the rest in comments."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace

from behaviorvlm.io.text_cells import one_line
from behaviorvlm.types import Bout

FORBIDDEN = re.compile(r"[(|),`~]")
"""What BORIS lets stand in no modifier."""


def legal_behavior(name: str) -> str:
    """Return a name as BORIS takes it for a behavior: on one line, without bars and commas."""
    return one_line(name).replace("|", "/").replace(",", ";").strip() or "_"


def legal_modifier(name: str) -> str:
    """Return a name as BORIS takes it for a modifier."""
    return FORBIDDEN.sub("_", one_line(name)).strip() or "_"


def comment_of(bout: Bout) -> str:
    """Return what of a bout has no column: its confidence and its segments."""
    confidence = [] if math.isnan(bout.confidence) else [f"confidence {bout.confidence:.4f}"]
    segments = [f"segments {' '.join(map(str, bout.segments))}"] if bout.segments else []
    return "; ".join(confidence + segments)


def joined(bouts: Iterable[Bout]) -> list[Bout]:
    """Return bouts in order of time; those of one animal, behavior and target that overlap are made one.

    A state that is started twice cannot be told in events.
    """
    open_at: dict[tuple[str, str, str, str], int] = {}
    found: list[Bout] = []
    for bout in sorted(bouts, key=lambda one: (one.start_frame, one.stop_frame)):
        key = (bout.recording, bout.individual, bout.behavior, bout.target)
        at = open_at.get(key)
        if at is None or bout.start_frame >= found[at].stop_frame:
            open_at[key] = len(found)
            found.append(bout)
        elif bout.stop_frame > found[at].stop_frame:
            found[at] = replace(found[at], stop_frame=bout.stop_frame, stop_s=bout.stop_s)
    return found
