"""sleap-io's camera groups: the tables of an anipose calibration as JSON, in a file of its own or in a ``.slp``.

(sleap-anipose writes anipose's own ``calibration.toml``.)
"""

from __future__ import annotations

import json
from pathlib import Path

from behaviorvlm.errors import CalibrationError, FormatError
from behaviorvlm.io.anipose import names_of_tables, rig_of_tables, tables_of_rig
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.hdf5 import reading, texts
from behaviorvlm.io.rig import ImageSizes
from behaviorvlm.types import CameraGroup

EXPECTED = "a camera group as sleap-io writes it: JSON, or a .slp with a recording session"
SESSIONS = "sessions_json"
LABELS = ".slp"


def read_calibration(path: Path, *, units: str | None = None, image_size: ImageSizes = None) -> CameraGroup:
    """Return the cameras of a camera group, in file order; of a ``.slp``, those of its first recording session.

    Args:
        path: The file.
        units: ``mm``, ``cm`` or ``m``; overrides ``units`` in the group's metadata.
        image_size: (width, height) in px, of all cameras or by name, where the file leaves ``size`` out.

    Raises:
        FormatError: If the file is neither JSON nor a ``.slp`` with a recording session.
        CalibrationError: As for anipose: missing units, missing keys, numbers that are no camera ...
    """
    return rig_of_tables(_tables(path), path, units=units, image_size=image_size)


def read_camera_names(path: Path) -> tuple[str, ...]:
    """Return the camera names of a camera group.

    Raises:
        FormatError: If the file is neither JSON nor a ``.slp`` with a recording session.
        CalibrationError: If it holds no cameras, or one without a name.
    """
    return names_of_tables(_tables(path), path)


def is_calibration(path: Path) -> bool:
    """Return whether a file is a camera group."""
    if path.suffix.lower() != ".json":
        return False
    try:
        return any(isinstance(table, dict) and "matrix" in table for table in _tables(path).values())
    except (FormatError, CalibrationError):
        return False


def write_calibration(path: Path, cameras: CameraGroup) -> None:
    """Write `cameras` as the JSON of a camera group, in mm, as its metadata says.

    Raises:
        RunStorageError: If the disk refuses.
    """
    write_text(path, json.dumps(tables_of_rig(cameras), indent=1, ensure_ascii=False) + "\n")


def _tables(path: Path) -> dict[str, object]:
    if path.suffix.lower() == LABELS:
        with reading(path, expected=EXPECTED) as file:
            sessions = texts(file[SESSIONS])
        content = json.loads(sessions[0]).get("calibration") if sessions else None
    else:
        content = _json(path)
    if not isinstance(content, dict):
        raise FormatError("no camera group", where=str(path), expected=EXPECTED, actual=type(content).__name__)
    return content


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise FormatError("the file cannot be read", where=str(path), expected=EXPECTED, actual=str(error)) from error
