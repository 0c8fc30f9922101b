"""``behaviorvlm evaluate behavior RUN --labels FILE``: how far names and clusters are from a person's labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli import label_options as options
from behaviorvlm.cli.output import Json, RunFolder, print_json, results_console

if TYPE_CHECKING:
    from behaviorvlm.evaluate.behavior_run import BehaviorScores


def behavior(
    run: RunFolder,
    *,
    labels: Annotated[list[Path], typer.Option(metavar="FILE", help=options.LABELS)],
    kind: options.Kind = None,
    stream: options.Stream = None,
    individual: options.Individual = None,
    map_file: options.MapFile = None,
    ignore: options.Ignore = None,
    background: options.Background = None,
    as_json: Json = False,
) -> None:
    """Measure RUN against a person's labels: frames, bouts, clusters, and the ceiling of its segments."""
    from behaviorvlm.evaluate.behavior_run import evaluate_behavior

    choice = options.label_choice(
        kind=kind, stream=stream, individual=individual, map_file=map_file, ignore=ignore, background=background
    )
    scores = evaluate_behavior(run, labels, choice=choice)
    if as_json:
        print_json(scores)
    else:
        print_scores(scores)


def print_scores(scores: BehaviorScores) -> None:
    """Print scores for people: what was compared, all scores, the behaviors one by one, and what to bear in mind."""
    from behaviorvlm.cli.score_tables import as_rich
    from behaviorvlm.evaluate.score_tables import agreement_table, behavior_remarks, compared_in_words, label_table

    console = results_console()
    console.print(compared_in_words(scores), highlight=False, markup=False)
    console.print(as_rich(agreement_table(scores)))
    console.print(as_rich(label_table(scores)))
    for line in behavior_remarks(scores):
        console.print(line, highlight=False, markup=False)
