"""A recording session, as paths and records: what was filmed, with which cameras, and what a person labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from behaviorvlm.types.camera import CameraGroup
from behaviorvlm.types.card import Card, Shown, lasting, named
from behaviorvlm.types.exemplar import Exemplar
from behaviorvlm.types.skeleton import Skeleton

VISIBLE = "visible"
FLUORESCENCE = "fluorescence"


@dataclass(frozen=True, eq=False, repr=False)
class RecordingSession(Shown):
    """Everything one pose run rests on. Opens no file.

    Attributes:
        name: Session name.
        folder: Path of the session folder.
        skeleton: The body plan.
        cameras: The rig, in mm.
        seeds: Hand-labelled views, each an `Exemplar` of kind ``seed``.
        videos: Camera name, then channel name, to path.
        n_timepoints: Number of synchronised instants.
        frame_rate_hz: Instants per second.
        frame_offsets: Camera name to the frame index that shows timepoint 0.
        candidate_files: Camera name to a file of unnamed points, for a rig without quantum dots.
        source_files: Every file the run depends on, path by role; they are hashed into the run.
    """

    name: str
    folder: str
    skeleton: Skeleton
    cameras: CameraGroup
    seeds: tuple[Exemplar, ...]
    videos: Mapping[str, Mapping[str, str]]
    n_timepoints: int
    frame_rate_hz: float
    frame_offsets: Mapping[str, int] = field(default_factory=dict)
    candidate_files: Mapping[str, str] = field(default_factory=dict)
    source_files: Mapping[str, str] = field(default_factory=dict)

    def card(self) -> Card:
        """Return what is shown of it."""
        skeleton = self.skeleton
        labelled = sorted({seed.timepoint for seed in self.seeds})
        channels = dict.fromkeys(channel for videos in self.videos.values() for channel in videos)
        facts = [
            ("folder", self.folder),
            ("timepoints", lasting(self.n_timepoints, self.frame_rate_hz)),
            ("cameras", named(self.cameras.names)),
            ("channels", ", ".join(channels) or f"none; dots come from {len(self.candidate_files)} files"),
            ("keypoints", named(skeleton.keypoints)),
            ("body regions", named(region.name for region in skeleton.regions)),
            ("seeds", f"{len(self.seeds)} views of timepoints {', '.join(map(str, labelled)) or 'none'}"),
        ]
        return Card(f"Recording session {self.name}", tuple(facts))
