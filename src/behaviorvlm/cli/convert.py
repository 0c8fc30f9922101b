"""``behaviorvlm convert IN OUT``: a file of one tool as another's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from behaviorvlm.cli.export import USUAL, Channel, MaxFrames, Scorer, show
from behaviorvlm.cli.output import Json
from behaviorvlm.io.file_format import ExportOptions


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The file or folder to read.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file or folder to write.")],
    *,
    read_as: Annotated[
        str | None, typer.Option("--from", metavar="FORMAT", help="What IN is; told by its content if not given.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="What to write; told by the ending of OUT if not given.")
    ] = None,
    fps: Annotated[
        float | None, typer.Option(min=0.001, metavar="F", help="Frames per second, where IN does not say.")
    ] = None,
    units: Annotated[Literal["mm", "cm", "m"] | None, typer.Option(help="A calibration: its units.")] = None,
    image_size: Annotated[str, typer.Option(metavar="W,H", help="A calibration: size of its pictures in px.")] = "",
    channel: Channel = USUAL.channel,
    max_frames: MaxFrames = USUAL.max_frames,
    scorer: Scorer = USUAL.scorer,
    as_json: Json = False,
) -> None:
    """Read points, labels of behavior or a calibration from IN, and write them to OUT as another tool reads them."""
    from behaviorvlm.api.export import Hints, convert_file

    written = convert_file(
        source,
        out,
        read_as=read_as,
        to=to,
        hints=Hints(fps, units or "", _size(image_size)),
        options=ExportOptions(channel, max_frames, scorer),
    )
    show(written, as_json=as_json)


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    numbers = text.split(",")
    if len(numbers) != 2 or not all(one.strip().isdecimal() for one in numbers):
        raise typer.BadParameter(f"{text!r} is no W,H, as in 1280,1024")
    return int(numbers[0]), int(numbers[1])
