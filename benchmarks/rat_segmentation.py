"""What clusters say of a person's labels: 48 encounters of two rats; beside k-means, PCA + GMM and an HMM.

All methods get the same scaled features of all 48 recordings, ten states for each animal, and no label. An animal that
is not seen is in a state of its own. From individuals to the pair: the state of a frame is which two states the animals
are in, whoever is in which. Each state of the pair then stands for the label that it has most often in the recordings
with even numbers; figures are of those with odd numbers, with 95 % intervals over recordings drawn with replacement.

Feature scaling, time windows and the cost of a change were chosen on the even recordings; nothing was chosen on the
odd ones. The hidden Markov model has normal states on twelve principal components and starts out inclined to stay.
Frame-wise methods are also shown with our decoder behind them, to tell what the decoder does from what clusters do.

With ``--states`` a tool that is installed apart stands beside them (`_keypoint_moseq.py`), and all methods get only the
recordings that it got.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _harness import Goal, Report, arguments, recordings
from _rat_dyad import FRAME_RATE_HZ, NAMES, Encounter, measured, of_pairs

from behaviorvlm.behavior.deep_embedded_clustering import ClusterSettings, Stream, fit_clusters
from behaviorvlm.behavior.over_segmentation import SegmentLengths, segment_individual
from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.evaluate.bootstrap_interval import bootstrap_interval
from behaviorvlm.evaluate.bout_agreement import BoutCounts, count_bouts, score_bouts
from behaviorvlm.evaluate.clustering_agreement import contingency_table, many_to_one, score_contingency
from behaviorvlm.evaluate.frame_agreement import confusion_matrix, macro_f1
from behaviorvlm.evaluate.naming_ceiling import perfect_names, pieces_of_all
from behaviorvlm.types import NO_CLUSTER, AnyArray, Float32Array, IntArray

STATES = 10
UNSEEN = STATES
COMPONENTS = 12
SAMPLED = 60_000
"""Rows that k-means and the mixture are fitted on."""
HMM_RECORDINGS = 12
HMM_ROUNDS = 15
STAYING = 0.98
"""Chance to stay that the hidden Markov model starts with."""
MOST_SWITCHES = 2.0
LEAST_CALM = 1 / 3


@dataclass(frozen=True, eq=False)
class Labelled:
    """The states of one method.

    Attributes:
        states: (individual, frame) int64 of each encounter.
        pieces: (individual, frame) int64 numbers of the segments.
    """

    states: list[IntArray]
    pieces: list[IntArray]


def deep_clusters(encounters: Sequence[Encounter], every: int) -> list[Float32Array]:
    """Return the soft assignments of our method, (individual, frame, cluster) of each encounter."""
    settings = BehaviorSettings()
    streams = [
        Stream(one.scaled[animal, ::every], f"individual{animal + 1}", one.visible[animal, ::every])
        for one in encounters
        for animal in range(2)
    ]
    model = fit_clusters(
        streams,
        ClusterSettings(
            clusters=STATES,
            seed=settings.seed,
            pretraining_epochs=settings.pretraining_epochs,
            clustering_epochs=settings.clustering_epochs,
        ),
    )
    return [np.stack([model.assign(animal) for animal in one.scaled]) for one in encounters]


def segmented(encounters: Sequence[Encounter], assigned: Sequence[Float32Array]) -> Labelled:
    """Return what a run would: the segments of each animal."""
    settings = BehaviorSettings()
    lengths = SegmentLengths(FRAME_RATE_HZ, settings.min_bout_s, settings.max_bout_s)
    states, pieces = [], []
    for one, soft in zip(encounters, assigned, strict=True):
        both = [
            segment_individual(
                soft[animal], one.visible[animal], lengths, recording="", individual="", features=one.scaled[animal]
            )
            for animal in range(2)
        ]
        sizes = [[segment.n_frames for segment in segments] for segments in both]
        of = [[UNSEEN if s.cluster == NO_CLUSTER else s.cluster for s in segments] for segments in both]
        states.append(np.stack([np.repeat(c, n) for c, n in zip(of, sizes, strict=True)]))
        pieces.append(np.stack([np.repeat(np.arange(len(n)), n) for n in sizes]))
    return Labelled(states, pieces)


def as_they_are(encounters: Sequence[Encounter], states: Mapping[int, IntArray]) -> Labelled:
    """Return the (individual, frame) states that another tool gave each recording, by its number."""
    found = [np.where(one.visible, states[one.number], UNSEEN) for one in encounters]
    return Labelled(found, [_runs(both) for both in found])


def framewise(encounters: Sequence[Encounter], assigned: Sequence[Float32Array]) -> Labelled:
    """Return the most probable state of each frame by itself, each run of one a piece."""
    states = [soft.argmax(axis=2) for soft in assigned]
    seen = [np.where(one.visible, found, UNSEEN) for one, found in zip(encounters, states, strict=True)]
    return Labelled(seen, [_runs(found) for found in seen])


def _runs(states: IntArray) -> IntArray:
    """Return the number of the run of equal states that each frame lies in, (individual, frame) int64."""
    return np.cumsum(np.diff(states, axis=1, prepend=states[:, :1]) != 0, axis=1)


class Components:
    """The first principal components of all encounters, fitted on a sample of the frames in which animals are seen."""

    def __init__(self, encounters: Sequence[Encounter]) -> None:
        """Fit them."""
        from sklearn.decomposition import PCA

        every = max(1, sum(one.visible.size for one in encounters) // SAMPLED)
        self.sample = np.concatenate([one.scaled[:, ::every][one.visible[:, ::every]] for one in encounters])
        self.pca = PCA(COMPONENTS, random_state=0).fit(self.sample)
        self.sample = self.pca.transform(self.sample)
        self.encounters = [np.stack([self.pca.transform(animal) for animal in one.scaled]) for one in encounters]

    def each(self, function: Callable[[AnyArray], AnyArray]) -> list[AnyArray]:
        """Return a function of the (frame, component) rows of every animal."""
        return [np.stack([function(animal) for animal in both]) for both in self.encounters]


def k_means(components: Components) -> list[Float32Array]:
    """Return soft assignments of k-means, Student's t around its centers as for our clusters."""
    from sklearn.cluster import KMeans

    centers = KMeans(STATES, n_init=4, random_state=0).fit(components.sample).cluster_centers_

    def closeness(rows: AnyArray) -> AnyArray:
        near = 1 / (1 + ((rows[:, None] - centers) ** 2).sum(axis=2))
        return near / near.sum(axis=1, keepdims=True)

    return components.each(closeness)


