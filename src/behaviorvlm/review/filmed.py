"""The video of a recording as a browser can play it: the file itself, a copy made for it, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Film:
    """The video of one recording.

    Attributes:
        source: The file that the run was given; None = there is none, or it is not at hand.
        shown: What the browser plays: `source`, or a copy of it; None = nothing.
        media_type: Of `shown`.
        words: Why there is nothing to see; "" = there is.
    """

    source: Path | None
    shown: Path | None
    media_type: str
    words: str

    @property
    def is_copy(self) -> bool:
        """Whether a copy is played, frame for frame at a steady rate."""
        return self.shown is not None and self.shown != self.source

    @property
    def can_be_copied(self) -> bool:
        """Whether there is a video that browsers do not play, and no copy of it yet."""
        return self.source is not None and self.shown is None


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
        media_type, held = _media(source)
    except BehaviorVLMError as error:
        return Film(None, None, "", f"The video cannot be shown: {error.message} ({error.where}).")
    if media_type:
        return Film(source, source, media_type, "")
    if copy.is_file():
        return Film(source, copy, PLAYED["mp4"][1], "")
    return Film(source, None, "", f"Browsers do not play this video ({held}). A copy can be made for them.")


def copy_place(folder: Path, place: int) -> Path:
    """Return where the copy of the video of the recording at this place of a run lies."""
    return folder / COPIES_FOLDER / f"{place:04d}.mp4"


def _media(path: Path) -> tuple[str, str]:
    """Return the media type of a video, "" if browsers do not play it, and what it is in words.

    Raises:
        VideoError: If it cannot be read.
    """
    import av

    from behaviorvlm.errors import VideoError

    try:
        with av.open(str(path)) as container:
            names, stream = set(container.format.name.split(",")), container.streams.video[0]
            codec, pixels = stream.codec_context.name.removeprefix("lib"), stream.codec_context.pix_fmt
    except (av.FFmpegError, IndexError) as error:
        raise VideoError("the video cannot be read", where=str(path), actual=str(error)) from error
    codec = "av1" if "av1" in codec else codec.removesuffix("-vp9")
    for kind, (codecs, media_type) in PLAYED.items():
        # Matroska and WebM are read by the same part of FFmpeg, and only the second is played by browsers.
        right = kind in names and (kind != "webm" or path.suffix.lower() == ".webm")
        if right and codec in codecs and pixels in PLAYED_FORMATS:
            return media_type, ""
    return "", f"{codec} in {path.suffix or 'a file without ending'}, {pixels}"
