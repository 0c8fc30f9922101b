"""The behavior pipeline: tracks and pictures in, an ethogram out. Whatever is finished is kept, and found again.

Order: every recording measured (stage 1) -> one scale over all -> clusters over all (stage 2) -> of each recording the
segments, cut where the describer sees a change, and their descriptions (stage 3) -> merges, the ethogram of the run,
bouts (stage 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from behaviorvlm.behavior.annotator import ClipDescriber, CutsSegments, RecordingView, SegmentMerger
from behaviorvlm.behavior.clustering_stage import ClusteringStage
from behaviorvlm.behavior.feature_scaling import FeatureScaling
from behaviorvlm.behavior.feature_stage import FeatureStage
from behaviorvlm.behavior.kept_results import KeptResults, Progress, left_over
from behaviorvlm.behavior.naming_stage import NamingStage
from behaviorvlm.behavior.recording_kinematics import kinematics_of
from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.behavior.visual_stage import Looking, Recordings, VisualStage
from behaviorvlm.errors import InputError
from behaviorvlm.types import (
    AnyArray,
    ColorFrameSource,
    Recording,
    ResultSink,
    RowStore,
    Segment,
)

Pictures = Callable[[Recording], ColorFrameSource | None]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What another run learnt, so that the numbers of clusters mean the same here.

    Attributes:
        scaling: Its scale.
        clusters: Its clusters, as its journal holds them.
        content_hash: Their SHA-256.
        reduction: Its reduction of what an encoder saw, likewise; None = it did not look.
    """

    scaling: FeatureScaling
    clusters: Mapping[str, AnyArray]
    content_hash: str
    reduction: Mapping[str, AnyArray] | None = None


@dataclass(eq=False)
class BehaviorPipeline:
    """One run under way: the stages that read from and write to a sink.

    Attributes:
        recordings: Name of what is to be labelled to what reads it.
        sink: Where results go and are found again.
        rows: Where large tables go.
        settings: What is asked.
        pictures: Opens the video of a recording; None where it has none.
        progress: Told how far each stage is.
        threads: Processor threads of clustering.
    """

    recordings: Recordings
    sink: ResultSink
    rows: RowStore
    settings: BehaviorSettings
    pictures: Pictures
    progress: Progress = lambda stage, done, total: None
    threads: int = 1

    def __post_init__(self) -> None:
        self.names = list(self.recordings)
        self.kept = KeptResults(self.sink, self.rows)
        self._view: tuple[str, RecordingView] | None = None
        if not self.names:
            raise InputError("there is no recording", expected="files of tracks, videos, or a project that lists them")

    def measure(self, looking: Looking | None = None, fitted: Fitted | None = None) -> None:
        """Stage 1: measure and scale what is not yet.

        Args:
            looking: How pictures become features; None = they do not.
            fitted: What another run learnt; None = fitted here.

        Raises:
            InputError: If a recording cannot be read, or does not fit the others or the other run.
            RunError: If the sink cannot keep or find a result.
        """
        visual = None
        if looking is not None:
            visual = VisualStage(self.kept, self.progress, looking)
            visual.look(self.recordings)
            visual.reduce(self.names, None if fitted is None else fitted.reduction)
        stage = FeatureStage(self.kept, self.progress)
        tracked = "keypoints" in (self.settings.features or ("keypoints",))
        stage.measure(self.recordings, tracked=tracked, visual=visual)
        stage.scale(self.names, None if fitted is None else fitted.scaling)

    def cluster(self, fitted: Fitted | None = None) -> None:
        """Stage 2: find clusters, and how far every frame belongs to each."""
        stage = self._clustering
        stage.fit(self.names, None if fitted is None else fitted.clusters)
        stage.assign(self.names)

    def name(self, describer: ClipDescriber, merger: SegmentMerger) -> None:
        """The end of stage 2, and stages 3 and 4: cut, describe and merge what is not yet.

        Raises:
            ModelError: If a model cannot be reached any more; what is finished stays.
        """
        clustering, naming = self._clustering, NamingStage(self.kept, self.progress)
        done = partial(self.kept.has, "descriptions")
        for name in left_over(self.names, done, stage="descriptions", progress=self.progress):
            clustering.segment(name, partial(self._cut, describer))
            naming.describe(name, describer, self.view, close=self._close)  # while the recording is still open
        naming.merge(self.names, merger)
        naming.write_ethogram(self.names, merger)

    @property
    def _clustering(self) -> ClusteringStage:
        return ClusteringStage(self.kept, self.settings, self.progress, self.threads)

    def view(self, name: str) -> RecordingView:
        """Return what an annotator may look at in a recording; the last one is kept."""
        if self._view is None or self._view[0] != name:
            recording = self.recordings[name]()
            features = self.kept.table("scaled", name)
            view = RecordingView(recording, kinematics_of(recording), features, self.pictures(recording))
            self._view = name, view
        return self._view[1]

    def _close(self) -> None:
        self._view = None

    def _cut(self, describer: ClipDescriber, name: str, segments: Sequence[Segment]) -> list[Segment]:
        """Return the segments cut where a describer that can tell says something else."""
        if not isinstance(describer, CutsSegments):
            return list(segments)
        view = self.view(name)
        min_frames = max(round(self.settings.min_split_s * view.recording.frame_rate_hz), 1)
        return describer.split_at_changes(view, segments, min_frames=min_frames)
