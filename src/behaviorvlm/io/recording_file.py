"""The files of one recording, opened: tracks and video brought to the same frames, times from whoever knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from behaviorvlm.errors import InputError, SettingsError
from behaviorvlm.io.keypoint_roles import guess_roles, read_roles
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.tracks_file import read_tracks
from behaviorvlm.io.video_probe import VideoProbe, probe_video
from behaviorvlm.types import FloatArray, KeypointRoles, Recording, Tracks

ALIGNED = 2
"""Tracks and video that differ by as many frames are cut to the shorter; more, and they are not of one recording."""
SAME_RATE = 0.01
"""A stated frame rate this near to the video's, relatively, is the same."""
NAMELESS = "animal"
"""The one animal of a file that names none."""


@dataclass(frozen=True)
class RecordingFile:
    """The files of one recording, and what the user says of it. Picklable; opens nothing until asked.

    Attributes:
        name: Each recording of a run has its own.
        tracks: File of tracks, "" = none.
        video: Video, "" = none.
        frame_rate_hz: As stated by the user; None = from the video, or from the file of tracks.
        px_per_mm: As stated by the user; None = from the file of tracks, where it says.
        roles: File of roles, "" = guessed from the names of the keypoints.
        sequence: Which of the recordings in the file of tracks.
        format: Kind of the file of tracks, "" = told by its content.
        min_confidence: Below it a point is missing; None = usual for the kind of file.
        groups: Column name to value, as a project states them.
    """

    name: str
    tracks: str = ""
    video: str = ""
    frame_rate_hz: float | None = None
    px_per_mm: float | None = None
    roles: str = ""
    sequence: str = ""
    format: str = ""
    min_confidence: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def source_files(self) -> dict[str, str]:
        """Every file it depends on, path by role."""
        files = {"tracks": self.tracks, "video": self.video, "roles": self.roles}
        return {role: path for role, path in files.items() if path}

    @property
    def stated(self) -> dict[str, float | str]:
        """What the user says of how the files are read, by name; what nobody said is left out."""
        said = {name: getattr(self, name) for name in ("frame_rate_hz", "px_per_mm", "min_confidence", "sequence")}
        return {name: value for name, value in said.items() if value not in (None, "")}

    def open(self) -> Recording:
        """Read the tracks and look at the video.

        Raises:
            InputError: If a file is damaged, or tracks and video do not belong together.
            SettingsError: If nothing says how many frames there are in a second.
        """
        table = self._read_tracks()
        probe = probe_video(Path(self.video)) if self.video else None
        count, cut = _common_length(table, probe, where=self.name)
        times, rate, timing = self._times(table, probe, count=count)
        tracks = _to_tracks(table, times) if table is not None else None
        roles, said = self._roles(tracks)
        return Recording(
            self.name,
            times,
            rate,
            tracks,
            roles,
            video=self.video,
            frame_size=probe.image_size if probe else _extent(tracks),
            px_per_mm=self.px_per_mm or (table.px_per_mm if table else None),
            groups=self.groups,
            source_files=self.source_files,
            stated=self.stated,
            notes=(*cut, *timing, *said),
        )

    def _read_tracks(self) -> KeypointTable | None:
        if not self.tracks:
            return None
        return read_tracks(
            Path(self.tracks), format=self.format or None, min_confidence=self.min_confidence, sequence=self.sequence
        )

    def _times(
        self, table: KeypointTable | None, probe: VideoProbe | None, *, count: int
    ) -> tuple[FloatArray, float, tuple[str, ...]]:
        """Return the seconds of each frame, frames per second, and what is to be said of them."""
        known = self.frame_rate_hz or (table.frame_rate_hz if table else None)
        if probe is not None and (probe.n_frames > 1 or probe.frame_rate_hz):
            times = probe.times_s[:count] - probe.times_s[0]
            rate = _rate(probe)
            return times, rate, tuple(_timing_notes(probe, rate, stated=self.frame_rate_hz))
        if known is None:
            raise SettingsError(
                "nothing says how many frames there are in a second",
                where=self.tracks or self.video,
                expected="a video, or a frame rate",
                actual="neither",
                remedy="give --fps F, or fps = F in the project file",
            )
        said = () if self.frame_rate_hz else (f"{known:g} frames per second, as the file of tracks says",)
        return np.arange(count) / known, known, said

    def _roles(self, tracks: Tracks | None) -> tuple[KeypointRoles, tuple[str, ...]]:
        if tracks is None:
            return KeypointRoles(), ()
        if self.roles:
            return read_roles(Path(self.roles), tracks.keypoints), ()
        roles = guess_roles(tracks.keypoints)
        said = ", ".join(f"{role} = {name}" for role, name in roles.names.items())
        return roles, (f"roles guessed by name: {said or 'none'}",)


