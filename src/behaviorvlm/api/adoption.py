"""Timepoints that a person accepted in a run become seeds of its session, for another run to start from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from behaviorvlm.errors import RunMismatchError, SettingsError

if TYPE_CHECKING:
    from behaviorvlm.io.seeds import SeedFile
    from behaviorvlm.io.session_inventory import SessionInventory
    from behaviorvlm.runs.store import PoseRun


@dataclass(frozen=True)
class Adopted:
    """What became of accepted timepoints.

    Attributes:
        folder: Where the seeds are.
        added: Timepoints that are seeds now, rising.
        known: Those that were before, with the same labels.
    """

    folder: Path
    added: tuple[int, ...]
    known: tuple[int, ...]


def adopt_exemplars(session: Path | str, run: Path | str) -> Adopted:
    """Add what a person accepted as exemplar in a run to its session's seeds; what is there stays as it is.

    Args:
        session: The session folder.
        run: A pose run of it, whose ``exemplars/`` a review wrote.

    Raises:
        SettingsError: If nothing was accepted.
        RunMismatchError: If the run is of another session.
        SeedError: If seeds and exemplars do not go together; nothing is written then.
        RunError: If there is no such run.
        RunStorageError: If the disk refuses.
    """
    from behaviorvlm.io.seed_rows import add_seeds
    from behaviorvlm.io.session_inventory import take_inventory
    from behaviorvlm.runs.store import PoseRun

    found = take_inventory(Path(session))
    if found.skeleton is None or found.cameras is None:
        raise found.problems[0]
    with PoseRun.open(run) as opened:
        _refuse_other(found, opened)
        accepted = _accepted(opened, found)
    added = add_seeds(
        found.folder,
        accepted,
        skeleton=found.skeleton,
        session=found.name,
        n_timepoints=found.n_timepoints,
        frame_offsets=found.settings.frame_offsets,
    )
    known = sorted({int(one) for file in accepted for one in file.timepoints} - set(added))
    return Adopted(found.folder / "seeds", tuple(added), tuple(known))


def _accepted(run: PoseRun, found: SessionInventory) -> list[SeedFile]:
    from behaviorvlm.io.seeds import read_seed_file
    from behaviorvlm.runs.correction_tables import EXEMPLARS_FILE

    paths = {camera: run.folder / EXEMPLARS_FILE.format(camera) for camera in run.manifest.session.cameras}
    offsets, skeleton = found.settings.frame_offsets, found.skeleton
    files = [
        read_seed_file(path, camera=camera, skeleton=skeleton, frame_offset=offsets.get(camera, 0))
        for camera, path in paths.items()
        if skeleton is not None and path.is_file()
    ]
    if not any(len(file.timepoints) for file in files):
        raise SettingsError(
            "no timepoint of this run was accepted as exemplar",
            where=str(run.folder),
            remedy="accept some with key e in behaviorvlm review, and wait until its tables are written",
        )
    return files


def _refuse_other(found: SessionInventory, run: PoseRun) -> None:
    """Refuse a run of another session: rigs and names are often the same from day to day, videos are not."""
    from behaviorvlm.runs.session_record import calibration_hash

    record = run.manifest.session
    here = {
        "name": found.name,
        "cameras and calibration": None if found.cameras is None else calibration_hash(found.cameras),
        "number of timepoints": found.n_timepoints,
        "frame offsets": dict(found.settings.frame_offsets),
        "sizes of videos": {
            role: Path(path).stat().st_size for role, path in found.source_files.items() if _shot(role)
        },
    }
    sizes = {role: file.size_bytes for role, file in run.manifest.inputs.items() if _shot(role)}
    there = (record.name, record.calibration, record.n_timepoints, record.frame_offsets, sizes)
    for (what, mine), theirs in zip(here.items(), there, strict=True):
        if mine != theirs:
            raise RunMismatchError(
                f"the run is of another session: its {what} differ",
                where=str(run.folder),
                expected=str(theirs),
                actual=f"{mine} in {found.folder}",
            )


def _shot(role: str) -> bool:
    return role.startswith(("videos/", "candidates/"))
