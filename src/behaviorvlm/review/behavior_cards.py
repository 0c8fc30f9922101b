"""What an animal does now, in words: its bout, how sure it is, what was said of it, what the behavior is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.review.behavior_desk import BehaviorDesk
from behaviorvlm.types import Bout
from behaviorvlm.types.segment import NO_CLUSTER

NO_BOUT = "nothing that bears a name"


@dataclass(frozen=True)
class Card:
    """What is written of one animal at a frame.

    Attributes:
        title: What it does to whom.
        when: From when to when, how sure.
        said: Title and text of description, evidence, definition and cluster; what is empty is left out.
    """

    title: str
    when: str
    said: tuple[tuple[str, str], ...]


def card_of(desk: BehaviorDesk, individual: str) -> Card:
    """Return what is written of an animal where the desk is."""
    shown = desk.shown
    if shown is None:
        return Card(NO_BOUT, "", ())
    bout, segment = shown.bout_at(individual, desk.frame), shown.segment_at(individual, desk.frame)
    said = {} if segment is None else shown.said_of(segment)
    known = {one.name: one.definition for one in desk.space.ethogram.behaviors}
    clustered = segment is not None and segment.cluster != NO_CLUSTER
    cluster = f"{segment.cluster}, confidence {segment.confidence:.2f}" if segment is not None and clustered else ""
    lines = (
        ("seen", str(said.get("description", ""))),
        ("evidence", str(said.get("evidence", ""))),
        ("definition", "" if bout is None else known.get(bout.behavior, "")),
        ("cluster", cluster),
    )
    title = NO_BOUT if bout is None else bout_words(bout)
    return Card(title, "" if bout is None else when_words(bout), tuple(line for line in lines if line[1]))


def bout_words(bout: Bout) -> str:
    """Return what is done to whom."""
    return f"{bout.behavior} → {bout.target}" if bout.target else bout.behavior


def when_words(bout: Bout) -> str:
    """Return from when to when a bout lasts, and how sure it is."""
    sure = f", confidence {bout.confidence:.2f}" if np.isfinite(bout.confidence) else ""
    return f"{exact_clock(bout.start_s)} to {exact_clock(bout.stop_s)} ({bout.stop_s - bout.start_s:.2f} s){sure}"


def exact_clock(second: float) -> str:
    """Return ``34:01.13`` or ``1:02:03.50``."""
    hundredths = round(second * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    shown = f"{rest // 100:02}.{rest % 100:02}"
    return f"{hours}:{minutes:02}:{shown}" if hours else f"{minutes}:{shown}"
