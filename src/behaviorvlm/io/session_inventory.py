"""Everything a session folder holds, and everything that is wrong with it.

`session_folder.open_session` raises the first problem; the session check lists them all. Both go by this inventory, so
what passes the check opens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from behaviorvlm.errors import CalibrationError, InputError, SeedError, SessionError
from behaviorvlm.io import candidates, session_layout, session_videos
from behaviorvlm.io.calibration_file import read_calibration, read_camera_names
from behaviorvlm.io.opencv_calibration import storage_files
from behaviorvlm.io.seeds import SeedFile, read_seed_file, seed_faults
from behaviorvlm.io.session_settings import SETTINGS_FILE, SessionSettings, read_settings
from behaviorvlm.io.skeleton import read_skeleton
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.io.video_probe import VideoProbe, probe_video
from behaviorvlm.types import CameraGroup, Skeleton


@dataclass
class SessionInventory:
    """What was found so far; None or empty is what could not be found or read.

    Attributes:
        folder: Session folder.
        settings: Its ``session.toml``.
        name: Session name.
        skeleton: The body plan.
        calibration: Path of the calibration.
        camera_names: Names in the calibration, known even if it is not usable.
        cameras: The rig, in mm.
        videos: Camera, then channel, to path.
        probes: Camera and channel to what is in the video, for those that can be read.
        candidate_files: Camera to path.
        seed_files: Hand labels by camera, those that can be read.
        n_timepoints: Number of synchronised instants.
        frame_rate_hz: Instants per second.
        problems: What is wrong, root causes first.
    """

    folder: Path
    settings: SessionSettings = field(default_factory=SessionSettings)
    name: str = ""
    skeleton: Skeleton | None = None
    calibration: Path | None = None
    camera_names: tuple[str, ...] = ()
    cameras: CameraGroup | None = None
    videos: dict[str, dict[str, Path]] = field(default_factory=dict)
    probes: dict[tuple[str, str], VideoProbe] = field(default_factory=dict)
    candidate_files: dict[str, Path] = field(default_factory=dict)
    seed_files: list[SeedFile] = field(default_factory=list)
    n_timepoints: int | None = None
    frame_rate_hz: float | None = None
    problems: list[InputError] = field(default_factory=list)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note an input error raised in the block instead of passing it on."""
        try:
            yield
        except InputError as error:
            self.problems.append(error)

    @property
    def source_files(self) -> dict[str, str]:
        """Every file the session rests on, path by role."""
        files = {"skeleton": self.folder / self.settings.skeleton}
        if (self.folder / SETTINGS_FILE).exists():
            files["session"] = self.folder / SETTINGS_FILE
        if self.calibration and self.calibration.is_dir():
            files |= {f"calibration/{path.name}": path for path in storage_files(self.calibration)}
        elif self.calibration:
            files["calibration"] = self.calibration
        files |= {f"seeds/{seeds.camera}": seeds.path for seeds in self.seed_files}
        files |= {f"videos/{cam}/{channel}": path for cam, by in self.videos.items() for channel, path in by.items()}
        files |= {f"candidates/{camera}": path for camera, path in self.candidate_files.items()}
        return {role: str(path) for role, path in files.items()}


def take_inventory(folder: Path) -> SessionInventory:
    """Return what a session folder holds. Raises nothing over what a user can mend: see its `problems`."""
    found = SessionInventory(folder.absolute())
    if not folder.is_dir():
        found.problems.append(
            SessionError("no such session folder", where=str(folder), expected="a folder", actual="nothing there")
        )
        return found
    with found.noting():
        found.settings = read_settings(found.folder)
    with found.noting():
        found.skeleton = read_skeleton(found.folder / found.settings.skeleton)
    with found.noting():
        found.calibration = _find_calibration(found)
        found.camera_names = read_camera_names(found.calibration)
    found.name = found.settings.name or found.folder.name
    if found.camera_names:
        for step in (_name_cameras, _find_videos, _probe_videos, _read_rig, _measure, _read_seeds):
            with found.noting():
                step(found)
    return found


def _find_calibration(found: SessionInventory) -> Path:
    if found.settings.calibration.path:
        return found.folder / found.settings.calibration.path
    usual = session_layout.calibration_path(found.folder)
    others = sorted(found.folder.glob("*.mat"))
    if usual.exists() or len(others) != 1:
        if not usual.exists():
            raise CalibrationError(
                "no calibration",
                where=str(found.folder),
                expected="calibration.toml (anipose), or one .mat file (DANNCE, Label3D)",
                actual=", ".join(path.name for path in others) or "none",
                remedy="put it there, or give its path under [calibration] in session.toml",
            )
        return usual
    return others[0]


def _name_cameras(found: SessionInventory) -> None:
    """Note the cameras ``session.toml`` names that the calibration does not have."""
    for camera, table in found.settings.cameras_named.items():
        if camera not in found.camera_names:
            found.problems.append(
                SessionError(
                    f"session.toml names camera {camera}, which is not in the calibration",
                    where=f"{found.folder / SETTINGS_FILE}, [{table}]",
                    expected=", ".join(found.camera_names),
                    actual=camera,
                    remedy=did_you_mean(camera, found.camera_names),
                )
            )