def mixture(components: Components) -> list[Float32Array]:
    """Return posterior probabilities of a mixture of normal distributions."""
    from sklearn.mixture import GaussianMixture

    return components.each(GaussianMixture(STATES, random_state=0).fit(components.sample).predict_proba)


def hidden_markov(components: Components) -> list[Float32Array]:
    """Return 1 for each frame's state on the most probable path through a model fitted on some of the encounters."""
    from hmmlearn.hmm import GaussianHMM

    staying = np.full((STATES, STATES), (1 - STAYING) / (STATES - 1))
    np.fill_diagonal(staying, STAYING)
    model = GaussianHMM(
        STATES,
        covariance_type="full",
        n_iter=HMM_ROUNDS,
        random_state=0,
        init_params="smc",
        params="stmc",
        min_covar=1e-2,
    )
    model.transmat_ = staying
    step = max(1, len(components.encounters) // HMM_RECORDINGS)
    chosen = [animal for both in components.encounters[::step] for animal in both]
    model.fit(np.concatenate(chosen), [len(animal) for animal in chosen])
    return components.each(lambda rows: np.eye(STATES, dtype=np.float32)[model.predict(rows)])


def figures(encounters: Sequence[Encounter], labelled: Labelled) -> dict[str, object]:
    """Return the figures of one method over the odd recordings."""
    pairs = of_pairs(labelled.states, n_states=STATES + 1)
    shape = (len(NAMES), (STATES + 1) ** 2)
    tables = [contingency_table(one.truth, pair, shape=shape) for one, pair in zip(encounters, pairs, strict=True)]
    names = many_to_one(sum(table for one, table in zip(encounters, tables, strict=True) if not one.odd))
    odd = [number for number, one in enumerate(encounters) if one.odd]
    said = [(encounters[number].truth, names[pairs[number]]) for number in odd]
    perfect = [
        (encounters[number].truth, perfect_names(encounters[number].truth, pieces_of_all(labelled.pieces[number])))
        for number in odd
    ]
    confusions = np.stack([confusion_matrix(*pair, n_names=len(NAMES)) for pair in said])
    bouts = [_bouts(*pair) for pair in said]
    found = score_bouts(sum(bouts[1:], bouts[0]), names=NAMES)
    best = [_bouts(truth, np.maximum(named, 0)) for truth, named in perfect]
    chosen = np.stack([tables[number] for number in odd])
    return {
        "NMI": score_contingency(chosen.sum(axis=0)).nmi,
        "NMI interval": _interval(lambda times: score_contingency(np.tensordot(times, chosen, 1)).nmi, len(odd)),
        "macro F1": macro_f1(confusions.sum(axis=0)),
        "macro F1 interval": _interval(lambda times: macro_f1(np.tensordot(times, confusions, 1)), len(odd)),
        "bout F1 at IoU 0.5": found.f1["0.5"],
        "bout F1 interval": _interval(lambda times: _bout_f1(bouts, times), len(odd)),
        "bout F1 at IoU 0.25": found.f1["0.25"],
        "edit score": found.edit_score,
        "boundary F1 at 0.5 s": found.boundary_f1["0.5"],
        "switches a minute": found.switches_per_minute,
        "switches a minute of the person": found.true_switches_per_minute,
        "ceiling: macro F1": macro_f1(
            sum(confusion_matrix(truth, np.maximum(named, 0), n_names=len(NAMES)) for truth, named in perfect)
        ),
        "ceiling: bout F1 at IoU 0.5": score_bouts(sum(best[1:], best[0]), names=NAMES).f1["0.5"],
    }


def _bouts(truth: IntArray, named: IntArray) -> BoutCounts:
    return count_bouts(truth, named, n_names=len(NAMES), frame_rate_hz=FRAME_RATE_HZ)


def _bout_f1(bouts: Sequence[BoutCounts], times: IntArray) -> float | None:
    matched = sum(n * int(one.matched[-1].sum()) for n, one in zip(times.tolist(), bouts, strict=True))
    both = sum(n * int((one.n_true + one.n_predicted).sum()) for n, one in zip(times.tolist(), bouts, strict=True))
    return 2 * matched / both if both else None


def _interval(score: Callable[[IntArray], float | None], number: int) -> str:
    interval = bootstrap_interval(score, number)
    return "-" if interval is None else f"{interval.low:.3f} to {interval.high:.3f}"


def main() -> None:
    """Measure all methods one after the other."""
    options = arguments(__doc__, _options)
    report = Report("rat_segmentation", simulated="")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as scratch:
        encounters = measured(recordings(options.data, "rat_dyad"), Path(scratch))
        if options.states is not None:
            states = {int(number): found for number, found in np.load(options.states).items()}
            encounters = [one for one in encounters if one.number in states]
            report.add("keypoint-MoSeq", figures(encounters, as_they_are(encounters, states)))
        compare(report, encounters, deep_clusters(encounters, options.every))
    report.finish()


def compare(report: Report, encounters: Sequence[Encounter], ours: Sequence[Float32Array]) -> None:
    """Add the figures of every method; ours is shown last, beside what it must keep."""
    components = Components(encounters)
    near, probable = k_means(components), mixture(components)
    frames = figures(encounters, framewise(encounters, near))
    report.add("k-means, frame by frame", frames)
    report.add("k-means + our decoder", figures(encounters, segmented(encounters, near)))
    report.add("PCA + GMM, frame by frame", figures(encounters, framewise(encounters, probable)))
    report.add("PCA + GMM + our decoder", figures(encounters, segmented(encounters, probable)))
    report.add("PCA + HMM", figures(encounters, framewise(encounters, hidden_markov(components))))
    report.add("deep clusters, frame by frame", figures(encounters, framewise(encounters, ours)))
    found = figures(encounters, segmented(encounters, ours))
    switches = float(found["switches a minute"])
    found["switches over the person's"] = switches / float(found["switches a minute of the person"])
    found["switches over frame-wise k-means"] = switches / float(frames["switches a minute"])
    goals = {
        "switches over the person's": Goal("<=", MOST_SWITCHES),
        "switches over frame-wise k-means": Goal("<=", LEAST_CALM),
    }
    report.add("deep clusters + our decoder", found, goals)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--every", type=int, default=3, help="fit our clusters on every so many frames (default: 3, 0.1 s)"
    )
    parser.add_argument("--states", type=Path, metavar="NPZ", help="recording's number to its states of another tool")


if __name__ == "__main__":
    main()
