"""The pose pipeline: pixels in, records out. Every finished block is kept, and found again by the next run.

Order: candidates (block by block) -> survey of the whole video -> the animal's shape from the seeds -> cuts ->
stretches (stages 1 to 4) -> optionally the calibration, and every stretch triangulated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from behaviorvlm.errors import InputError, SettingsError
from behaviorvlm.pose.annotator import PoseAnnotator, decider
from behaviorvlm.pose.body_limits import limits_of
from behaviorvlm.pose.body_shape import BodyShape, learn_body_shape
from behaviorvlm.pose.calibration_refinement import refine_calibration
from behaviorvlm.pose.candidate_detection import Survey, detect_candidates, measure_threshold, survey_candidates
from behaviorvlm.pose.chunks import SEARCH_TIMEPOINTS, Anchor, nominal_cuts, place_cuts, stretches
from behaviorvlm.pose.escalated_naming import EscalatedNaming
from behaviorvlm.pose.exemplars import SeedPoses, triangulate_seeds
from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
from behaviorvlm.pose.records import Record, block_key, pack_candidates, pack_survey, unpack_candidates, unpack_survey
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.stretch_naming import (
    Scene,
    StretchJob,
    StretchResult,
    always,
    geometric_scene,
    name_stretch,
    settle_anchor,
    trusted_poses,
)
from behaviorvlm.pose.together import ONE_BY_ONE, OneByOne, Together
from behaviorvlm.pose.workers import Workers
from behaviorvlm.types import CandidateSet, FrameSource, RecordingSession, ResultSink

Progress = Callable[[str, int, int], None]
Named = tuple[StretchJob, StretchResult, Record]
GivenCandidates = Mapping[str, Sequence[CandidateSet]]

SURVEY_TIMEPOINTS = 240
"""Timepoints, spread over the video, from which specks and floor are learnt."""
SHAPE_TIMEPOINTS = 120
"""Timepoints on each side of the first seed from which a long video's shape is learnt."""
SHAPE_TEMPLATES = 8
STRETCHES_AT_ONCE = 2
"""Stretches under way together while a model is asked: one waits for answers while another is settled."""
SURE_VIEWS, SURE_MARGIN = 3, 3.0
"""What makes a keypoint certain enough to learn the shape from."""


def run_pose(
    session: RecordingSession,
    *,
    source: FrameSource | None,
    sink: ResultSink,
    settings: PoseSettings,
    workers: int = 1,
    progress: Progress = lambda stage, done, total: None,
    candidates: GivenCandidates | None = None,
    annotator: PoseAnnotator | None = None,
    together: Together = ONE_BY_ONE,
    admits: Callable[[], bool] = always,
) -> None:
    """Run the pipeline, or what is left of it, into a sink.

    Args:
        session: What was filmed.
        source: Where pixels come from; not needed where candidates are given.
        sink: Where results go; only called in this process.
        settings: What is asked for.
        workers: Number of processes; the result does not depend on it.
        progress: Told the stage, and how much of how much of it is done.
        candidates: Camera name to one candidate set per timepoint, instead of detection.
        annotator: Who answers stages 1 to 3; geometry if none is given.
        together: Whether independent questions are asked side by side, as a model's should be.
        admits: Whether the budget allows another question.

    Raises:
        InputError: If something the user gave cannot be used.
        RunError: If the sink cannot keep or find a result.
    """
    with Workers(workers) as pool:
        run = _Run(session, source, sink, settings, pool, progress)
        run.keep_candidates(candidates)
        seeds = triangulate_seeds(session)
        survey = run.survey(seeds)
        who = annotator or GeometricPoseAnnotator()
        shape = learn_body_shape(seeds.points_mm, session.skeleton.mirror_indices)
        source = source if who.needs_pixels else None
        scene = Scene(session, settings, seeds, shape, survey, who, source, together, admits)
        cuts = run.nominal_cuts()
        if cuts:
            scene = replace(scene, shape=run.learn_shape(scene))
        run.keep_limits(scene)
        run.name(scene, run.settle_cuts(scene, cuts))
        if settings.refine_calibration:
            refine_calibration(session, sink, run.stretch_keys(), gate_px=seeds.gate_px)


@dataclass(frozen=True, eq=False)
class _DetectionJob:
    source: FrameSource
    camera: str
    settings: PoseSettings
    threshold_dn: float
    timepoints: tuple[int, int]


@dataclass(frozen=True, eq=False)
class _ThresholdJob:
    source: FrameSource
    camera: str
    settings: PoseSettings


def _detect(job: _DetectionJob) -> list[CandidateSet]:
    return detect_candidates(
        job.source, job.camera, job.settings, threshold_dn=job.threshold_dn, timepoints=job.timepoints
    )


def _measure(job: _ThresholdJob) -> tuple[float, float]:
    return measure_threshold(job.source, job.camera, job.settings)