def _common_length(table: KeypointTable | None, probe: VideoProbe | None, *, where: str) -> tuple[int, tuple[str, ...]]:
    """Return the number of frames of the recording, and what was done to get there."""
    lengths = {
        what: n for what, n in (("tracks", _rows(table)), ("video", probe.n_frames if probe else None)) if n is not None
    }
    if not min(lengths.values()):
        raise InputError("the recording has no frames", where=where, expected="one or more", actual="none")
    if table is None or probe is None or _rows(table) == probe.n_frames:
        return min(lengths.values()), ()
    rows, frames = len(table.frames), probe.n_frames
    if abs(rows - frames) <= ALIGNED:
        return min(rows, frames), (f"tracks of {rows} frames and a video of {frames} were cut to the shorter",)
    if table.seen_only and rows < frames:
        return frames, (f"the tracks end at frame {rows}; in the {frames - rows} frames behind nothing was found",)
    raise InputError(
        "tracks and video differ in length",
        where=where,
        expected=f"{frames} frames, as the video has, give or take {ALIGNED}",
        actual=f"{rows} frames of tracks",
        remedy="give the video that was tracked, or tracks of all its frames",
    )


def _rows(table: KeypointTable | None) -> int | None:
    return None if table is None else len(table.frames)


def _rate(probe: VideoProbe) -> float:
    """Return the median number of frames per second."""
    return float(1 / np.median(np.diff(probe.times_s))) if probe.is_variable else probe.frame_rate_hz


def _timing_notes(probe: VideoProbe, rate: float, *, stated: float | None) -> Iterator[str]:
    if probe.is_variable:
        yield f"the frame rate varies, {rate:.4g} per second in the middle: times are the video's own"
    if probe.gaps:
        yield f"the video lacks {sum(missing for _, missing in probe.gaps)} frames at {len(probe.gaps)} places"
    if stated and abs(stated / rate - 1) > SAME_RATE:
        yield f"{stated:g} frames per second were stated; the video's timestamps say {rate:.4g}, and are used"


def _to_tracks(table: KeypointTable, times: FloatArray) -> Tracks:
    """Return the first frames of a table, and frames without points behind its end, as tracks at these times."""
    more = max(len(times) - len(table.frames), 0)
    points, confidence = table.points_px[: len(times)], table.confidence[: len(times)]
    if more:
        points = np.pad(points, ((0, more), (0, 0), (0, 0), (0, 0)), constant_values=np.nan)
        confidence = np.pad(confidence, ((0, more), (0, 0), (0, 0)), constant_values=np.nan)
    return Tracks(tuple(name or NAMELESS for name in table.individuals), table.keypoints, points, confidence, times)


def _extent(tracks: Tracks | None) -> tuple[int, int]:
    """Return (width, height) in px of the space from (0, 0) that the points cover."""
    if tracks is None or not tracks.present.any():
        return (0, 0)
    width, height = np.nanmax(tracks.points_px, axis=(0, 1, 2))
    return (int(np.ceil(width)) + 1, int(np.ceil(height)) + 1)
