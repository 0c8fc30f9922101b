"""A behavior run, opened: to go on with, or to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from behaviorvlm.runs.behavior_manifest import BehaviorManifest, RecordingPaths
from behaviorvlm.runs.row_files import RowFiles
from behaviorvlm.runs.run_folder import RunFolder, take_up


class BehaviorRun(RunFolder[BehaviorManifest]):
    """One behavior run on disk."""

    describes = BehaviorManifest

    @classmethod
    def start(
        cls,
        folder: Path | str,
        recordings: Sequence[RecordingPaths],
        *,
        settings: BaseModel,
        workers: int = 1,
        inputs: Mapping[str, str] | None = None,
    ) -> Self:
        """Begin a run in `folder`, or take up the one that is there.

        Args:
            folder: The run folder; made if missing.
            recordings: What is to be labelled; every file of theirs is read and hashed.
            settings: What is asked.
            workers: On record only.
            inputs: Further files the result depends on, path by role.

        Raises:
            SessionError: If an input file cannot be read.
            RunMismatchError: If a run of other inputs or settings is there; it is not touched.
            RunStorageError: If the folder cannot be written, is in use, or holds something else.
            RunCorruptError: If what is there is damaged.
        """
        return cls._written(
            folder,
            lambda taken: take_up(taken, BehaviorManifest.of(recordings, settings, workers=workers, inputs=inputs)),
        )

    @property
    def rows(self) -> RowFiles:
        """The large tables: features, embedding, soft assignments."""
        return RowFiles(self.folder, self.sink)