@dataclass(eq=False)
class _Run:
    """One run under way: the phases that read from and write to the sink."""

    session: RecordingSession
    source: FrameSource | None
    sink: ResultSink
    settings: PoseSettings
    pool: Workers
    progress: Progress

    def __post_init__(self) -> None:
        first, last = self.settings.timepoints or (0, self.session.n_timepoints)
        if not 0 <= first < last <= self.session.n_timepoints:
            raise SettingsError(
                "the timepoints asked for are not in the session",
                expected=f"A:B with 0 <= A < B <= {self.session.n_timepoints}",
                actual=f"{first}:{last}",
            )
        self.first, self.last = first, last
        self.names = self.session.cameras.names
        size = self.settings.block_timepoints
        self.blocks = [(start, min(start + size, last)) for start in range(first, last, size)]

    # Candidates ---------------------------------------------------------------------------------------------------

    def keep_candidates(self, given: GivenCandidates | None) -> None:
        """Detect, or take over, the candidates of every block that is not kept yet."""
        left = [block for block in self.blocks if self.sink.load("candidates", block_key(*block)) is None]
        done = len(self.blocks) - len(left)
        self.progress("candidates", done, len(self.blocks))
        for block, sets in self._given(left, given) if given is not None else self._detected(left):
            self.sink.save("candidates", block_key(*block), pack_candidates(sets, self.names))
            done += 1
            self.progress("candidates", done, len(self.blocks))

    def _given(
        self, blocks: Sequence[tuple[int, int]], given: GivenCandidates
    ) -> Iterator[tuple[tuple[int, int], list[CandidateSet]]]:
        self._refuse_incomplete(given)
        for start, stop in blocks:
            yield (start, stop), [view for name in self.names for view in given[name][start:stop]]

    def _refuse_incomplete(self, given: GivenCandidates) -> None:
        for name in self.names:
            if len(given.get(name, ())) < self.last:
                raise InputError(
                    f"camera {name} lacks candidates",
                    expected=f"one set for each of {self.last} timepoints",
                    actual=f"{len(given[name])} sets" if name in given else "none at all",
                    remedy="give a file of candidates for every camera, as long as the session",
                )

    def _detected(self, blocks: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], list[CandidateSet]]]:
        if not blocks:
            return
        source = self._source()
        thresholds = self._thresholds(source)
        jobs = (
            _DetectionJob(source, name, self.settings, thresholds[name], block)
            for block in blocks
            for name in self.names
        )
        sets: list[CandidateSet] = []
        for number, (job, found) in enumerate(self.pool.map(_detect, jobs), 1):
            sets += found
            if number % len(self.names) == 0:
                yield job.timepoints, sets
                sets = []

    def _thresholds(self, source: FrameSource) -> dict[str, float]:
        """Return each camera's threshold in DN, measured once per run."""
        kept = self.sink.load("thresholds", "all")
        if kept is None:
            jobs = [_ThresholdJob(source, name, self.settings) for name in self.names]
            measured = np.array([found for _, found in self.pool.map(_measure, jobs)])
            kept = {"noise_dn": measured[:, 0], "threshold_dn": measured[:, 1]}
            self.sink.save("thresholds", "all", kept)
        return dict(zip(self.names, kept["threshold_dn"].tolist(), strict=True))

    def _source(self) -> FrameSource:
        if self.source is None:
            raise InputError(
                "there is nothing to find dots in",
                expected="videos, or candidate files in session.toml",
                actual="neither",
            )
        return self.source

    def _load(self, first: int, last: int) -> list[list[CandidateSet]]:
        """Return the kept candidates of [first, last)."""
        found: list[list[CandidateSet]] = []
        for start, stop in self.blocks:
            low, high = max(start, first), min(stop, last)
            if low < high:
                record = self.sink.load("candidates", block_key(start, stop)) or {}
                found += unpack_candidates(record, self.names, timepoints=(low, high))
        return found

    # The whole video ----------------------------------------------------------------------------------------------

    def survey(self, seeds: SeedPoses) -> Survey:
        """Return what the whole video says about its dots, learnt once per run."""
        kept = self.sink.load("survey", "all")
        if kept is None:
            rows = np.unique(np.linspace(self.first, self.last - 1, SURVEY_TIMEPOINTS).astype(np.int64))
            sampled = [self._load(row, row + 1)[0] for row in rows.tolist()]
            kept = pack_survey(survey_candidates(sampled, self.session.cameras, gate_px=seeds.gate_px))
            self.sink.save("survey", "all", kept)
        return unpack_survey(kept, len(self.names))

    def nominal_cuts(self) -> list[int]:
        """Return where the video would be cut."""
        return nominal_cuts(self.first, self.last, self.settings.chunk_timepoints)

    def learn_shape(self, scene: Scene) -> BodyShape:
        """Return the shape from the seeds and from what can be tracked beyond doubt around the first of them."""
        kept = self.sink.load("shape", "all")
        if kept is None:
            middle = int(np.clip(scene.seeds.timepoints[0], self.first, self.last - 1))
            around = max(self.first, middle - SHAPE_TIMEPOINTS), min(self.last, middle + SHAPE_TIMEPOINTS)
            job = StretchJob(scene, around, self._load(*around), self._seed_anchors(scene))
            tracked = trusted_poses(job, least_views=SURE_VIEWS, least_margin=SURE_MARGIN)
            rich = np.isfinite(tracked[..., 0]).mean(axis=1) >= 0.5
            kept = {"poses_mm": np.concatenate([scene.seeds.points_mm, tracked[rich]])}
            self.sink.save("shape", "all", kept)
        return learn_body_shape(kept["poses_mm"].astype(np.float64), scene.shape.mirror, n_templates=SHAPE_TEMPLATES)

    def keep_limits(self, scene: Scene) -> None:
        """Keep by what flags of jumps and bones are raised, and which keypoints cannot be named; once per run."""
        if self.sink.load("limits", "all") is None:
            limits = limits_of(scene.shape, self.session.skeleton.edge_indices)
            self.sink.save("limits", "all", limits.packed())
        if self.sink.load("limits", "sideless") is None and not self.settings.named_by_sight:
            self.sink.save("limits", "sideless", {"sideless": scene.shape.sideless})

    # Stretches ----------------------------------------------------------------------------------------------------

    def settle_cuts(self, scene: Scene, nominal: Sequence[int]) -> list[Anchor | None]:
        """Return the anchor found at each nominal cut, or None; kept one by one."""
        left = [place for place in nominal if self.sink.load("cuts", block_key(place, place)) is None]
        self.progress("cuts", len(nominal) - len(left), len(nominal))
        # A cut is looked for before the next one only: two cuts must not meet, or pass each other.
        ends = dict(pairwise([*nominal, self.last]))
        jobs = (self._cut_job(scene, place, ends[place]) for place in left)
        for number, (job, anchor) in enumerate(self.pool.map(settle_anchor, jobs), 1):
            place = job.timepoints[0]
            nowhere = Anchor(-1, np.full((len(self.session.skeleton), 3), np.nan), 0.0)
            found = anchor or nowhere
            record = {
                "timepoint": np.array([found.timepoint]),
                "points_mm": found.points_mm,
                "lead": np.array([found.lead]),
            }
            self.sink.save("cuts", block_key(place, place), record)
            self.progress("cuts", len(nominal) - len(left) + number, len(nominal))
        return [self._kept_cut(place) for place in nominal]

    def _cut_job(self, scene: Scene, place: int, end: int) -> StretchJob:
        around = place, min(place + SEARCH_TIMEPOINTS, end)
        return StretchJob(geometric_scene(scene), around, self._load(*around))

    def _kept_cut(self, place: int) -> Anchor | None:
        record = self.sink.load("cuts", block_key(place, place)) or {}
        timepoint = int(record["timepoint"][0])
        if timepoint < 0:
            return None
        return Anchor(timepoint, record["points_mm"].astype(np.float64), float(record["lead"][0]))

    def name(self, scene: Scene, found: Sequence[Anchor | None]) -> None:
        """Name every stretch that is not kept yet."""
        cuts = place_cuts(self.nominal_cuts(), found)
        anchors = [*self._seed_anchors(scene), *(anchor for anchor in found if anchor is not None)]
        todo = stretches(self.first, self.last, cuts)
        left = [one for one in todo if self.sink.load("poses", block_key(*one)) is None]
        self.progress("poses", len(todo) - len(left), len(todo))
        jobs = (StretchJob(scene, one, self._load(*one), anchors) for one in left)
        with self._named(scene, jobs) as named:
            for number, (job, result, decisions) in enumerate(named, 1):
                key = block_key(*job.timepoints)
                if decisions:
                    self.sink.save("decisions", key, decisions)
                self.sink.save("flags", key, result.flags)
                self.sink.save("views", key, result.views)
                self.sink.save("poses", key, result.poses)
                self.progress("poses", len(todo) - len(left) + number, len(todo))

    @contextmanager
    def _named(self, scene: Scene, jobs: Iterator[StretchJob]) -> Iterator[Iterator[Named]]:
        """Give the stretches as they are named: by processes, or by threads where the annotator waits for a model."""
        if self.settings.annotator == "auto":
            yield EscalatedNaming(scene, decider(scene.annotator), self.pool).map(jobs)
        elif isinstance(scene.together, OneByOne):
            yield ((job, result, {}) for job, result in self.pool.map(name_stretch, jobs))
        else:
            with Workers(STRETCHES_AT_ONCE, threads=True) as pool:
                yield ((job, result, {}) for job, result in pool.map(name_stretch, jobs))

    def stretch_keys(self) -> list[str]:
        """Return the keys of all stretches, in order."""
        found = [self._kept_cut(place) for place in self.nominal_cuts()]
        return [block_key(*one) for one in stretches(self.first, self.last, place_cuts(self.nominal_cuts(), found))]

    def _seed_anchors(self, scene: Scene) -> list[Anchor]:
        return [
            Anchor(int(timepoint), scene.seeds.points_mm[row], float("inf"))
            for row, timepoint in enumerate(scene.seeds.timepoints)
        ]
