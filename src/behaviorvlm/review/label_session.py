"""A session that is being labelled: what was filmed, its dots, which timepoints to label, and the seeds so far."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np

from behaviorvlm.errors import SeedError, SettingsError, VideoError
from behaviorvlm.geometry.correspondence import match_views
from behaviorvlm.io.seeds import exemplars, seed_points, write_seeds
from behaviorvlm.io.session_folder import read_session_candidates
from behaviorvlm.io.session_inventory import SessionInventory, take_inventory
from behaviorvlm.io.session_layout import seeds_path
from behaviorvlm.io.video import VideoFrameSource
from behaviorvlm.pose.candidate_detection import detect_candidates, measure_threshold
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.review.diverse_timepoints import diverse_timepoints
from behaviorvlm.types import CandidateSet, Exemplar, FloatArray, IntArray, RecordingSession

N_SEEDS = 3
N_LOOKED_AT = 16
"""Timepoints, spread over the video, of which the most diverse are suggested."""
GATE_SHARE = 0.004
"""Share of the picture's width within which views agree on a point, where no seed says better."""
FIRM_VIEWS = 3
KEPT = 256


class LabelSession:
    """A session under labelling.

    Attributes:
        session: What was filmed; its seeds are what was labelled before.
    """

    def __init__(self, session: RecordingSession) -> None:
        self.session = session
        self._source = VideoFrameSource(session) if session.videos else None
        self._given = read_session_candidates(session)
        self._settings = PoseSettings()
        self.dots = lru_cache(KEPT)(self._dots)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a session folder that may have no seeds yet.

        Raises:
            InputError: If anything but its seeds is not as it should be; or a file of seeds cannot be read, which
                writing would lose.
        """
        found = take_inventory(folder)
        lost = {name for name in found.camera_names if seeds_path(found.folder, name).is_file()}
        lost -= {file.camera for file in found.seed_files}
        for problem in found.problems:
            if lost or not isinstance(problem, SeedError):
                raise problem
        return cls(_session(found))

    def suggested(self) -> IntArray:
        """Return the timepoints to label, (timepoint,) int64: those labelled before, filled up with diverse ones."""
        labelled, _ = seed_points(self.session.seeds, self.session.cameras)
        lacking = N_SEEDS - len(labelled)
        if lacking <= 0:
            return labelled
        places = np.linspace(0, self.session.n_timepoints - 1, N_LOOKED_AT + 2)[1:-1]
        looked_at = np.setdiff1d(np.unique(places.round().astype(np.int64)), labelled)
        chosen = looked_at[diverse_timepoints([self._cloud(int(one)) for one in looked_at], count=lacking)]
        return np.sort(np.concatenate([labelled, chosen]))

    def labels(self) -> dict[int, FloatArray]:
        """Return what was labelled before: timepoint to (camera, keypoint, 2) float64 px, NaN = not labelled."""
        timepoints, points = seed_points(self.session.seeds, self.session.cameras)
        return {int(timepoint): points[row].copy() for row, timepoint in enumerate(timepoints)}

    def write(self, labels: dict[int, FloatArray]) -> int:
        """Write labelled timepoints as seeds, and return how many they are.

        Args:
            labels: Timepoint to (camera, keypoint, 2) float64 px, NaN = not labelled.

        Raises:
            SettingsError: If nothing is labelled: an empty file would only hide that.
            RunStorageError: If the disk refuses.
        """
        known = {timepoint: points for timepoint, points in sorted(labels.items()) if np.isfinite(points).any()}
        if not known:
            raise SettingsError("nothing is labelled yet", where=self.session.folder, expected="a point in some view")
        names = self.session.cameras.names
        views = [
            Exemplar(timepoint, names[c], points[c]) for timepoint, points in known.items() for c in range(len(names))
        ]
        write_seeds(
            Path(self.session.folder), views, skeleton=self.session.skeleton, session=self.session.name,
            frame_offsets=self.session.frame_offsets,
        )  # fmt: skip
        return len(known)

    def _dots(self, timepoint: int) -> tuple[CandidateSet, ...]:
        return tuple(self._dots_of(camera, timepoint) for camera in self.session.cameras.names)

    def _dots_of(self, camera: str, timepoint: int) -> CandidateSet:
        if camera in self._given:
            return self._given[camera][timepoint]
        nothing = CandidateSet.from_points(timepoint, camera, np.zeros((0, 2)))
        if self._source is None or self._settings.channel not in self._source.channels(camera):
            return nothing
        try:
            threshold = self._threshold(camera)
            found = detect_candidates(
                self._source, camera, self._settings, threshold_dn=threshold, timepoints=(timepoint, timepoint + 1)
            )
        except VideoError:
            return nothing  # the view says so itself, in place of its picture
        return found[0]

    @lru_cache(KEPT)  # noqa: B019  # one session for the whole process
    def _threshold(self, camera: str) -> float:
        if self._source is None:
            return 0.0
        return measure_threshold(self._source, camera, self._settings)[1]

    def _cloud(self, timepoint: int) -> FloatArray:
        cameras = self.session.cameras
        gate_px = GATE_SHARE * float(np.median([camera.image_size[0] for camera in cameras]))
        points = match_views(self.dots(timepoint), cameras, gate_px=gate_px)
        firm = (points.numbers >= 0).sum(axis=1) >= min(FIRM_VIEWS, len(cameras))
        return np.asarray(points.points_mm[firm])


def _session(found: SessionInventory) -> RecordingSession:
    if not (found.skeleton and found.cameras and found.n_timepoints and found.frame_rate_hz):
        raise SettingsError("the session is empty", where=str(found.folder), expected="timepoints", actual="none")
    return RecordingSession(
        name=found.name,
        folder=str(found.folder),
        skeleton=found.skeleton,
        cameras=found.cameras,
        seeds=exemplars(found.seed_files),
        videos={camera: {name: str(path) for name, path in by.items()} for camera, by in found.videos.items()},
        n_timepoints=found.n_timepoints,
        frame_rate_hz=found.frame_rate_hz,
        frame_offsets=dict(found.settings.frame_offsets),
        candidate_files={camera: str(path) for camera, path in found.candidate_files.items()},
        source_files=found.source_files,
    )
