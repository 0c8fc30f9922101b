"""What a person changed in a behavior run: merges that were undone. The merges themselves stay on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.behavior_reader import UNDONE, BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types.packing import pack_json


def record_undone(run: BehaviorRun, merges: Sequence[tuple[str, int]], *, author: str, reason: str = "") -> None:
    """Record that a person undid merges, with author, time and reason.

    Args:
        run: The run, open to write.
        merges: Recording, and number of the merge in ``merges.csv``.
        author: Who.
        reason: Why.

    Raises:
        SettingsError: If there is no such merge, it holds one segment only, or it was undone before.
        RunStorageError: If the run is not finished, or cannot be written.
    """
    reader = BehaviorReader(run)
    done = {(name, number) for name, numbers in reader.undone_places().items() for number in numbers}
    for recording, number in merges:
        _refuse(reader, recording, number, done=(recording, number) in done)
        done.add((recording, number))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    first = len(run.sink.keys(UNDONE))
    for place, (recording, number) in enumerate(merges):
        change = {"recording": recording, "merge": number, "author": author, "reason": reason, "at": at}
        run.sink.save(UNDONE, f"{first + place:06d}", pack_json(change))


def _refuse(reader: BehaviorReader, recording: str, number: int, *, done: bool) -> None:
    merges = reader.merges(recording) if recording in reader.names else []
    if not 0 <= number < len(merges):
        raise SettingsError(
            "there is no such merge",
            where=f"{recording}:{number}",
            expected="recording and number as in merges.csv",
            actual=f"{len(merges)} merges in it" if recording in reader.names else "no such recording",
        )
    if done or len(merges[number]["segments"]) == 1:
        raise SettingsError(
            "the merge cannot be undone",
            where=f"{recording}:{number}",
            actual="it was undone before" if done else "it holds one segment only",
        )
