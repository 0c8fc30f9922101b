"""All commands together, and what becomes of an error: a message without a traceback, and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from behaviorvlm import __version__
from behaviorvlm.cli import (
    behavior_merges,
    behavior_run,
    check,
    convert,
    demo,
    doctor,
    evaluate_behavior,
    evaluate_pose,
    export,
    formats,
    label,
    pose_run,
    report,
    review,
    runs_cost,
    runs_show,
    runs_verify,
    simulate_arena,
    simulate_social,
)
from behaviorvlm.cli.output import FAILED, show_error
from behaviorvlm.errors import BehaviorVLMError

PURPOSE = "Named 3D keypoints and named behavior from videos of animals, with almost no labels."


def _group(purpose: str) -> typer.Typer:
    return typer.Typer(help=purpose, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


app = _group(PURPOSE)
pose = _group("Name the dots and place them in 3D.")
behavior = _group("Name what animals do, and when.")
runs = _group("Look into a run folder.")
simulate = _group("Make sessions with known truth.")
evaluate = _group("Measure a run against the truth.")

app.command("check")(check.check)
app.add_typer(pose, name="pose")
pose.command("run")(pose_run.run)
app.add_typer(behavior, name="behavior")
behavior.command("run")(behavior_run.run)
behavior.command("merges")(behavior_merges.merges)
app.add_typer(runs, name="runs")
runs.command("cost")(runs_cost.cost)
runs.command("show")(runs_show.show)
runs.command("verify")(runs_verify.verify)
app.add_typer(simulate, name="simulate")
simulate.command("arena")(simulate_arena.arena)
simulate.command("social")(simulate_social.social)
app.add_typer(evaluate, name="evaluate")
evaluate.command("pose")(evaluate_pose.pose)
evaluate.command("behavior")(evaluate_behavior.behavior)
app.command("label")(label.label)
app.command("review")(review.review)
app.command("report")(report.report)
app.command("export")(export.export)
app.command("convert")(convert.convert)
app.command("formats")(formats.formats)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors a user can mend come without a traceback.

    Args:
        arguments: Words after the command's name; None = those of this process.

    Raises:
        SystemExit: Always; 0 = done, 1 = an error, 2 = a wrong call, 130 = stopped with Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        app(args=words, prog_name="behaviorvlm")
    except BehaviorVLMError as error:
        show_error(error, as_json="--json" in words)
        sys.exit(FAILED)


@app.callback(invoke_without_command=True)
def _everywhere(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:
    """Named 3D keypoints and named behavior from videos of animals, with almost no labels."""
    if version:
        typer.echo(f"behaviorvlm {__version__}")
