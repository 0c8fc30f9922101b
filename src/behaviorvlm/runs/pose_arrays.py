"""A pose run as labelled arrays: an xarray dataset, a pandas table.

The names of what movement (0.16 and later) reads are its own: ``position`` and ``confidence`` over ``time``, ``space``,
``keypoint`` and ``individual``, with the attributes that it writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from behaviorvlm.errors import RunStorageError
from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.runs.extra_package import require_in_notebook
from behaviorvlm.runs.manifest import RunManifest
from behaviorvlm.runs.reasons import flag_names
from behaviorvlm.types import AnyArray, IntArray, PoseFlag
from behaviorvlm.types.pose_table import ONE_ANIMAL

if TYPE_CHECKING:
    import pandas
    import xarray

SPACE, PLANE = ("x", "y", "z"), ("x", "y")
EACH = ("time", "individual", "keypoint")
IN_VIEW = ("time", "camera", "individual", "keypoint")
WORDS: dict[str, tuple[str, str]] = {
    "position": ("mm", "place in the world"),
    "confidence": ("1", "chance that the position is right"),
    "error_px": ("px", "root mean square reprojection error"),
    "margin": ("nats", "distance to the best configuration that says otherwise"),
    "n_views": ("1", "views the position rests on"),
    "flags": ("1", "what a person should look at, as bits"),
    "position_px": ("px", "dot in the raw picture that the position rests on"),
}
"""Variable to its unit and meaning."""


def pose_dataset(manifest: RunManifest, chunks: Iterable[PoseChunk], *, folder: str) -> xarray.Dataset:
    """Return final poses as arrays with names and units.

    Args:
        manifest: Of the run.
        chunks: Its poses, in order of time.
        folder: The run folder, for the record.

    Raises:
        SettingsError: If xarray is not installed.
        RunStorageError: If no timepoint is finished yet.
    """
    require_in_notebook("xarray")
    import xarray

    session, (timepoint, whole) = manifest.session, _joined(chunks, folder)
    variables: dict[str, Any] = {
        "position": ((*EACH, "space"), whole["points_mm"][:, np.newaxis]),
        **{
            name: (EACH, whole[name][:, np.newaxis])
            for name in ("confidence", "error_px", "margin", "n_views", "flags")
        },
        "position_px": ((*IN_VIEW, "plane"), whole["points_px"][:, :, np.newaxis]),
    }
    result = xarray.Dataset(
        {name: (*value, _words(name)) for name, value in variables.items()},
        coords={
            "time": ("time", timepoint / session.frame_rate_hz, {"units": "s"}),
            "timepoint": ("time", timepoint),
            "camera": list(session.cameras),
            "individual": [ONE_ANIMAL],
            "keypoint": list(session.keypoints),
            "space": list(SPACE),
            "plane": list(PLANE),
        },
        attrs=_provenance(manifest, folder),
    )
    flags = [flag for flag in PoseFlag if flag]
    result["flags"].attrs |= {
        "flag_masks": [int(flag) for flag in flags],
        "flag_meanings": " ".join(flag_names(int(flag)) for flag in flags),
    }
    return result


def pose_frame(manifest: RunManifest, chunks: Iterable[PoseChunk], *, folder: str) -> pandas.DataFrame:
    """Return final poses as a table, a row for each keypoint at each timepoint.

    Args:
        manifest: Of the run.
        chunks: Its poses, in order of time.
        folder: The run folder, for the record.

    Raises:
        SettingsError: If pandas is not installed.
        RunStorageError: If no timepoint is finished yet.
    """
    require_in_notebook("pandas")
    import pandas

    session, (timepoint, whole) = manifest.session, _joined(chunks, folder)
    n_keypoints = len(session.keypoints)
    rows = np.repeat(timepoint, n_keypoints)
    columns: dict[str, Any] = {
        "timepoint": rows,
        "time_s": rows / session.frame_rate_hz,
        "keypoint": pandas.Categorical.from_codes(
            np.tile(np.arange(n_keypoints), len(timepoint)), categories=list(session.keypoints)
        ),
        **{f"{axis}_mm": whole["points_mm"][..., place].ravel() for place, axis in enumerate(SPACE)},
        **{name: whole[name].ravel() for name in ("error_px", "n_views", "margin", "confidence")},
        "flags": [flag_names(raised) for raised in whole["flags"].ravel().tolist()],
    }
    return pandas.DataFrame(columns)


def _joined(chunks: Iterable[PoseChunk], folder: str) -> tuple[IntArray, dict[str, AnyArray]]:
    """Return the timepoints, and all chunks as one by the names of `PoseChunk`, with the number of views."""
    kept = list(chunks)
    if not kept:
        raise RunStorageError(
            "the run has no poses yet", where=folder, remedy="give the call that made it again: it goes on"
        )
    fields = ("points_mm", "points_px", "error_px", "margin", "flags", "confidence")
    whole: dict[str, AnyArray] = {name: np.concatenate([getattr(one, name) for one in kept]) for name in fields}
    whole["n_views"] = np.concatenate([one.views_used for one in kept])
    return np.concatenate([one.timepoint for one in kept]), whole


def _words(name: str) -> dict[str, str]:
    units, meaning = WORDS[name]
    return {"units": units, "long_name": meaning}


def _provenance(manifest: RunManifest, folder: str) -> dict[str, object]:
    return {
        "ds_type": "poses",
        "source_software": "behaviorvlm",
        "source_file": folder,
        "fps": manifest.session.frame_rate_hz,
        "time_unit": "seconds",
        "session": manifest.session.name,
        "behaviorvlm": manifest.versions["behaviorvlm"],
        "created_at": manifest.created_at,
    }
