"""``behaviorvlm simulate arena OUT``: a session folder with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from behaviorvlm.cli.output import Json, print_json, stoppable
from behaviorvlm.cli.progress import shown_progress


def arena(
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Session folder to make; new or empty.")],
    cameras: Annotated[int, typer.Option(min=2, help="Cameras on a ring around the arena.")] = 6,
    timepoints: Annotated[int, typer.Option(min=1, help="Length of the recording.")] = 150,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same session.")] = 0,
    as_json: Json = False,
) -> None:
    """Simulate a mouse with fluorescent dots in an arena, filmed by several cameras, with the truth in OUT/truth."""
    from behaviorvlm.simulate.arena import simulate_arena

    kept = f"Delete {out} before you try again: a part of a simulation is no session."
    with stoppable(kept, as_json=as_json), shown_progress() as progress:
        simulate_arena(out, n_cameras=cameras, n_timepoints=timepoints, seed=seed, progress=progress)
    if as_json:
        print_json({"session": str(out), "truth": str(out / "truth"), "cameras": cameras, "timepoints": timepoints})
    else:
        typer.echo(f"Simulated session: {out}\nIts truth: {out / 'truth'}")
