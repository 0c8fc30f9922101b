"""The ends joined: from a session folder to a run folder.

Heavy libraries are imported inside the functions, so that importing this costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from behaviorvlm.errors import SettingsError

if TYPE_CHECKING:
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.pose.settings import PoseSettings
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.runs.store import PoseRun
    from behaviorvlm.types import RecordingSession

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and how much there is."""


def open_session(folder: Path | str) -> RecordingSession:
    """Return the recording session in `folder`: skeleton, cameras, seeds, videos.

    Raises:
        InputError: If something in the folder cannot be used; the message says what and where.
    """
    from behaviorvlm.io import session_folder

    return session_folder.open_session(Path(folder))


def open_run(folder: Path | str) -> PoseRun:
    """Return the run in `folder`, to read, also while it is being written.

    Raises:
        RunError: If there is none, or it is damaged.
    """
    from behaviorvlm.runs.store import PoseRun

    return PoseRun.open(folder)


def open_any_run(folder: Path | str) -> PoseRun | BehaviorRun:
    """Return the run in `folder`, whichever pipeline made it; otherwise as `open_run`."""
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.runs.manifest import BEHAVIOR, pipeline_of
    from behaviorvlm.runs.store import PoseRun

    kind = BehaviorRun if pipeline_of(Path(folder)) == BEHAVIOR else PoseRun
    return kind.open(folder)


def estimate_pose(
    session: RecordingSession,
    *,
    run: Path | str,
    annotator: str | None = None,
    model: str | Sequence[str] | None = None,
    settings: PoseSettings | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    asking: Asking | None = None,
) -> PoseRun:
    """Name the dots of `session` and place them in 3D; take up the run in `run` where it was left.

    Args:
        session: What to work on.
        run: The run folder; made if missing. Finished parts in it are not done again.
        annotator: ``geometric``, ``auto`` or ``vlm``; None = ``auto`` if a model is given, else as in `settings`.
        model: ``URL#NAME`` for every role, or ``ROLE=URL#NAME``, several in a list; None = as in `settings`.
        settings: What else is asked; None = the defaults.
        workers: Number of processes; any number gives the same result. A script that takes more than one must start
            its work under ``if __name__ == "__main__":``, as Python's processes need it.
        progress: Told how far each stage is.
        asking: Prices, budget, prompts and the like, where a model is asked.

    Returns:
        The finished run, open to read; its tables are written.

    Raises:
        SettingsError: If timepoints are asked for that the session does not have, or settings do not go together.
        InputError: If the session cannot be used.
        RunMismatchError: If the folder holds a run of other inputs or settings.
        RunStorageError: If it cannot be written, or another process writes it. What is finished stays.
        RunCorruptError: If it is damaged.
        ModelError: If a model cannot be had. What is finished stays.
    """
    from behaviorvlm.api.asking import Asking, consulted, settled
    from behaviorvlm.api.checked_settings import worded_settings
    from behaviorvlm.io.session_folder import read_session_candidates
    from behaviorvlm.io.video import VideoFrameSource
    from behaviorvlm.pose.pipeline import run_pose
    from behaviorvlm.pose.settings import PoseSettings
    from behaviorvlm.runs.store import PoseRun
    from behaviorvlm.runs.tables import write_tables

    asking = asking or Asking()
    settings = worded_settings(settings or PoseSettings(), annotator=annotator, model=model, asks="auto")
    only_replay = asking.replay is not None and not settings.models
    settings = settled(settings, asking)
    _refuse_outside(settings, session)
    with (
        PoseRun.start(run, session, settings=settings, workers=workers) as writing,
        consulted(session, settings, asking=asking, run=writing, only_replay=only_replay) as who,
    ):
        run_pose(
            session,
            source=VideoFrameSource(session) if session.videos else None,
            sink=writing.sink,
            settings=settings,
            workers=workers,
            progress=progress or (lambda stage, done, total: None),
            candidates=read_session_candidates(session) or None,
            annotator=who.annotator,
            together=who.together,
            admits=who.admits,
        )
        write_tables(writing)
        if who.denied:
            asking.told(who.denied)
    return PoseRun.open(run)


def _refuse_outside(settings: PoseSettings, session: RecordingSession) -> None:
    start, stop = settings.timepoints or (0, session.n_timepoints)
    if not 0 <= start < stop <= session.n_timepoints:
        raise SettingsError(
            "timepoints are asked for that the session does not have",
            where=session.folder,
            expected=f"A:B with 0 <= A < B <= {session.n_timepoints}",
            actual=f"{start}:{stop}",
        )
