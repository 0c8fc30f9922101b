"""Scores as rows of words: the same on a terminal and in a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from behaviorvlm.evaluate.behavior_run import BehaviorScores
from behaviorvlm.evaluate.behavior_scores import Agreement
from behaviorvlm.evaluate.keypoint_error import PoseScores, SupportedScores

FRAME_SCORES = {
    "macro-F1, without background": "macro_f1",
    "macro-F1, with background": "macro_f1_with_background",
    "balanced accuracy": "balanced_accuracy",
    "MCC": "mcc",
    "kappa": "kappa",
}


@dataclass(frozen=True)
class ScoreTable:
    """Scores in words.

    Attributes:
        title: Above them.
        columns: What each column holds.
        blocks: Rows that belong together.
        words: Places of the columns that hold words.
    """

    title: str
    columns: tuple[str, ...]
    blocks: tuple[tuple[tuple[str, ...], ...], ...]
    words: tuple[int, ...] = (0,)


def agreement_table(scores: BehaviorScores) -> ScoreTable:
    """Return our names, mapped clusters and the ceiling, beside a person's labels."""
    kinds: dict[str, Agreement | None] = {
        "names": scores.named,
        "clusters mapped": scores.mapped,
        "ceiling": scores.ceiling,
    }
    columns = list(kinds.values())
    frames = [(title, *(_frame_cell(one, field) for one in columns)) for title, field in FRAME_SCORES.items()]
    bouts = [
        (f"bout F1 at IoU {least}", *(_bout_cell(one, least) for one in columns)) for least in ("0.1", "0.25", "0.5")
    ]
    bouts.append(("edit score", *("-" if one is None else _number(one.bouts.edit_score) for one in columns)))
    for tolerance in ("0.2", "0.5"):
        found = [None if one is None else one.bouts.boundary_f1[tolerance] for one in columns]
        bouts.append((f"boundary F1 at {tolerance} s", *map(_number, found)))
    rates = [None if one is None else one.bouts.switches_per_minute for one in columns]
    switches = (
        f"switches per minute (labels: {_number(scores.named.bouts.true_switches_per_minute, 1)})",
        *(_number(rate, 1) for rate in rates),
    )
    return ScoreTable(
        "Against the labels (95 % interval over recordings)",
        ("score", *kinds),
        (tuple(frames), tuple(bouts), (switches,)),
    )


def label_table(scores: BehaviorScores) -> ScoreTable:
    """Return precision, recall and F1 for each label of the person, the ceiling beside."""
    titles = ("label", "frames", "ours", "precision", "recall", "F1", "ceiling F1", "bout F1 0.5", "ours called so")
    return ScoreTable("Label by label", titles, (tuple(_label_rows(scores)),), words=(0, 8))


def behavior_remarks(scores: BehaviorScores) -> list[str]:
    """Return how well clusters fare without names, and what a reader should bear in mind."""
    clusters, interval = scores.clusters, scores.clusters_nmi
    spread = f" [{interval.low:.3f}, {interval.high:.3f}]" if interval else ""
    remarks = [
        f"{clusters.n_clusters} clusters without names: NMI {_number(clusters.nmi)}{spread}, "
        f"ARI {_number(clusters.ari)}, V-measure {_number(clusters.v_measure)}, purity {_number(clusters.purity)}"
    ]
    if scores.mapped is None:
        remarks.append("Clusters are not mapped to labels: a map is fitted on other recordings, and there are none.")
    return [*remarks, *scores.notes]


def compared_in_words(scores: BehaviorScores) -> str:
    """Return whose labels were compared, of how much time."""
    count = len(scores.recordings)
    ignored = f"; ignored: {', '.join(scores.ignored)}" if scores.ignored else ""
    recordings = f"{count} recording{'s' if count > 1 else ''}"
    return f"{scores.compared}, {recordings}, {scores.seconds / 60:.1f} min that count{ignored}"


def keypoint_table(scores: PoseScores, *, title: str = "Reported keypoints against the truth") -> ScoreTable:
    """Return errors, coverage, identity and swaps: a row for each keypoint, and one for all."""
    titles = ("mean mm", "median mm", "p95 mm", "over 10 mm", "best possible mm", "coverage", "identity", "swaps")
    rows = tuple((name, *_keypoint_cells(one)) for name, one in scores.per_keypoint.items())
    return ScoreTable(title, ("keypoint", *titles), (rows, (("all", *_keypoint_cells(scores)),)))


def unsupported_in_words(scores: PoseScores) -> str:
    """Return how much was reported that nobody could have seen."""
    return f"Reported although fewer than 2 views see the dot: {scores.unsupported.count}"


def _label_rows(scores: BehaviorScores) -> Iterator[tuple[str, ...]]:
    ceiling = scores.ceiling.frames.per_behavior
    for name, one in scores.named.frames.per_behavior.items():
        ours = [mine for mine, label in scores.behaviors.items() if label == name]
        bouts = scores.named.bouts.f1_per_behavior.get(name, {})
        yield (
            name,
            str(one.n_true),
            str(one.n_predicted),
            _number(one.precision),
            _number(one.recall),
            _number(one.f1),
            _number(ceiling[name].f1 if name in ceiling else None),
            _number(bouts.get("0.5")),
            ", ".join(ours),
        )


def _frame_cell(one: Agreement | None, field: str) -> str:
    return "-" if one is None else _number(getattr(one.frames, field)) + _spread(one, field)


def _bout_cell(one: Agreement | None, least: str) -> str:
    return "-" if one is None else _number(one.bouts.f1[least]) + _spread(one, f"bout_f1_{least}")


def _spread(one: Agreement, field: str) -> str:
    interval = one.intervals.get(field)
    return f" [{interval.low:.2f}, {interval.high:.2f}]" if interval else ""


def _keypoint_cells(scores: SupportedScores) -> tuple[str, ...]:
    lengths = (scores.mean_error_mm, scores.median_error_mm, scores.p95_error_mm)
    shares = (scores.coverage, scores.identity_accuracy, scores.swap_rate)
    return (
        *("-" if length is None else f"{length:.2f}" for length in lengths),
        _share(scores.share_over_10mm),
        "-" if scores.oracle_mean_mm is None else f"{scores.oracle_mean_mm:.2f}",
        *map(_share, shares),
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
