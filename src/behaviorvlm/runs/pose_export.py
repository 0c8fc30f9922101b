"""A pose run as named points over time, corrections included, for those who write files of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.runs.manifest import Manifest
from behaviorvlm.runs.opened_session import OpenedSession
from behaviorvlm.runs.quality_filter import EVERYTHING, QualityFilter
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseBlock, PoseTable


def pose_table(run: PoseRun, at_hand: OpenedSession, *, chosen: QualityFilter = EVERYTHING) -> PoseTable:
    """Return the points of a run; it must stay open as long as blocks are asked for.

    Args:
        run: The run, finished or not: what is settled is given.
        at_hand: Its cameras and videos, as far as they can still be had.
        chosen: Which points stay. Others are missing in 2D and 3D.
    """
    record, session = run.manifest.session, at_hand.session

    def blocks() -> Iterator[PoseBlock]:
        for chunk in run.poses():
            yield _block(chosen.apply(chunk))

    filtered = {f"filter_{name}": str(value) for name, value in chosen.thresholds.items()}
    return PoseTable(
        record.name,
        record.skeleton,
        (ONE_ANIMAL,),
        tuple(record.cameras),
        record.n_timepoints,
        blocks,
        frame_rate_hz=record.frame_rate_hz,
        image_sizes=dict(record.cameras),
        rig=at_hand.cameras,
        videos={} if session is None else {camera: dict(paths) for camera, paths in session.videos.items()},
        frame_offsets=dict(record.frame_offsets),
        provenance=provenance(run.manifest) | {"corrections": str(len(run.changes))} | filtered,
        notes=(at_hand.lacking,) if at_hand.lacking else (),
    )


def provenance(manifest: Manifest) -> dict[str, str]:
    """Return what a run's results rest on, in words: software, version, when, who answered, hashes of the inputs."""
    models = manifest.settings.get("models") or {}
    named = {f"model_{role}": str(model.get("name", "")) for role, model in models.items() if isinstance(model, dict)}
    return {
        "software": "behaviorvlm",
        "version": manifest.versions.get("behaviorvlm", ""),
        "created": manifest.created_at,
        **{
            key: str(manifest.settings[key]) for key in ("annotator", "describer", "merger") if key in manifest.settings
        },
        **named,
        **{f"sha256_{role}": file.sha256 for role, file in manifest.inputs.items()},
    }


def _block(chunk: PoseChunk) -> PoseBlock:
    seen = np.isfinite(chunk.points_px).all(axis=-1)
    confidence = np.where(seen, chunk.confidence[:, None], np.nan)
    views = np.where(chunk.present, chunk.views_used, 0)
    return PoseBlock(
        chunk.timepoint, chunk.points_px[:, :, None], confidence[:, :, None], chunk.points_mm[:, None],
        chunk.error_px[:, None], views[:, None], chunk.confidence[:, None],
    )  # fmt: skip
