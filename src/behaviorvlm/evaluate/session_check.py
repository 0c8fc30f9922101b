"""``behaviorvlm check``: what is wrong with a session, in seconds, before anybody waits an hour.

It never stops at the first problem: everything that can still be looked at is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from behaviorvlm.evaluate.findings import CameraCheck, Finding, SessionCheck
from behaviorvlm.evaluate.rig_check import rig_findings
from behaviorvlm.evaluate.seed_check import seed_findings
from behaviorvlm.evaluate.seed_geometry import SeedGeometry, per_camera
from behaviorvlm.evaluate.timing_check import start_s, timing_findings
from behaviorvlm.io.seeds import exemplars, seed_points
from behaviorvlm.io.session_inventory import SessionInventory, take_inventory
from behaviorvlm.types import FLUORESCENCE, VISIBLE

LEVELS = ("error", "warning", "note")


def check_session(folder: Path) -> SessionCheck:
    """Return everything that can be said about a session folder without decoding its videos.

    Names, sizes, frame counts, frame rates, dropped frames and offsets between cameras, units, and the seeds: their
    reprojection error per camera, labels that contradict one another, left and right swapped.

    Args:
        folder: Session folder; problems in it, even a missing folder, are findings, not errors.
    """
    found = take_inventory(Path(folder))
    seeds = _seed_geometry(found)
    findings = sorted(_findings(found, seeds), key=lambda finding: LEVELS.index(finding.level))
    return SessionCheck(
        session=found.name,
        folder=str(found.folder),
        ok=all(finding.level != "error" for finding in findings),
        n_timepoints=found.n_timepoints,
        frame_rate_hz=found.frame_rate_hz,
        seed_timepoints=tuple(seeds.timepoints.tolist()) if seeds else (),
        cameras=_camera_checks(found, seeds),
        findings=tuple(findings),
    )


def _findings(found: SessionInventory, seeds: SeedGeometry | None) -> Iterator[Finding]:
    yield from map(Finding.from_error, found.problems)
    yield from _channel_findings(found)
    yield from timing_findings(found.probes, found.settings.frame_offsets)
    if seeds is not None:
        yield from seed_findings(seeds)
    if found.cameras is not None:
        yield from rig_findings(found.cameras, seeds.points_mm if seeds else np.empty((0, 0, 3)))


def _channel_findings(found: SessionInventory) -> Iterator[Finding]:
    channels = {channel for by_channel in found.videos.values() for channel in by_channel}
    if found.videos and FLUORESCENCE not in channels and not found.candidate_files:
        yield Finding(
            level="warning",
            what=f"no {FLUORESCENCE} videos",
            where=str(found.folder / "videos"),
            expected=f"a {FLUORESCENCE} video of every camera, or files of candidates",
            actual=", ".join(sorted(channels)),
            remedy="dots are looked for in that channel; without it, give candidates/candidates_<camera>.csv",
        )
    lacking = [camera for camera in found.videos if VISIBLE not in found.videos[camera]]
    if VISIBLE in channels and lacking:
        yield Finding(
            level="note",
            what=f"not every camera has a {VISIBLE} video",
            expected="one of every camera, for pictures that people and models look at",
            actual=f"none of {', '.join(lacking)}",
        )


def _seed_geometry(found: SessionInventory) -> SeedGeometry | None:
    """Return the seeds in the rig; None where one of them could not be read at all."""
    if found.cameras is None or found.skeleton is None or not found.seed_files:
        return None
    timepoints, points_px = seed_points(exemplars(found.seed_files), found.cameras)
    return SeedGeometry(timepoints, points_px, found.cameras, found.skeleton) if len(timepoints) else None


def _camera_checks(found: SessionInventory, seeds: SeedGeometry | None) -> tuple[CameraCheck, ...]:
    rows = per_camera(seeds) if seeds else [{} for _ in found.camera_names]
    return tuple(
        _camera_check(found, name).model_copy(update=row) for name, row in zip(found.camera_names, rows, strict=True)
    )


def _camera_check(found: SessionInventory, name: str) -> CameraCheck:
    probes = {channel: probe for (camera, channel), probe in found.probes.items() if camera == name}
    first = next(iter(probes.values()), None)
    calibrated = found.cameras[name].image_size if found.cameras else None
    return CameraCheck(
        name=name,
        image_size=first.image_size if first else calibrated,
        channels=tuple(found.videos.get(name, {})),
        n_frames={channel: probe.n_frames for channel, probe in probes.items()},
        frame_rate_hz=first.frame_rate_hz if first else None,
        dropped_frames={channel: sum(missing for _, missing in probe.gaps) for channel, probe in probes.items()},
        starts_s=start_s(first, found.settings.frame_offsets.get(name, 0)) if first else None,
    )
