"""The video of a recording as a browser can play it: the file itself, a copy made for it, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.report.opened_recordings import same_file
from behaviorvlm.runs.manifest import InputFile

COPIES_FOLDER = "review_videos"
PLAYED = {
    "mp4": (frozenset({"h264", "av1", "vp9"}), "video/mp4"),
    "webm": (frozenset({"vp8", "vp9", "av1"}), "video/webm"),
}
"""Container to what browsers decode in it, and its media type."""
PLAYED_FORMATS = frozenset({"yuv420p", "yuvj420p"})
NO_VIDEO = "The run was given no video."
LOOKED_AT, FAR_FRAMES = 301, 60
"""Packets at the beginning in which keyframes are counted; to decode so many frames for one picture is felt."""


class _Found(NamedTuple):
    media_type: str
    held: str
    is_coarse: bool
    start_s: float
    rate_hz: float


@dataclass(frozen=True)
class Film:
    """The video of one recording.

    Attributes:
        source: The file that the run was given; None = there is none, or it is not at hand.
        shown: What the browser plays: `source`, or a copy of it; None = nothing.
        media_type: Of `shown`.
        words: Why there is nothing to see; "" = there is.
        is_coarse: Whether its keyframes are so far apart that travelling takes long.
        start_s: When its first frame is shown, in seconds as browsers count them.
        rate_hz: Frames per second of a copy, which is steady; 0 = the recording's own times hold.
    """

    source: Path | None
    shown: Path | None
    media_type: str
    words: str
    is_coarse: bool = False
    start_s: float = 0.0
    rate_hz: float = 0.0

    @property
    def is_copy(self) -> bool:
        """Whether a copy is played, frame for frame at a steady rate."""
        return self.shown is not None and self.shown != self.source

    @property
    def lacks(self) -> str:
        """What a copy of it would do better, in words; "" = nothing."""
        if self.source is None or self.is_copy:
            return ""
        if self.shown is None:
            return "plays"
        return "scrubs faster" if self.is_coarse else ""


def find_film(video: InputFile | None, copy: Path) -> Film:
    """Return the video of a recording.

    Args:
        video: As the run was given it, None = none.
        copy: Where a copy for browsers lies, if one was made.
    """
    if video is None:
        return Film(None, None, "", NO_VIDEO)
    try:
        source = Path(same_file(video))
        if copy.is_file():
            return Film(source, copy, PLAYED["mp4"][1], "", rate_hz=_looked_at(copy).rate_hz)
        found = _looked_at(source)
    except BehaviorVLMError as error:
        return Film(None, None, "", f"The video cannot be shown: {error.message} ({error.where}).")
    if not found.media_type:
        return Film(source, None, "", f"Browsers do not play this video ({found.held}). A copy can be made for them.")
    return Film(source, source, found.media_type, "", found.is_coarse, found.start_s)


def copy_place(folder: Path, place: int) -> Path:
    """Return where the copy of the video of the recording at this place of a run lies."""
    return folder / COPIES_FOLDER / f"{place:04d}.mp4"


def far_apart(keyframes: Sequence[int], n_frames: int) -> bool:
    """Return whether so many frames lie between two keyframes, or behind the last, that travelling takes long."""
    return any(after - before > FAR_FRAMES for before, after in pairwise([*keyframes, n_frames]))


def _looked_at(path: Path) -> _Found:
    """Return what a video is, from its header and its first packets.

    Raises:
        VideoError: If it cannot be read.
    """
    import av

    from behaviorvlm.errors import VideoError

    try:
        with av.open(str(path)) as container:
            names, stream = set(container.format.name.split(",")), container.streams.video[0]
            codec, pixels = stream.codec_context.codec.canonical_name, str(stream.codec_context.pix_fmt)
            packets = [one for one in islice(container.demux(stream), LOOKED_AT) if one.pts is not None]
            tick_s, rate_hz = float(stream.time_base or 0), float(stream.average_rate or 0)
    except (av.FFmpegError, IndexError) as error:
        raise VideoError("the video cannot be read", where=str(path), actual=str(error)) from error
    # Packets come in the order in which they are decoded, so the first one need not be the first that is shown.
    start_s = max(min((float(one.pts or 0) * tick_s for one in packets), default=0.0), 0.0)
    keyframes = [place for place, one in enumerate(packets) if one.is_keyframe]
    return _Found(
        _media_type(names, codec, pixels=pixels, ending=path.suffix.lower()),
        f"{codec} in {path.suffix or 'a file without ending'}, {pixels}",
        is_coarse=far_apart(keyframes, len(packets)),
        start_s=start_s,
        rate_hz=rate_hz,
    )


def _media_type(containers: set[str], codec: str, *, pixels: str, ending: str) -> str:
    """Return the media type of a video that browsers play, "" for any other."""
    for kind, (codecs, media_type) in PLAYED.items():
        # Matroska and WebM are read by the same part of FFmpeg, and only the second is played by browsers.
        right = kind in containers and (kind != "webm" or ending == ".webm")
        if right and codec in codecs and pixels in PLAYED_FORMATS:
            return media_type
    return ""
