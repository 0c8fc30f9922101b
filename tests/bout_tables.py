"""Tables of bouts for tests: hostile names, bouts at both ends, one frame long, touching and overlapping."""

from collections.abc import Sequence

import numpy as np

from behaviorvlm.types import Behavior, Bout, Ethogram
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

Said = tuple[str, str, str, int, int]


def recording(
    name: str, said: Sequence[Said], *, n_frames: int = 50, rate_hz: float = 30.0,
    individuals: Sequence[str] = ("m1", "m2"), video: str = "", confidence: float = float("nan"),
) -> LabelledRecording:  # fmt: skip
    edges_s = np.arange(n_frames + 1) / rate_hz
    bouts = tuple(
        Bout(name, who, whom, behavior, start, stop, float(edges_s[start]), float(edges_s[stop]), confidence)
        for who, whom, behavior, start, stop in said
    )
    return LabelledRecording(name, tuple(individuals), edges_s, rate_hz, bouts, video, groups={"sex": "f"})


def two_recordings() -> BoutTable:
    ends = [
        ("m1", "m2", "chase", 0, 1),
        ("m1", "", "rear up", 1, 9),
        ("m2", "", "rear up", 4, 50),
        ("m1", "", "rear up", 9, 10),
    ]
    last = [("m1", "m2", "chase", 20, 49), ("m1", "", "chase", 49, 50)]
    behaviors = (
        Behavior("chase", "runs after", clusters=(3,)),
        Behavior("rear up", clusters=(1, 2)),
        Behavior("sleep"),
    )
    return BoutTable((recording("day 1", [*ends, *last]), recording("day 2", ends, rate_hz=25.0)), Ethogram(behaviors))


def keys(table: BoutTable, *fields: str) -> list[tuple[object, ...]]:
    """Return what bouts say in some of their fields, sorted."""
    fields = fields or ("recording", "individual", "target", "behavior", "start_frame", "stop_frame")
    return sorted(tuple(getattr(bout, field) for field in fields) for bout in table.bouts)
