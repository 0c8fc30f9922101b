"""What a behavior run holds, read back: recordings, segments, descriptions, merges, bouts, ethogram."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from behaviorvlm.errors import RunStorageError
from behaviorvlm.runs.behavior_corrections import corrected_bouts, corrected_ethogram
from behaviorvlm.runs.behavior_manifest import BehaviorManifest
from behaviorvlm.runs.run_folder import RunFolder
from behaviorvlm.types import AnyArray, Bout, Ethogram, FloatArray, RecordingSummary, Segment, frame_edges_s
from behaviorvlm.types.packing import unpack_items, unpack_json, unpack_segments

T = TypeVar("T")

UNDONE = "undone"
"""Stage under which merges that a person undid are kept, one record per change."""
Values = dict[str, Any]


class BehaviorReader:
    """The results of one run, a recording in memory at once.

    Args:
        run: The run; it stays open as long as this is used.
    """

    def __init__(self, run: RunFolder[BehaviorManifest]) -> None:
        self._run = run
        self.names = tuple(run.manifest.recordings)

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return self._run.sink.content_hash("ethogram", self.revision) is not None

    @property
    def revision(self) -> str:
        """Key of the results that hold after all that a person changed."""
        return revision_key(len(self._run.sink.keys(UNDONE)))

    def summary(self, name: str) -> RecordingSummary:
        """Return what is known of a recording."""
        return unpack_json(self._record("recordings", name), RecordingSummary)

    def times_s(self, name: str) -> FloatArray:
        """Return the seconds of each frame of a recording, (timepoint,) float64."""
        return np.asarray(self._record("times", name)["times_s"], dtype=np.float64)

    def frame_edges_s(self, name: str) -> FloatArray:
        """Return when each frame of a recording begins and the last one ends, (timepoint + 1,) float64 seconds."""
        return frame_edges_s(self.times_s(name), self.summary(name).frame_rate_hz)

    def segments(self, name: str) -> tuple[Segment, ...]:
        """Return the segments of a recording, one individual after the other."""
        individuals = self.summary(name).individuals
        return unpack_segments(self._record("segments", name), recording=name, individuals=individuals)

    def descriptions(self, name: str) -> list[Values]:
        """Return what is said of each segment of a recording, in the order of the segments."""
        return unpack_json(self._record("descriptions", name), list[Values])

    def each_description(self, name: str) -> Iterator[Values]:
        """Yield the same one by one, so that those of a long recording are not all in memory."""
        return unpack_items(self._record("descriptions", name))

    def merges(self, name: str) -> list[Values]:
        """Return the groups that neighbouring segments of a recording were merged to, in order."""
        return unpack_json(self._record("merges", name), list[Values])

    def joined(self) -> list[Values]:
        """Return the merges of two segments or more, each with its name (``session1:12``) and whether it was undone."""
        undone = self.undone_places()
        return [
            {"merge": f"{name}:{number}", "undone": number in undone.get(name, ()), **one}
            for name in self.names
            for number, one in enumerate(self.merges(name))
            if len(one["segments"]) > 1
        ]

    def undone(self) -> list[Values]:
        """Return which merges a person undid, in the order it was done."""
        return [unpack_json(self._record(UNDONE, key), Values) for key in self._run.sink.keys(UNDONE)]

    def undone_places(self) -> dict[str, frozenset[int]]:
        """Return recording to the numbers of its merges that a person undid."""
        found = defaultdict[str, set[int]](set)
        for one in self.undone():
            found[one["recording"]].add(one["merge"])
        return {name: frozenset(numbers) for name, numbers in found.items()}

    def bouts(self, name: str) -> list[Bout]:
        """Return the bouts of a recording, corrections included, in order of time for each individual."""
        return self._corrected(name)[0]

    def lost_corrections(self) -> frozenset[int]:
        """Return the numbers of corrections that fit no bout any more, since a merge was undone after them."""
        return frozenset[int]().union(*(self._corrected(name)[1] for name in self.names))

    def ethogram(self) -> Ethogram:
        """Return the behaviors of the run, corrections included."""
        found, changes = self.found_ethogram(), self._run.changes
        if not changes:
            return found
        return corrected_ethogram(
            found, changes, seen={bout.behavior for name in self.names for bout in self.bouts(name)}
        )

    def found_bouts(self, name: str) -> list[Bout]:
        """Return the bouts of a recording as the run made them after merges were undone, without corrections."""
        return unpack_json(self._record(f"bouts{self.revision}", name), list[Bout])

    def found_ethogram(self) -> Ethogram:
        """Return the behaviors of the run as it made them after merges were undone, without corrections."""
        return unpack_json(self._record("ethogram", self.revision), Ethogram)

    def _corrected(self, name: str) -> tuple[list[Bout], frozenset[int]]:
        found, changes = self.found_bouts(name), self._run.changes
        if not changes:
            return found, frozenset()
        return corrected_bouts(found, changes, recording=name, edges_s=self.frame_edges_s(name))

    def columns(self) -> list[Values]:
        """Return the features: name, unit, block and definition of each."""
        return unpack_json(self._record("columns", "all"), list[Values])

    def clustering(self) -> Values:
        """Return how clustering went: losses, sizes of clusters, why it stopped."""
        return unpack_json(self._record("clustering", "report"), Values)

    def _record(self, stage: str, key: str) -> Mapping[str, AnyArray]:
        record = self._run.sink.load(stage, key)
        if record is None:
            raise RunStorageError(
                f"the run has not come to its {stage} yet",
                where=f"{self._run.folder}, {key}",
                remedy="give the command that made it again: it goes on where it stopped",
            )
        return record


def revision_key(n_changes: int) -> str:
    """Return the key of the results after so many changes by a person."""
    return f"-r{n_changes}" if n_changes else ""
