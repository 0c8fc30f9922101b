"""``behaviorvlm label SESSION``: label three timepoints in the browser, from which everything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from behaviorvlm.cli.output import say
from behaviorvlm.cli.review import HOST, PORT, Host, Port, Token, address, announce

Session = Annotated[Path, typer.Argument(metavar="SESSION", help="Session folder; it need not have seeds yet.")]


def label(session: Session, *, port: Port = PORT, host: Host = HOST, token: Token = "") -> None:
    """Label the seeds of SESSION in the browser; they are written to its seeds/ folder."""
    place = address(host, port, token)
    from behaviorvlm.review.label_page import label_session

    say("Looking for dots, and for timepoints that differ ...")
    label_session(session, address=place, announce=announce)
