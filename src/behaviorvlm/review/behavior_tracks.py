"""Where animals are, opened again from the files of a run: for the picture in the browser and for clips."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

import numpy as np

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.report.opened_recordings import open_recording, same_file
from behaviorvlm.runs.manifest import InputFile
from behaviorvlm.types import RecordingSummary, Tracks

KEPT = 2
"""Recordings whose tracks stay in memory: an hour of three animals takes some 100 MB."""


class TrackReader:
    """The tracks of the recordings of a run; may be asked by several threads.

    Args:
        inputs: The files of the run, by role.
    """

    def __init__(self, inputs: Mapping[str, InputFile]) -> None:
        self._inputs = inputs
        self._kept: OrderedDict[str, Tracks | None] = OrderedDict()
        self._lock = Lock()

    def read(self, summary: RecordingSummary) -> Tracks | None:
        """Return the tracks of a recording, None where there are none, or their file is gone or has changed."""
        with self._lock:
            if summary.name not in self._kept:
                self._kept[summary.name] = self._opened(summary)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(summary.name)
            return self._kept[summary.name]

    def words(self, name: str) -> str:
        """Return why the points of a recording cannot be shown; "" = they can, or there never were any."""
        file = self._inputs.get(f"{name}/tracks")
        if file is not None:
            try:
                same_file(file)
            except BehaviorVLMError as error:
                return f"Points of animals cannot be shown: {error.message} ({error.where})."
        return ""

    def window(self, summary: RecordingSummary, start: int, stop: int) -> bytes:
        """Return points of frames as bytes, (timepoint, individual, keypoint, 2) little-endian float32 px."""
        tracks = self.read(summary)
        if tracks is None:
            return b""
        return np.ascontiguousarray(tracks.points_px[start:stop], dtype="<f4").tobytes()

    def _opened(self, summary: RecordingSummary) -> Tracks | None:
        if f"{summary.name}/tracks" not in self._inputs:
            return None
        unseen = {role: file for role, file in self._inputs.items() if role != f"{summary.name}/video"}
        for inputs in (unseen, self._inputs):  # a video need not be there for tracks; it says where they are cut
            try:
                return open_recording(summary, inputs).tracks
            except BehaviorVLMError:
                continue
        return None
