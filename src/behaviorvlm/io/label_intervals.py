"""What people wrote down about a recording, before its seconds are made frames or its frames seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from behaviorvlm.errors import InputError
from behaviorvlm.io.frame_clock import FrameClock
from behaviorvlm.types import Behavior, Bout


@dataclass(frozen=True)
class LabelInterval:
    """One named interval, half-open, in seconds or in frames.

    Attributes:
        behavior: Its name.
        start: Where it begins.
        stop: Where it ends; a point event ends where it begins.
        in_frames: Whether start and stop are frames.
        individual: Who does it, or the stream it stands in.
        target: Whom it is done to, "" = nobody.
        recording: As the file calls it, "" = it does not say.
        confidence: In [0, 1], NaN = nobody said.
        segments: Numbers of the segments it was merged from.
        line: Line in the file, 0 = it has no lines.
    """

    behavior: str
    start: float
    stop: float
    in_frames: bool = False
    individual: str = ""
    target: str = ""
    recording: str = ""
    confidence: float = float("nan")
    segments: tuple[int, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class LabelledPart:
    """What a file says of one of its recordings.

    Attributes:
        name: As its intervals call it, "" = the file holds one only and does not say.
        n_frames: Length of what was labelled, None = not stated.
        frame_rate_hz: Frames per second, None = not stated.
        individuals: Names, those that do nothing included, where the format lists them.
        video: Path of the video, "" = not stated.
        groups: Column to value.
    """

    name: str
    n_frames: int | None = None
    frame_rate_hz: float | None = None
    individuals: tuple[str, ...] = ()
    video: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelFile:
    """What a file of labels holds.

    Attributes:
        intervals: In order of the file.
        n_frames: Length of what was labelled, where the format states it.
        frame_rate_hz: Where the format states it.
        notes: What was wrong with single labels, and what was done about it.
        parts: What it says of single recordings; goes before what it says of all.
        behaviors: The catalogue, where the format has one.
    """

    intervals: tuple[LabelInterval, ...]
    n_frames: int | None = None
    frame_rate_hz: float | None = None
    notes: tuple[str, ...] = ()
    parts: tuple[LabelledPart, ...] = ()
    behaviors: tuple[Behavior, ...] = ()

    def part(self, name: str) -> LabelledPart:
        """Return what is said of a recording; of the only one there is, whatever its name."""
        whole = LabelledPart(name, self.n_frames, self.frame_rate_hz)
        only = self.parts[0] if len(self.parts) == 1 else whole
        return next((one for one in self.parts if one.name == name), only)


def place_intervals(
    intervals: Sequence[LabelInterval], clock: FrameClock, *, recording: str, where: str
) -> tuple[tuple[Bout, ...], tuple[str, ...]]:
    """Return intervals as bouts of the frames of a recording, in order of time, and what was cut off.

    An interval becomes the frames that begin nearest to its start and its stop, at least one. What reaches behind the
    end of the recording is cut, what lies behind it is left out.

    Args:
        intervals: The labels.
        clock: The frames of the recording.
        recording: Its name; "" = as each interval says.
        where: The file, for the error.

    Raises:
        InputError: If no interval at all lies within the recording.
    """
    counts: Counter[str] = Counter()
    bouts = [bout for one in intervals for bout in _place(one, clock, recording=recording, count=counts.update)]
    if intervals and not bouts:
        raise InputError(
            "the labels do not overlap the recording",
            where=where,
            expected=f"labels of the {clock.n_frames} frames of {recording or 'the recording'}",
            actual=f"the first begins at {min(one.start for one in intervals):g}",
            remedy="check that the file belongs to this recording, and the frame rate",
        )
    said = (f"{number} labels {what}" for what, number in counts.items())
    return tuple(sorted(bouts, key=lambda bout: (bout.recording, bout.start_frame, bout.stop_frame))), tuple(said)


def _place(
    one: LabelInterval, clock: FrameClock, *, recording: str, count: Callable[[list[str]], None]
) -> Iterator[Bout]:
    start = int(one.start) if one.in_frames else clock.frame_at(one.start)
    stop = int(one.stop) if one.in_frames else clock.frame_at(one.stop)
    end = clock.n_frames
    if end is not None and start >= end:
        count(["behind the end of the recording were left out"])
        return
    stop = max(stop, start + 1)
    if end is not None and stop > end:
        count(["that reach behind the end of the recording were cut"])
        stop = end
    yield Bout(
        recording or one.recording,
        one.individual,
        one.target,
        one.behavior,
        start,
        stop,
        clock.second_at(start),
        clock.second_at(stop),
        one.confidence,
        one.segments,
    )
