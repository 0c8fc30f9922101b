"""``behaviorvlm label SESSION``: label three timepoints in the browser, from which everything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from behaviorvlm.cli.output import say
from behaviorvlm.cli.review import HOST, PORT, Host, Port, Token, address, announce

Session = Annotated[Path, typer.Argument(metavar="SESSION", help="Session folder; it need not have seeds yet.")]
Adopt = Annotated[
    Path | None,
    typer.Option(metavar="RUN", help="Open no page: add the timepoints accepted as exemplars in RUN to the seeds."),
]


def label(session: Session, *, adopt: Adopt = None, port: Port = PORT, host: Host = HOST, token: Token = "") -> None:
    """Label the seeds of SESSION in the browser; they are written to its seeds/ folder."""
    if adopt is not None:
        _adopt(session, adopt)
        return
    place = address(host, port, token)
    from behaviorvlm.review.label_page import label_session

    say("Looking for dots, and for timepoints that differ ...")
    label_session(session, address=place, announce=announce)


def _adopt(session: Path, run: Path) -> None:
    from behaviorvlm.api.adoption import adopt_exemplars

    done = adopt_exemplars(session, run)
    if done.known:
        typer.echo(f"Among the seeds already: timepoints {_listed(done.known)}.")
    if done.added:
        typer.echo(f"Added timepoints {_listed(done.added)} to {done.folder}.")
        typer.echo("A run with other seeds is another run: give it a new folder.")
    else:
        typer.echo("Nothing was added.")


def _listed(timepoints: tuple[int, ...]) -> str:
    return ", ".join(map(str, timepoints))
