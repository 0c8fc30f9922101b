"""``behaviorvlm evaluate pose RUN --truth FOLDER``: how far a run is from the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.output import Json, RunFolder, print_json, results_console

if TYPE_CHECKING:
    from behaviorvlm.evaluate.keypoint_error import PoseScores


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
    from behaviorvlm.cli.score_tables import as_rich
    from behaviorvlm.evaluate.score_tables import keypoint_table, unsupported_in_words

    console = results_console()
    console.print(as_rich(keypoint_table(scores, title=title)))
    console.print(unsupported_in_words(scores), highlight=False)