def _find_videos(found: SessionInventory) -> None:
    overrides = {camera: _paths(found, channels) for camera, channels in found.settings.videos.items()}
    claimed = {path.resolve() for channels in overrides.values() for path in channels.values()}
    free = [path for path in session_layout.find_videos(found.folder) if path.resolve() not in claimed]
    parsed = {path: session_layout.parse_video_name(path, found.camera_names) for path in free}
    named = [name for name in parsed.values() if name]
    found.videos, faults = session_videos.pair_videos(named, overrides)
    found.candidate_files = _usual_candidates(found) | _paths(found, found.settings.candidates)
    faults += [_no_candidates(path) for path in found.candidate_files.values() if not path.is_file()]
    unclaimed = [path for path, name in parsed.items() if not name]
    without = set(found.candidate_files)
    faults += session_videos.pairing_faults(found.camera_names, found.videos, unclaimed=unclaimed, without=without)
    faults += session_videos.name_fault(named)
    if not found.videos and not unclaimed and set(found.camera_names) - without:
        faults.append(
            SessionError(
                "no videos",
                where=str(found.folder),
                expected=f"{session_videos.PATTERN}, or candidates/candidates_<camera>.csv of every camera",
                actual=f"candidates of {', '.join(without)}" if without else "neither",
            )
        )
    found.problems += faults
    found.name = found.settings.name or (named[0].session if named else found.folder.name)


def _usual_candidates(found: SessionInventory) -> dict[str, Path]:
    folder = found.folder / "candidates"
    return session_layout.find_named(folder, "candidates_", session_layout.CANDIDATE_ENDINGS)


def _paths(found: SessionInventory, names: Mapping[str, str]) -> dict[str, Path]:
    return {key: found.folder / name for key, name in names.items()}


def _probe_videos(found: SessionInventory) -> None:
    for camera in found.camera_names:
        for channel, path in found.videos.get(camera, {}).items():
            with found.noting():
                found.probes[camera, channel] = probe_video(path)


def _read_rig(found: SessionInventory) -> None:
    if found.calibration is None:
        return
    settings = found.settings.calibration
    sizes = dict.fromkeys(found.camera_names, settings.image_size) if settings.image_size else {}
    known = {name: size for name, size in sizes.items() if size}
    known |= {camera: probe.image_size for (camera, _), probe in found.probes.items()}
    found.cameras = read_calibration(found.calibration, units=settings.units, image_size=known)
    found.problems += session_videos.size_faults(found.probes, found.cameras)


def _measure(found: SessionInventory) -> None:
    """Find out number and rate of the timepoints."""
    settings, offsets = found.settings, found.settings.frame_offsets
    found.problems += session_videos.length_faults(
        found.probes, offsets, n_timepoints=settings.n_timepoints, folder=found.folder
    )
    found.n_timepoints, found.frame_rate_hz = settings.n_timepoints, settings.frame_rate_hz
    if found.probes:
        usable = [probe.n_frames - offsets.get(camera, 0) for (camera, _), probe in found.probes.items()]
        found.n_timepoints = found.n_timepoints or min(usable)
        found.frame_rate_hz = found.frame_rate_hz or median(probe.frame_rate_hz for probe in found.probes.values())
    elif not found.videos:
        files = found.candidate_files.items()
        counts = [candidates.count_frames(path) - offsets.get(camera, 0) for camera, path in files]
        found.n_timepoints = found.n_timepoints or max(counts, default=0) or None
        if not found.frame_rate_hz:
            raise SessionError(
                "the frame rate is not known",
                where=str(found.folder / SETTINGS_FILE),
                expected="frame_rate_hz, because the session has no videos",
                actual="none",
                remedy="add frame_rate_hz = 30.0 (or what it was) to session.toml",
            )


def _read_seeds(found: SessionInventory) -> None:
    if found.skeleton is None:
        return
    paths = session_layout.find_named(found.folder / "seeds", "CollectedData_", (".csv",))
    strange = sorted(set(paths) - set(found.camera_names))
    paths = {name: paths[name] for name in found.camera_names if name in paths} | _paths(found, found.settings.seeds)
    lacking = [name for name in found.camera_names if name not in paths]
    if strange or lacking:
        found.problems.append(_unpaired_seeds(found, strange=strange, lacking=lacking))
    for camera in found.camera_names:
        if camera in paths:
            offset = found.settings.frame_offsets.get(camera, 0)
            with found.noting():
                found.seed_files.append(
                    read_seed_file(paths[camera], camera=camera, skeleton=found.skeleton, frame_offset=offset)
                )
    found.problems += seed_faults(found.seed_files, n_timepoints=found.n_timepoints)


def _no_candidates(path: Path) -> SessionError:
    return SessionError(
        "no such file of candidates",
        where=str(path),
        expected="a CSV or .h5 file",
        actual="nothing",
        remedy="correct its path under [candidates] in session.toml",
    )


def _unpaired_seeds(found: SessionInventory, *, strange: list[str], lacking: list[str]) -> SeedError:
    return SeedError(
        "cameras and seed files do not fit together",
        where=str(found.folder / "seeds"),
        expected=f"CollectedData_<camera>.csv for {', '.join(found.camera_names)}",
        actual=f"cameras without seeds: {', '.join(lacking) or 'none'}; "
        f"seeds without a camera: {', '.join(strange) or 'none'}",
        remedy="rename the files, or give their places under [seeds] in session.toml; a camera that saw nothing needs "
        "a file with blank cells",
    )
