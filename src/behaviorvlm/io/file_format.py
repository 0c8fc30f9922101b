"""What is said of one kind of file, so that commands, documentation and tests can list them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

Content = Literal["pose", "calibration", "behavior"]
"""What a file holds: named points over time, cameras, or bouts."""


@dataclass(frozen=True)
class FileFormat:
    """One kind of file (or folder), and one kind of content in it.

    Attributes:
        name: As users call it; one name may have several rows of different content.
        content: What it holds.
        title: The file in words, with its ending.
        endings: Endings by which a path to be written is told, longest first; none = it must be named.
        read: ``module:function`` that reads it, "" = it is not read. A reader takes a path and gives a `PoseTable`, a
            `CameraGroup` or a `BoutTable`; one of behavior takes ``frame_rate_hz``, too, one of calibration
            ``image_size``.
        recognize: ``module:function`` that says whether a path is of this kind, by its content.
        write: ``module:function`` that writes it, "" = it is not written. A writer takes a path and the table (pose:
            also `ExportOptions`), and returns the paths it wrote.
        needs: Package that must be there, by the name it is imported under; "" = none beyond the core.
        extra: The extra that brings it.
        keeps: What of a run or a file it holds.
        loses: What it cannot hold.
        judge: The program that opened what we write and found the same values, or why there is none.
    """

    name: str
    content: Content
    title: str
    endings: tuple[str, ...] = ()
    read: str = ""
    recognize: str = ""
    write: str = ""
    needs: str = ""
    extra: str = ""
    keeps: str = ""
    loses: str = ""
    judge: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether the packages it needs are there."""
        return not self.needs or find_spec(self.needs) is not None


@dataclass(frozen=True)
class ExportOptions:
    """What writers of points may be told.

    Attributes:
        channel: The videos that pictures are taken from; "" = visible where there is one, else the first.
        max_frames: Most timepoints that are written with pictures, spread evenly over those that have points; of
            use to formats that hold pictures, which are large.
        scorer: Who labelled, as the file says it.
    """

    channel: str = ""
    max_frames: int = 200
    scorer: str = "behaviorvlm"


def function(place: str) -> Callable[..., Any]:
    """Return the function at ``module:function``."""
    module, name = place.split(":")
    loaded: Callable[..., Any] = getattr(import_module(module), name)
    return loaded
