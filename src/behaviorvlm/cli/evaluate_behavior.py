"""``behaviorvlm evaluate behavior RUN --labels FILE``: how far names and clusters are from a person's labels."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.output import Json, RunFolder, print_json, results_console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from behaviorvlm.evaluate.behavior_run import BehaviorScores
    from behaviorvlm.evaluate.behavior_scores import Agreement


class LabelKind(StrEnum):
    """Kinds of files of labels."""

    BORIS = "boris"
    CALTECH = "caltech"
    CALMS21 = "calms21"
    CSV = "csv"


def behavior(
    run: RunFolder,
    *,
    labels: Annotated[
        list[Path],
        typer.Option(metavar="FILE", help="A person's labels: a file for each recording, or one that names them all."),
    ],
    kind: Annotated[LabelKind | None, typer.Option("--format", help="Kind of the files; else told by content.")] = None,
    stream: Annotated[str | None, typer.Option(help="Stream or subject in the files; else all.")] = None,
    individual: Annotated[str | None, typer.Option(help="The run's animal whose labels they are.")] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="TOML that says what the person calls our behaviors.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="LABEL", help="Frames so labelled do not count.")] = None,
    background: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="Frames so labelled are background, as those without.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure RUN against a person's labels: frames, bouts, clusters, and the ceiling of its segments."""
    from behaviorvlm.evaluate.behavior_run import evaluate_behavior
    from behaviorvlm.evaluate.label_map import LabelMap, read_label_map
    from behaviorvlm.evaluate.labelled_recording import LabelChoice

    choice = LabelChoice(
        format=None if kind is None else kind.value,
        stream=stream,
        individual=individual,
        label_map=LabelMap() if map_file is None else read_label_map(map_file),
        ignored=tuple(ignore or ()),
        background=tuple(background or ()),
    )
    scores = evaluate_behavior(run, labels, choice=choice)
    if as_json:
        print_json(scores)
    else:
        print_scores(scores)


def print_scores(scores: BehaviorScores) -> None:
    """Print scores for people: what was compared, all scores, the behaviors one by one, and what to bear in mind."""
    console = results_console()
    count = len(scores.recordings)
    console.print(
        f"{scores.compared}, {count} recording{'s' if count > 1 else ''}, {scores.seconds / 60:.1f} min that count"
        + (f"; ignored: {', '.join(scores.ignored)}" if scores.ignored else ""),
        highlight=False,
        markup=False,
    )
    console.print(_score_table(scores))
    console.print(_behavior_table(scores))
    _print_notes(console, scores)


def _score_table(scores: BehaviorScores) -> Table:
    from rich.table import Table

    kinds: dict[str, Agreement | None] = {
        "names": scores.named,
        "clusters mapped": scores.mapped,
        "ceiling": scores.ceiling,
    }
    table = Table("score", *kinds, title="Against the labels (95 % interval over recordings)")
    rows = {
        "macro-F1, without background": "macro_f1",
        "macro-F1, with background": "macro_f1_with_background",
        "balanced accuracy": "balanced_accuracy",
        "MCC": "mcc",
        "kappa": "kappa",
    }
    for title, field in rows.items():
        table.add_row(title, *(_frame_cell(one, field) for one in kinds.values()))
    table.add_section()
    for least in ("0.1", "0.25", "0.5"):
        table.add_row(f"bout F1 at IoU {least}", *(_bout_cell(one, least) for one in kinds.values()))
    table.add_row("edit score", *("-" if one is None else _number(one.bouts.edit_score) for one in kinds.values()))
    for tolerance in ("0.2", "0.5"):
        found = [None if one is None else one.bouts.boundary_f1[tolerance] for one in kinds.values()]
        table.add_row(f"boundary F1 at {tolerance} s", *map(_number, found))
    table.add_section()
    switches = [None if one is None else one.bouts.switches_per_minute for one in kinds.values()]
    table.add_row(
        f"switches per minute (labels: {_number(scores.named.bouts.true_switches_per_minute, 1)})",
        *(_number(rate, 1) for rate in switches),
    )
    return table


def _behavior_table(scores: BehaviorScores) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("label", "frames", "ours", "precision", "recall", "F1", "ceiling F1", "bout F1 0.5", "ours called so")
    ceiling = scores.ceiling.frames.per_behavior
    for name, one in scores.named.frames.per_behavior.items():
        ours = [mine for mine, label in scores.behaviors.items() if label == name]
        bouts = scores.named.bouts.f1_per_behavior.get(name, {})
        table.add_row(
            Text(name),
            str(one.n_true),
            str(one.n_predicted),
            _number(one.precision),
            _number(one.recall),
            _number(one.f1),
            _number(ceiling[name].f1 if name in ceiling else None),
            _number(bouts.get("0.5")),
            Text(", ".join(ours)),
        )
    return table


def _print_notes(console: Console, scores: BehaviorScores) -> None:
    clusters = scores.clusters
    interval = scores.clusters_nmi
    spread = f" [{interval.low:.3f}, {interval.high:.3f}]" if interval else ""
    lines = [
        f"{clusters.n_clusters} clusters without names: NMI {_number(clusters.nmi)}{spread}, "
        f"ARI {_number(clusters.ari)}, V-measure {_number(clusters.v_measure)}, purity {_number(clusters.purity)}",
    ]
    if scores.mapped is None:
        lines.append("Clusters are not mapped to labels: a map is fitted on other recordings, and there are none.")
    for line in (*lines, *scores.notes):
        console.print(line, highlight=False, markup=False)


def _frame_cell(one: Agreement | None, field: str) -> str:
    return "-" if one is None else _number(getattr(one.frames, field)) + _spread(one, field)


def _bout_cell(one: Agreement | None, least: str) -> str:
    return "-" if one is None else _number(one.bouts.f1[least]) + _spread(one, f"bout_f1_{least}")


def _spread(one: Agreement, field: str) -> str:
    interval = one.intervals.get(field)
    return f" [{interval.low:.2f}, {interval.high:.2f}]" if interval else ""


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
