"""The video of a recording as a browser can play it: the file itself, a copy made for it, or why there is none."""

from __future__ import annotations

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


class _Packet(NamedTuple):
    second: float
    is_keyframe: bool


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
    """

    source: Path | None
    shown: Path | None
    media_type: str
    words: str
    is_coarse: bool = False
    start_s: float = 0.0

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
            return Film(source, copy, PLAYED["mp4"][1], "")
        media_type, held, beginning = _looked_at(source)
    except BehaviorVLMError as error:
        return Film(None, None, "", f"The video cannot be shown: {error.message} ({error.where}).")
    if not media_type:
        return Film(source, None, "", f"Browsers do not play this video ({held}). A copy can be made for them.")
    return Film(source, source, media_type, "", _is_coarse(beginning), _start_s(beginning))


def copy_place(folder: Path, place: int) -> Path:
    """Return where the copy of the video of the recording at this place of a run lies."""
    return folder / COPIES_FOLDER / f"{place:04d}.mp4"


def _looked_at(path: Path) -> tuple[str, str, list[_Packet]]:
    """Return the media type of a video ("" if browsers do not play it), what it is, and its first packets.

    Raises:
        VideoError: If it cannot be read.
    """
    import av

    from behaviorvlm.errors import VideoError

    try:
        with av.open(str(path)) as container:
            names, stream = set(container.format.name.split(",")), container.streams.video[0]
            codec, pixels = stream.codec_context.name.removeprefix("lib"), stream.codec_context.pix_fmt
            packets = [one for one in islice(container.demux(stream), LOOKED_AT) if one.pts is not None]
            tick_s = float(stream.time_base or 0)
            beginning = [_Packet(float(one.pts or 0) * tick_s, one.is_keyframe) for one in packets]
    except (av.FFmpegError, IndexError) as error:
        raise VideoError("the video cannot be read", where=str(path), actual=str(error)) from error
    codec = "av1" if "av1" in codec else codec.removesuffix("-vp9")
    for kind, (codecs, media_type) in PLAYED.items():
        # Matroska and WebM are read by the same part of FFmpeg, and only the second is played by browsers.
        right = kind in names and (kind != "webm" or path.suffix.lower() == ".webm")
        if right and codec in codecs and pixels in PLAYED_FORMATS:
            return media_type, "", beginning
    return "", f"{codec} in {path.suffix or 'a file without ending'}, {pixels}", beginning


def _start_s(beginning: list[_Packet]) -> float:
    """Return when the first frame is shown; packets come in the order in which they are decoded."""
    return max(min((one.second for one in beginning), default=0.0), 0.0)


def _is_coarse(beginning: list[_Packet]) -> bool:
    """Return whether more than `FAR_FRAMES` frames lie between keyframes."""
    places = [place for place, one in enumerate(beginning) if one.is_keyframe] + [len(beginning)]
    return any(after - before > FAR_FRAMES for before, after in pairwise(places))
