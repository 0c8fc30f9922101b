"""Where the files of a session lie, and what their names say: ``videos/<session>_<camera>_<channel>.mp4`` and so on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

VIDEO_ENDINGS = (".mp4", ".mov", ".m4v", ".mkv", ".avi")
CANDIDATE_ENDINGS = (".csv", ".h5")


def calibration_path(folder: Path) -> Path:
    """Return where a session keeps its calibration."""
    return folder / "calibration.toml"


def skeleton_path(folder: Path) -> Path:
    """Return where a session keeps its skeleton."""
    return folder / "skeleton.toml"


def seeds_path(folder: Path, camera: str) -> Path:
    """Return where a session keeps the hand labels of one camera."""
    return folder / "seeds" / f"CollectedData_{camera}.csv"


def candidates_path(folder: Path, camera: str) -> Path:
    """Return where a session keeps the candidates of one camera, if it has any."""
    return folder / "candidates" / f"candidates_{camera}.csv"


def video_path(folder: Path, session: str, *, camera: str, channel: str) -> Path:
    """Return where a session keeps one channel of one camera."""
    return folder / "videos" / f"{session}_{camera}_{channel}.mp4"


@dataclass(frozen=True)
class VideoName:
    """What the name of a video file says."""

    path: Path
    session: str
    camera: str
    channel: str


def parse_video_name(path: Path, cameras: Iterable[str]) -> VideoName | None:
    """Return what a video's name says, or None if it names none of `cameras` (which may hold underscores)."""
    for camera in sorted(cameras, key=len, reverse=True):
        front, found, channel = path.stem.rpartition(f"_{camera}_")
        if found and front and channel:
            return VideoName(path, front, camera, channel)
    return None


def find_videos(folder: Path) -> list[Path]:
    """Return the video files of a session in name order; hidden files are none."""
    return _files(folder / "videos", VIDEO_ENDINGS)


def find_named(folder: Path, prefix: str, endings: Sequence[str]) -> dict[str, Path]:
    """Return the files ``<prefix><camera><ending>`` of a folder by camera."""
    return {path.stem[len(prefix) :]: path for path in _files(folder, endings) if path.stem.startswith(prefix)}


def _files(folder: Path, endings: Sequence[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in endings and not path.name.startswith("."))
