"""What goes where: results to stdout (with ``--json`` one object and nothing else), everything else to stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

    from behaviorvlm.errors import BehaviorVLMError

FAILED = 1
INTERRUPTED = 130
PIPE_WIDTH = 200

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]


def say(text: str) -> None:
    """Tell the user something while a command works: on stderr."""
    typer.echo(text, err=True)


def results_console() -> Console:
    """Return where tables go: stdout, wide enough in a file or a pipe that no row is broken."""
    from rich.console import Console

    return Console() if Console().is_terminal else Console(width=PIPE_WIDTH)


def print_json(result: BaseModel | dict[str, object]) -> None:
    """Print the one JSON object of a command; numbers that are not finite become null."""
    typer.echo(json.dumps(result) if isinstance(result, dict) else result.model_dump_json())


def show_error(error: BehaviorVLMError, *, as_json: bool) -> None:
    """Say what is wrong and what to do, on stderr; with `as_json` also as an object on stdout."""
    say(f"{type(error).__name__}: {error}")
    if as_json:
        fields = ("message", "where", "expected", "actual", "remedy")
        print_json({"error": {"kind": type(error).__name__} | {field: getattr(error, field) for field in fields}})


@contextmanager
def stoppable(kept: str, *, as_json: bool = False) -> Iterator[None]:
    """End with exit code 130 and a calm message when the user presses Ctrl-C.

    Args:
        kept: What is kept of the work, and how to go on.
        as_json: Also say it as an object on stdout.
    """
    try:
        yield
    except KeyboardInterrupt:
        say(f"\nStopped. {kept}")
        if as_json:
            print_json({"error": {"kind": "Interrupted", "message": "stopped with Ctrl-C", "remedy": kept}})
        raise typer.Exit(INTERRUPTED) from None
