"""A behavior run as labelled arrays: bouts as a pandas table, labels of every frame as an xarray dataset."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.extra_package import require_in_notebook
from behaviorvlm.runs.frame_labels import frame_labels
from behaviorvlm.types import Bout

if TYPE_CHECKING:
    import pandas
    import xarray

EACH = ("time", "individual")


def bout_frame(reader: BehaviorReader) -> pandas.DataFrame:
    """Return the bouts of all recordings, a row for each, with the columns of ``bouts.csv``.

    Raises:
        SettingsError: If pandas is not installed.
        RunStorageError: If the run is not finished.
    """
    require_in_notebook("pandas")
    import pandas

    bouts = [bout for name in reader.names for bout in reader.bouts(name)]
    columns = {field.name: [getattr(bout, field.name) for bout in bouts] for field in fields(Bout)}
    columns["segments"] = [" ".join(map(str, segments)) for segments in columns["segments"]]
    return pandas.DataFrame(columns)


def label_dataset(reader: BehaviorReader, recording: str | None) -> xarray.Dataset:
    """Return cluster, behavior and target of every animal in every frame of one recording.

    Args:
        reader: Of the run.
        recording: Its name; None = the only one.

    Raises:
        SettingsError: If there is no such recording, several and none is named, or xarray is not installed.
        RunStorageError: If the run is not finished.
    """
    require_in_notebook("xarray")
    import xarray

    name = chosen_recording(reader, recording)
    summary, times_s = reader.summary(name), reader.times_s(name)
    segments, bouts = reader.segments(name), reader.bouts(name)
    labels = [frame_labels(one, segments, bouts, n_frames=len(times_s)) for one in summary.individuals]
    said = ([label.over(slice(None)) for label in each] for each in zip(*labels, strict=True))
    clusters, behaviors, targets = (np.array(each, dtype=object).T for each in said)
    return xarray.Dataset(
        {
            "behavior": (EACH, behaviors.astype(str), {"long_name": "name of the behavior, empty = none"}),
            "target": (EACH, targets.astype(str), {"long_name": "whom it is done to, empty = nobody"}),
            "cluster": (EACH, clusters.astype(np.int64), {"long_name": "number of the cluster, -1 = not seen"}),
        },
        coords={
            "time": ("time", times_s, {"units": "s"}),
            "frame": ("time", np.arange(len(times_s))),
            "individual": list(summary.individuals),
        },
        attrs={
            "recording": name,
            "source_software": "behaviorvlm",
            "fps": summary.frame_rate_hz,
            "time_unit": "seconds",
        },
    )


def chosen_recording(reader: BehaviorReader, recording: str | None) -> str:
    """Return the recording of that name, the only one where none is named.

    Raises:
        SettingsError: If there is none of that name, or there are several.
    """
    if recording is None and len(reader.names) == 1:
        return reader.names[0]
    if recording not in reader.names:
        raise SettingsError(
            "the run has no such recording" if recording else "the run has several recordings",
            where="recording",
            expected=", ".join(reader.names),
            actual=recording or "none named",
        )
    return recording
