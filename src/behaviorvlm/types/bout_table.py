"""Bouts of whole recordings, as files of the field hold them: of a run to be exported, or of a file to be converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from behaviorvlm.errors import InputError
from behaviorvlm.types.arrays import FloatArray, frozen_floats
from behaviorvlm.types.bout import Bout
from behaviorvlm.types.ethogram import Behavior, Ethogram


@dataclass(frozen=True, eq=False)
class LabelledRecording:
    """What was said of one recording.

    Attributes:
        name: As its bouts call it.
        individuals: Names, those that do nothing included.
        edges_s: (frame + 1,) float64 seconds at which each frame begins, and the last one ends.
        frame_rate_hz: Frames per second.
        bouts: In order of time.
        video: Path of the video, "" = none.
        px_per_mm: Scale, None = not known.
        groups: Column to value, as a project states them.
    """

    name: str
    individuals: tuple[str, ...]
    edges_s: FloatArray
    frame_rate_hz: float
    bouts: tuple[Bout, ...]
    video: str = ""
    px_per_mm: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges_s", frozen_floats(self.edges_s, (None,), name="edges_s"))
        late = next((bout for bout in self.bouts if bout.stop_frame > self.n_frames), None)
        if late is not None:
            raise InputError(
                "a bout reaches behind the end of its recording",
                where=f"{self.name}, {late.individual}, {late.behavior}",
                expected=f"frames up to {self.n_frames}",
                actual=str(late.stop_frame),
            )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return max(len(self.edges_s) - 1, 0)

    @property
    def duration_s(self) -> float:
        """When the last frame ends."""
        return float(self.edges_s[-1]) if len(self.edges_s) else 0.0


@dataclass(frozen=True, eq=False)
class BoutTable:
    """Bouts of several recordings and the catalogue they are named from.

    Attributes:
        recordings: Each name once.
        ethogram: Every behavior that bouts are named after, definitions where somebody gave them.
        provenance: What the bouts rest on (``software``, ``version``, ``describer``, ``merger`` ...).
        notes: What a person should know of how a file was read.
    """

    recordings: tuple[LabelledRecording, ...]
    ethogram: Ethogram
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = {behavior.name for behavior in self.ethogram.behaviors}
        missing = tuple(name for name in self.behaviors if name not in known)
        if missing:
            behaviors = (*self.ethogram.behaviors, *(Behavior(name) for name in missing))
            object.__setattr__(self, "ethogram", Ethogram(behaviors, self.ethogram.impossible))

    @property
    def behaviors(self) -> tuple[str, ...]:
        """Names that bouts bear, in order of their first one."""
        return tuple(dict.fromkeys(bout.behavior for bout in self.bouts))

    @property
    def bouts(self) -> tuple[Bout, ...]:
        """All bouts, one recording after the other."""
        return tuple(bout for recording in self.recordings for bout in recording.bouts)
