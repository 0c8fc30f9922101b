"""Does a correction fit the behavior run it is for? Asked before it is kept, since it stays."""

from __future__ import annotations

from behaviorvlm.runs.behavior_corrections import Bouts, no_fit
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.correction_kinds import BehaviorChange, ReassignBout, RedefineBehavior, RenameBehavior


def refuse_unfit(reader: BehaviorReader, change: BehaviorChange) -> None:
    """Refuse a change that speaks of what the run does not have.

    Raises:
        SettingsError: If there is no such behavior, recording, animal, bout or boundary.
        RunStorageError: If the run is not finished.
    """
    if isinstance(change, RenameBehavior | RedefineBehavior):
        names = [one.name for one in reader.ethogram().behaviors]
        if change.behavior not in names:
            raise no_fit(change, ", ".join(names))
        return
    if change.recording not in reader.names:
        raise no_fit(change, ", ".join(reader.names))
    if isinstance(change, ReassignBout):
        animals = reader.summary(change.recording).individuals
        if change.actor not in animals or change.target not in (*animals, ""):
            raise no_fit(change, ", ".join(animals))
    now = Bouts(change.recording, reader.frame_edges_s(change.recording), tuple(reader.bouts(change.recording)))
    now.changed(change)
