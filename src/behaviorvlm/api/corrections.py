"""Corrections of a person joined with runs: kept one by one, and the tables made anew from what they change.

To give ``behaviorvlm pose run`` on the run again does the same: what the pipeline found stands, and the tables are a
function of it and of the corrections.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from behaviorvlm.errors import RunMismatchError

if TYPE_CHECKING:
    from behaviorvlm.runs.correction_kinds import AnyChange, BehaviorChange, Correction, PoseChange
    from behaviorvlm.runs.store import PoseRun
    from behaviorvlm.types import CameraGroup


def correct_pose(
    run: Path | str, changes: Sequence[PoseChange], *, author: str, reason: str = ""
) -> tuple[Correction, ...]:
    """Keep changes to a pose run, also while it is going on; tables are made anew by `rerun`.

    Args:
        run: The run folder.
        changes: What is otherwise; a dot's place is looked up by its number.
        author: Who says so.
        reason: Why, for the record.

    Returns:
        The records, in order.

    Raises:
        SettingsError: If a change does not fit the run; none of them is kept then.
        SessionError: If the session is gone, whose cameras the first correction needs.
        RunMismatchError: If its cameras are others than those of the run.
        RunError: If the corrections cannot be written.
    """
    from behaviorvlm.runs.corrections import CORRECTIONS_FILE, CorrectionJournal
    from behaviorvlm.runs.pose_correction_checks import fit_pose_change
    from behaviorvlm.runs.store import PoseRun

    with PoseRun.open(run) as opened:
        fitting = [fit_pose_change(opened, change) for change in changes]
        kept = opened.corrections
        cameras = _cameras(opened) if kept is None or kept.rig_arrays() is None else None
    with CorrectionJournal(Path(run) / CORRECTIONS_FILE, writable=True) as journal:
        if cameras is not None:
            journal.keep_rig(cameras)
        return tuple(journal.add(change, author=author, reason=reason) for change in fitting)


def correct_behavior(
    run: Path | str, changes: Sequence[BehaviorChange], *, author: str, reason: str = ""
) -> tuple[Correction, ...]:
    """Keep changes to a finished behavior run; tables are made anew by `rerun`.

    Args:
        run: The run folder.
        changes: What is otherwise; each must fit what the ones before leave.
        author: Who says so.
        reason: Why, for the record.

    Raises:
        SettingsError: If a change does not fit the run; those before it are kept.
        RunError: If the run is not finished, or the corrections cannot be written.
    """
    from behaviorvlm.runs.behavior_correction_checks import refuse_unfit
    from behaviorvlm.runs.behavior_reader import BehaviorReader
    from behaviorvlm.runs.behavior_store import BehaviorRun

    made = []
    for change in changes:
        with BehaviorRun.open(run) as opened:
            refuse_unfit(BehaviorReader(opened), change)
        made.append(_kept(run, change, author=author, reason=reason))
    return tuple(made)


def undo_correction(run: Path | str, number: int, *, author: str, reason: str = "") -> Correction:
    """Keep on record that a correction does not hold any more; tables are made anew by `rerun`.

    Raises:
        SettingsError: If there is no such correction, or it was undone before.
        RunError: If it cannot be written.
    """
    from behaviorvlm.runs.correction_kinds import Undo

    return _kept(run, Undo(number=number), author=author, reason=reason)


def rerun(run: Path | str) -> tuple[Path, ...]:
    """Make the tables of a run anew from what the pipeline found and what a person corrected; return their paths.

    Raises:
        RunStorageError: If another process writes the run (it makes its tables at its end), or the disk refuses.
        RunCorruptError: If a result or a correction is not what was written.
    """
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.runs.behavior_tables import write_behavior_tables
    from behaviorvlm.runs.manifest import BEHAVIOR, pipeline_of
    from behaviorvlm.runs.store import PoseRun
    from behaviorvlm.runs.tables import write_tables

    if pipeline_of(Path(run)) == BEHAVIOR:
        with BehaviorRun.reopen(run) as behavior:
            return write_behavior_tables(behavior)
    with PoseRun.reopen(run) as pose:
        return write_tables(pose)


def _kept(run: Path | str, change: AnyChange, *, author: str, reason: str) -> Correction:
    from behaviorvlm.runs.corrections import CORRECTIONS_FILE, CorrectionJournal

    with CorrectionJournal(Path(run) / CORRECTIONS_FILE, writable=True) as journal:
        return journal.add(change, author=author, reason=reason)


def _cameras(run: PoseRun) -> CameraGroup:
    from behaviorvlm.io.session_inventory import take_inventory
    from behaviorvlm.runs.session_record import calibration_hash

    session = run.manifest.session
    found = take_inventory(Path(session.folder))
    if found.cameras is None:
        raise found.problems[0]
    if calibration_hash(found.cameras) != session.calibration:
        raise RunMismatchError(
            "the session has other cameras than the run",
            where=session.folder,
            remedy="put the calibration back with which the run was made",
        )
    return found.cameras
