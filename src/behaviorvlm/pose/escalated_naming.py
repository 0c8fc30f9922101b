"""The annotator ``auto``: geometry names, the model is asked where that hesitates, what it voted on is settled again.

Naming needs processors and asking needs patience, so they take turns: a group of stretches is named by the workers, its
doubts are put to the model together, and the stretches about which there are votes go to the workers again. What is in
doubt then is asked, and named, once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from behaviorvlm.pose.annotator import DecidingAnnotator, Decision, DecisionQuestion
from behaviorvlm.pose.doubts import Doubts
from behaviorvlm.pose.escalation import MOST_READINGS, TURNS, Escalation, Inquiry, escalate
from behaviorvlm.pose.exemplars import seed_exemplars
from behaviorvlm.pose.records import Record
from behaviorvlm.pose.stretch_naming import Scene, StretchJob, StretchResult, geometric_scene, name_again, name_stretch
from behaviorvlm.pose.view_pictures import SourcePictures
from behaviorvlm.pose.workers import Workers
from behaviorvlm.types import Exemplar, View

GROUP = 4
"""Stretches per worker that are asked about together."""
KINDS = ("side", "dot", "audit")


@dataclass(eq=False)
class EscalatedNaming:
    """Names stretches with a model to turn to.

    Attributes:
        scene: What holds for the run; its annotator decides.
        decider: The same, as who decides.
        pool: The workers.
    """

    scene: Scene
    decider: DecidingAnnotator
    pool: Workers
    _pictures: SourcePictures | None = field(init=False)
    _seeds: dict[str, tuple[Exemplar, ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._pictures = None if self.scene.source is None else SourcePictures(self.scene.source)

    def map(self, jobs: Iterable[StretchJob]) -> Iterator[tuple[StretchJob, StretchResult, Record]]:
        """Yield each job with its result and the decisions it rests on, in the order of the jobs."""
        plain = geometric_scene(self.scene)
        coming = (replace(job, scene=plain) for job in jobs)
        while group := list(islice(coming, GROUP * self.pool.count)):
            named = [result for _, result in self.pool.map(name_stretch, group)]
            asked = [Escalation(Doubts.unpacked(one.doubts), self.scene.settings.audit) for one in named]
            for _ in range(TURNS):
                before = [len(one.answered) for one in asked]
                escalate(asked, lambda inquiries, group=group: self._ask(inquiries, group))  # type: ignore[misc]
                heard = [len(one.answered) > count for one, count in zip(asked, before, strict=True)]
                named = self._named_again(group, named, asked, heard=heard)
            for job, result, one in zip(group, named, asked, strict=True):
                yield job, result, pack_decisions(one)

    def _named_again(
        self,
        group: Sequence[StretchJob],
        named: Sequence[StretchResult],
        asked: Sequence[Escalation],
        *,
        heard: Sequence[bool],
    ) -> list[StretchResult]:
        """Return the results, those about which something was heard settled with the votes."""
        voted = [
            replace(job, votes=one.votes, named=result)
            for job, result, one, news in zip(group, named, asked, heard, strict=True)
            if news and one.votes
        ]
        again = {job.timepoints: result for job, result in self.pool.map(name_again, voted)}
        for job, one in zip(group, asked, strict=True):
            if job.timepoints in again:
                one.name_again(Doubts.unpacked(again[job.timepoints].doubts))
        return [again.get(job.timepoints, result) for job, result in zip(group, named, strict=True)]

    def _ask(self, inquiries: Sequence[Inquiry], group: Sequence[StretchJob]) -> list[Decision]:
        """Put questions side by side, one for each view, in order of time, because pictures are read forwards."""
        views: dict[tuple[int, int], list[int]] = {}
        for place, inquiry in enumerate(inquiries):
            views.setdefault((inquiry.timepoint, inquiry.camera), []).append(place)
        begun = {
            view: self.scene.together.begin(self._decide(group), [inquiries[place] for place in views[view]])
            for view in sorted(views)
        }
        said = {
            place: one
            for view, places in views.items()
            for place, one in zip(places, begun[view].result(), strict=True)
        }
        return [said[place] for place in range(len(inquiries))]

    def _decide(self, group: Sequence[StretchJob]) -> Callable[[Sequence[Inquiry]], Sequence[Decision]]:
        def decide(inquiries: Sequence[Inquiry]) -> Sequence[Decision]:
            if not self.scene.admits():
                return [Decision(None, 0.0)] * len(inquiries)
            return self.decider.decide(self._question(inquiries, group))

        return decide

    def _question(self, inquiries: Sequence[Inquiry], group: Sequence[StretchJob]) -> DecisionQuestion:
        """Return the question about a view that holds these doubts about it."""
        session, time, number = self.scene.session, inquiries[0].timepoint, inquiries[0].camera
        camera = session.cameras.cameras[number]
        job = next(job for job in group if job.timepoints[0] <= time < job.timepoints[1])
        candidates = job.candidates[time - job.timepoints[0]][number]
        images = {} if self._pictures is None else self._pictures(camera.name, time)
        view = View(time, camera.name, camera.image_size, candidates, images)
        unknown = np.full((len(session.skeleton), 2), np.nan)
        doubts = tuple(inquiry.readings for inquiry in inquiries)
        return DecisionQuestion(view, session.skeleton, self._exemplars(camera.name), unknown, unknown[:, 0], doubts)

    def _exemplars(self, camera: str) -> tuple[Exemplar, ...]:
        """Return the camera's seeds, with pictures; read once."""
        if camera not in self._seeds:
            seeds = seed_exemplars(self.scene.session, self.scene.seeds, camera)
            if self._pictures is not None:
                seeds = tuple(replace(one, images=self._pictures(camera, one.timepoint)) for one in seeds)
            self._seeds[camera] = seeds
        return self._seeds[camera]


def pack_decisions(escalation: Escalation) -> Record:
    """Return every doubt that an escalation put, with its answer, as arrays.

    Returns:
        ``timepoint``, ``camera``, ``kind`` (index into `KINDS`), ``about``, ``reading`` (-1 = none of them, -2 = no
        answer) and ``confidence``, one entry per doubt; ``readings`` (doubt, `MOST_READINGS`, keypoint), -1 = says
        nothing.
    """
    asked = escalation.answered
    n_keypoints = escalation.doubts.numbers.shape[1]
    readings = np.full((len(asked), MOST_READINGS, n_keypoints), -1, dtype=np.int64)
    for row, (inquiry, _) in enumerate(asked):
        readings[row, : len(inquiry.readings)] = inquiry.readings
    return {
        "timepoint": np.array([inquiry.timepoint for inquiry, _ in asked], dtype=np.int64),
        "camera": np.array([inquiry.camera for inquiry, _ in asked], dtype=np.int64),
        "kind": np.array([KINDS.index(inquiry.kind) for inquiry, _ in asked], dtype=np.int64),
        "about": np.array([inquiry.about for inquiry, _ in asked], dtype=np.int64),
        "reading": np.array([-2 if one.reading is None else one.reading for _, one in asked], dtype=np.int64),
        "confidence": np.array([one.confidence for _, one in asked], dtype=np.float64),
        "readings": readings,
    }
