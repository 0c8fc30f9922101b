"""Which video belongs to which camera, and whether all of them fit the rig and one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from behaviorvlm.errors import InputError, SessionError, VideoError
from behaviorvlm.io.session_layout import VideoName
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.io.video_probe import VideoProbe
from behaviorvlm.types import VISIBLE, CameraGroup

PATTERN = "videos/<session>_<camera>_<channel>.mp4"
Probes = Mapping[tuple[str, str], VideoProbe]
"""Camera and channel to what is in the video."""


def pair_videos(
    named: Sequence[VideoName], overrides: Mapping[str, Mapping[str, Path]]
) -> tuple[dict[str, dict[str, Path]], list[InputError]]:
    """Return the videos by camera and channel, and what is wrong with their names.

    Args:
        named: Videos whose names say camera and channel.
        overrides: Videos that ``session.toml`` names, by camera and channel; they go before the others.
    """
    videos: dict[str, dict[str, Path]] = defaultdict(dict)
    faults: list[InputError] = []
    for name in named:
        earlier = videos[name.camera].setdefault(name.channel, name.path)
        if earlier != name.path and name.channel not in overrides.get(name.camera, {}):
            faults.append(
                SessionError(
                    f"camera {name.camera} has two {name.channel} videos",
                    where=str(name.path.parent),
                    expected="one video per camera and channel, all of one session",
                    actual=f"{earlier.name} and {name.path.name}",
                    remedy="move one of them away, or name the right one under [videos] in session.toml",
                )
            )
    for camera, channels in overrides.items():
        videos[camera].update(channels)
    return dict(videos), faults


def pairing_faults(
    cameras: Sequence[str], videos: Mapping[str, Mapping[str, Path]], *, unclaimed: Sequence[Path], without: set[str]
) -> Iterator[InputError]:
    """Yield cameras without videos, videos without cameras, and channels that only some cameras have.

    Args:
        cameras: Names in the calibration.
        videos: The videos by camera and channel.
        unclaimed: Video files that name no camera of the calibration.
        without: Cameras that need no video, because their candidates come from a file.
    """
    lonely = [name for name in cameras if name not in videos and name not in without]
    if unclaimed or (lonely and videos):
        yield SessionError(
            "cameras and videos do not fit together",
            where=str(unclaimed[0].parent) if unclaimed else "",
            expected=f"one of the calibration's cameras in each name, {PATTERN}: {', '.join(cameras)}",
            actual=f"cameras without a video: {', '.join(lonely) or 'none'}; "
            f"videos without a camera: {', '.join(path.name for path in unclaimed) or 'none'}",
            remedy="rename the videos, or name their places under [videos.<camera>] in session.toml",
        )
    for channel in sorted({channel for channels in videos.values() for channel in channels} - {VISIBLE}):
        having = [name for name in cameras if channel in videos.get(name, {})]
        lacking = [name for name in cameras if name in videos and name not in [*having, *without]]
        if lacking:
            yield SessionError(
                f"not every camera has a {channel} video",
                expected=f"a {channel} video of {', '.join(lacking)}, as of {', '.join(having)}",
                actual="; ".join(f"{name} has {', '.join(videos[name])}" for name in lacking),
                remedy=did_you_mean(channel, [c for name in lacking for c in videos[name]]) or "add the missing videos",
            )


def name_fault(named: Sequence[VideoName]) -> Iterator[InputError]:
    """Yield an error if the videos belong to more than one session."""
    sessions = sorted({name.session for name in named})
    if len(sessions) > 1:
        yield SessionError(
            "videos of more than one session in one folder",
            where=str(named[0].path.parent),
            expected=f"one session name in all of {PATTERN}",
            actual=", ".join(sessions),
            remedy="give each session its own folder",
        )


def size_faults(probes: Probes, cameras: CameraGroup) -> Iterator[VideoError]:
    """Yield the videos whose pictures are not of the size their camera was calibrated at."""
    for (camera, _), probe in probes.items():
        expected = cameras[camera].image_size
        if probe.image_size != expected:
            yield VideoError(
                f"the video is not of the size camera {camera} was calibrated at",
                where=probe.path,
                expected=f"{expected[0]} x {expected[1]} px",
                actual=f"{probe.image_size[0]} x {probe.image_size[1]} px",
                remedy="use the calibration of this recording, or video that was not resized or cropped",
            )


def length_faults(
    probes: Probes, offsets: Mapping[str, int], *, n_timepoints: int | None, folder: Path
) -> Iterator[InputError]:
    """Yield offsets outside the videos, and videos that differ in length or are shorter than `n_timepoints`."""
    usable = {place: probe.n_frames - offsets.get(place[0], 0) for place, probe in probes.items()}
    for (camera, _), probe in probes.items():
        if not 0 <= offsets.get(camera, 0) < probe.n_frames:
            yield SessionError(
                f"the frame offset of camera {camera} lies outside its video",
                where=f"{folder / 'session.toml'}, frame_offsets.{camera}",
                expected=f"0 to {probe.n_frames - 1}",
                actual=str(offsets[camera]),
            )
    if n_timepoints is not None:
        for place, count in usable.items():
            if count < n_timepoints:
                yield VideoError(
                    "the video is shorter than n_timepoints",
                    where=probes[place].path,
                    expected=f"{n_timepoints} timepoints, as session.toml says",
                    actual=f"{count}",
                )
    elif len(set(usable.values())) > 1:
        yield VideoError(
            "the videos differ in length",
            where=str(folder),
            expected="as many frames in every video (after frame_offsets)",
            actual=_lengths(usable, probes),
            remedy="find out which frames are missing (behaviorvlm check lists dropped frames); if only the ends "
            "differ, set n_timepoints in session.toml, and frame_offsets if a camera began early",
        )


def _lengths(usable: Mapping[tuple[str, str], int], probes: Probes) -> str:
    parts = []
    for (camera, channel), count in usable.items():
        gaps = probes[camera, channel].gaps
        dropped = f" ({sum(missing for _, missing in gaps)} dropped)" if gaps else ""
        parts.append(f"{camera} {channel} {count}{dropped}")
    return ", ".join(parts)
