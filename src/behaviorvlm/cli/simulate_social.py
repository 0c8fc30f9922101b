"""``behaviorvlm simulate social OUT``: an encounter of several animals with known bouts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from behaviorvlm.cli.output import Json, print_json, stoppable
from behaviorvlm.cli.progress import shown_progress


def social(
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to make; new or empty.")],
    animals: Annotated[int, typer.Option(min=1, help="How many animals, 8 at most.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of the recording.")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same encounter.")] = 0,
    as_json: Json = False,
) -> None:
    """Simulate animals that meet, seen from above: tracks and video in OUT, the true bouts in OUT/truth."""
    from behaviorvlm.simulate.social import TRUE_BOUTS, TRUTH, simulate_social

    kept = f"Delete {out} before you try again: a part of a simulation is no recording."
    with stoppable(kept, as_json=as_json), shown_progress() as progress:
        simulate_social(out, n_animals=animals, seconds=seconds, seed=seed, progress=progress)
    tracks, video, truth = next(out.glob("*.csv")), next(out.glob("*.mp4")), out / TRUTH / TRUE_BOUTS
    if as_json:
        print_json({"tracks": str(tracks), "video": str(video), "truth": str(truth), "animals": animals})
    else:
        typer.echo(f"Simulated tracks: {tracks}\nTheir video: {video}\nTrue bouts: {truth}")
