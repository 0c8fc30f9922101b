"""Segments named in the user's own words, from a few bouts that the user named; measured facts lend the other words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from behaviorvlm.behavior.annotator import UNSEEN, ClipDescriber, ClipDescription, RecordingView
from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.behavior.label_splitting import split_at_changes
from behaviorvlm.behavior.mapped_rows import let_go
from behaviorvlm.behavior.name_model import NameModel, learn_names, telling_weights
from behaviorvlm.behavior.time_scales import running_mean
from behaviorvlm.types import BoolArray, Bout, Float32Array, IntArray, Segment

SOURCE = "exemplars"
SMOOTHED_SHARE = 0.25
"""Frames are judged with those around them, to either side this share of the usual exemplar: what the user calls one
bout is not cut into pieces much shorter."""
LONGEST_SMOOTHING_S = 2.0
NO_EXEMPLAR = "no exemplar shows it"


class ExemplarNamer:
    """Names segments by what they are most like, and has another describer say the rest.

    A classifier of frames is learnt from the exemplars (`learn_names`). The logarithms of its probabilities are
    averaged over the frames around each, and over a segment; the likeliest name is that of the segment. Its confidence
    is its probability. A behavior is directed at somebody if an exemplar of it is: at whom the other describer says or,
    where that is nobody, at the nearest animal.

    Attributes:
        name: ``exemplars`` and the other describer's.
        needs_pixels: As the other describer.
        model: The classifier.
        smoothing_s: Seconds to either side that a frame is judged with.
    """

    def __init__(
        self,
        model: NameModel,
        words: ClipDescriber,
        *,
        exemplars: Sequence[Bout],
        vocabulary: Sequence[str] = (),
    ) -> None:
        self.name = f"{SOURCE}+{words.name}"
        self.needs_pixels = words.needs_pixels
        self.model = model
        lasting = [bout.stop_s - bout.start_s for bout in exemplars]
        self.smoothing_s = min(SMOOTHED_SHARE * float(np.median(lasting)), LONGEST_SMOOTHING_S)
        self._words = words
        self._directed = {bout.behavior for bout in exemplars if bout.target}
        self._without = [name for name in vocabulary if name not in model.names]

    def describe(self, view: RecordingView, segments: Sequence[Segment]) -> list[ClipDescription]:
        """Return what happens in each of the segments, which are of one individual."""
        said = self._words.describe(view, segments)
        if not segments:
            return []
        likely = self.log_posterior(view, segments[0].individual)
        return [self._renamed(view, *one, likely=likely) for one in zip(segments, said, strict=True)]

    def impossible(self, view: RecordingView) -> Mapping[str, str]:
        """Return the words of the vocabulary that no exemplar shows."""
        return dict.fromkeys(self._without, NO_EXEMPLAR)

    def split_at_changes(self, view: RecordingView, segments: Sequence[Segment], *, min_frames: int) -> list[Segment]:
        """Return the segments of a recording cut where the likeliest name of the frames changes, numbered anew.

        Args:
            view: The recording.
            segments: All of its segments, one individual after the other.
            min_frames: What lasts less is no change.
        """
        labels = {name: self._labels(view, name) for name in view.recording.individuals}
        return split_at_changes(segments, labels, min_frames=min_frames)

    def log_posterior(self, view: RecordingView, individual: str) -> Float32Array:
        """Return the averaged logarithm of the probability of each name, (timepoint, name), NaN = not to be seen."""
        place = view.recording.individuals.index(individual)
        likely = self.model.log_posterior(np.asarray(view.features[place])).astype(np.float64)
        let_go(view.features)
        likely[~_seen(view, individual)] = np.nan
        half_window = round(self.smoothing_s * view.recording.frame_rate_hz)
        if half_window < 1:
            return likely.astype(np.float32)
        smooth = running_mean(likely, half_window=half_window)
        smooth[~_seen(view, individual)] = np.nan
        return smooth.astype(np.float32)

    def _labels(self, view: RecordingView, individual: str) -> IntArray:
        likely = self.log_posterior(view, individual)
        unseen = np.isnan(likely).any(axis=1)
        return np.where(unseen, len(self.model.names), np.nan_to_num(likely).argmax(axis=1))

    def _renamed(
        self, view: RecordingView, segment: Segment, said: ClipDescription, *, likely: Float32Array
    ) -> ClipDescription:
        rows = likely[segment.start_frame : segment.stop_frame]
        seen = rows[~np.isnan(rows).any(axis=1)]
        if said.behavior == UNSEEN or not len(seen):
            return said if said.behavior == UNSEEN else replace(said, behavior=UNSEEN, target="", source=SOURCE)
        mean = seen.mean(axis=0, dtype=np.float64)
        chance = np.exp(mean - mean.max()) / np.exp(mean - mean.max()).sum()
        first, second = np.argsort(-chance)[:2]
        names = self.model.names
        return replace(
            said,
            behavior=names[first],
            target=self._target(view, segment, said, behavior=names[first]),
            confidence=float(chance[first]),
            confidence_kind="measured",
            evidence=(
                f"most like the exemplars of {names[first]} ({chance[first]:.0%}), next of {names[second]}"
                f" ({chance[second]:.0%}); {self._words.name} says {said.behavior or 'nothing'}: {said.evidence}"
            ),
            source=SOURCE,
            status="answered",
        )

    def _target(self, view: RecordingView, segment: Segment, said: ClipDescription, *, behavior: str) -> str:
        if behavior not in self._directed:
            return ""
        return said.target or _nearest(view, segment)


def learn_from_exemplars(
    exemplars: Sequence[Bout],
    view: Callable[[str], RecordingView],
    words: ClipDescriber,
    *,
    vocabulary: Sequence[str] = (),
    columns: Sequence[FeatureColumn] = (),
) -> ExemplarNamer:
    """Return a describer that names in the words of the exemplars.

    Args:
        exemplars: Bouts that a person named.
        view: Gives a recording by its name; asked recording by recording.
        words: Says what the exemplars do not: who to whom, posture, speed.
        vocabulary: Names that are wanted; those without exemplars are listed as impossible.
        columns: What the features are, so that each tells as much as it should (`telling_weights`); () = all alike.

    Raises:
        InputError: If there are not two behaviors, or the animals are not to be seen.
    """
    rows: dict[int, Float32Array] = {}
    for place in sorted(range(len(exemplars)), key=lambda one: exemplars[one].recording):
        rows[place] = exemplar_rows(exemplars[place], view(exemplars[place].recording))
    names = [bout.behavior for bout in exemplars]
    weights = telling_weights(columns) if columns else None
    model = learn_names([rows[place] for place in range(len(exemplars))], names, column_weights=weights)
    return ExemplarNamer(model, words, exemplars=exemplars, vocabulary=vocabulary)


def exemplar_rows(bout: Bout, view: RecordingView) -> Float32Array:
    """Return the scaled features of the frames of a bout in which its animal is seen, (frame, feature) float32."""
    frames = slice(bout.start_frame, bout.stop_frame)
    place = view.recording.individuals.index(bout.individual)
    return np.asarray(view.features[place, frames][_seen(view, bout.individual)[frames]])


def _seen(view: RecordingView, individual: str) -> BoolArray:
    tracks = view.recording.tracks
    if tracks is None:
        return np.ones(view.recording.n_timepoints, dtype=np.bool_)
    return tracks.visible[:, tracks.individuals.index(individual)]


def _nearest(view: RecordingView, segment: Segment) -> str:
    """Return the animal whose body is nearest over a segment, "" = nobody is seen."""
    kinematics = view.kinematics
    if kinematics is None or len(kinematics.individuals) < 2:
        return ""
    mine = kinematics.individuals.index(segment.individual)
    gaps = kinematics.over(segment.start_frame, segment.stop_frame).gap_bl[:, mine]
    total, seen = np.nansum(gaps, axis=0), np.isfinite(gaps).sum(axis=0)
    mean = np.where(seen > 0, total / np.maximum(seen, 1), np.inf)
    return kinematics.individuals[int(np.argmin(mean))] if np.isfinite(mean).any() else ""
