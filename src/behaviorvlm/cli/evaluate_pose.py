"""``behaviorvlm evaluate pose RUN --truth FOLDER``: how far a run is from the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.output import Json, RunFolder, print_json, results_console

if TYPE_CHECKING:
    from behaviorvlm.evaluate.keypoint_error import PoseScores, SupportedScores


def pose(
    run: RunFolder,
    truth: Annotated[Path, typer.Option(metavar="FOLDER", help="The truth, laid out as simulate writes it.")],
    as_json: Json = False,
) -> None:
    """Measure the keypoints of RUN against the truth: error, coverage, identity, left/right swaps."""
    from behaviorvlm.evaluate.keypoint_error import evaluate_pose

    scores = evaluate_pose(run, truth)
    if as_json:
        print_json(scores)
    else:
        print_scores(scores)


def print_scores(scores: PoseScores, *, title: str = "Reported keypoints against the truth") -> None:
    """Print scores for people: a table with a row for each keypoint, and one for all."""
    from rich.table import Table
    from rich.text import Text

    titles = ("mean mm", "median mm", "p95 mm", "over 10 mm", "best possible mm", "coverage", "identity", "swaps")
    table = Table("keypoint", *titles, title=title)
    for name, keypoint in scores.per_keypoint.items():
        table.add_row(Text(name), *_cells(keypoint))
    table.add_section()
    table.add_row("all", *_cells(scores), style="bold")
    console = results_console()
    console.print(table)
    console.print(f"Reported although fewer than 2 views see the dot: {scores.unsupported.count}", highlight=False)


def _cells(scores: SupportedScores) -> tuple[str, ...]:
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
