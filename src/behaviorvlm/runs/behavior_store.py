"""A behavior run, opened: to go on with, or to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel

from behaviorvlm.runs.behavior_manifest import BehaviorManifest, RecordingPaths
from behaviorvlm.runs.row_files import RowFiles
from behaviorvlm.runs.run_folder import RunFolder, take_up
from behaviorvlm.types import Ethogram
from behaviorvlm.types.card import Card, Shown, named

if TYPE_CHECKING:
    import pandas
    import xarray


class BehaviorRun(Shown, RunFolder[BehaviorManifest]):
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

    def card(self) -> Card:
        """Return what is shown of it."""
        return Card(
            f"Behavior run {self.folder}",
            (
                ("recordings", named(self.manifest.recordings)),
                ("annotator", str(self.manifest.settings.get("annotator", ""))),
                ("behaviors", self.unless_closed(self._behaviors)),
                *self.record_facts(),
            ),
        )

    def ethogram(self) -> Ethogram:
        """Return the behaviors that were told, with definitions, corrections included.

        Raises:
            RunStorageError: If the run is not finished.
        """
        from behaviorvlm.runs.behavior_reader import BehaviorReader

        return BehaviorReader(self).ethogram()

    def to_pandas(self) -> pandas.DataFrame:
        """Return the bouts of all recordings, corrections included, a row for each, as ``bouts.csv`` holds them.

        Raises:
            SettingsError: If pandas is not installed.
            RunStorageError: If the run is not finished.
        """
        from behaviorvlm.runs.behavior_arrays import bout_frame
        from behaviorvlm.runs.behavior_reader import BehaviorReader

        return bout_frame(BehaviorReader(self))

    def to_xarray(self, recording: str | None = None) -> xarray.Dataset:
        """Return ``behavior``, ``target`` and ``cluster`` over (time, individual): the labels of every frame.

        Args:
            recording: Which; may be left out where there is only one.

        Raises:
            SettingsError: If there is no such recording, or xarray is not installed.
            RunStorageError: If the run is not finished.
        """
        from behaviorvlm.runs.behavior_arrays import label_dataset
        from behaviorvlm.runs.behavior_reader import BehaviorReader

        return label_dataset(BehaviorReader(self), recording)

    def _behaviors(self) -> str:
        from behaviorvlm.runs.behavior_reader import BehaviorReader

        reader = BehaviorReader(self)
        return named(one.name for one in reader.ethogram().behaviors) if reader.finished else "not finished yet"
