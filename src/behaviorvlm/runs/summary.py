"""How a run stands: ``behaviorvlm runs show RUN``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.runs.decisions import AuditResult, DecisionCounts, audit_result, count_decisions
from behaviorvlm.runs.reasons import flag_names
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import FloatArray

N_WORST = 5
NOTHING = np.empty(0)


class TimepointQuality(BaseModel):
    """One timepoint at a glance; None where no keypoint has a position.

    Attributes:
        timepoint: Index of the synchronised instant.
        named: Number of keypoints with a position.
        mean_error_px: Mean reprojection error over them.
        lowest_margin: Their smallest margin, nats.
        doubtful: Keypoint to its flags, where any is raised.
    """

    model_config = ConfigDict(frozen=True)

    timepoint: int
    named: int
    mean_error_px: float | None
    lowest_margin: float | None
    doubtful: dict[str, str]


class RunSummary(BaseModel):
    """What was asked of a run, how far it is and how well it went. Averages are None while nothing is settled.

    Attributes:
        run: The run folder.
        session: Where the session was.
        behaviorvlm: Version that made the run.
        created_at: When it began, UTC.
        settings: What was asked.
        keypoints: Names.
        cameras: Names.
        timepoints_asked: Number of timepoints asked for.
        timepoints_done: Number of those with final poses.
        results: Stage to number of results in the journal.
        share_named: Share of keypoints with a position, over the timepoints done.
        mean_error_px: Mean reprojection error over them.
        median_margin: Median margin over them, nats.
        share_flagged: Share of them with a flag.
        calibration_residuals_px: Camera to its reprojection residual before and after refining; empty if not refined.
        model_calls: How often a model was called; 0 for the geometric annotator.
        model_calls_per_timepoint: The same for each timepoint done.
        timepoints_unasked: Timepoints done that no model was asked about because the budget was spent; with the
            annotator ``auto`` it is single questions that stay without an answer.
        decisions: What ``auto`` asked a model, by kind of doubt; empty if it asked nothing.
        audit: How often the model disagreed about what geometry takes for settled; None without an answer to that.
        worst: The timepoints with fewest keypoints, then with the lowest margins.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    session: str
    behaviorvlm: str
    created_at: str
    settings: dict[str, Any]
    keypoints: tuple[str, ...]
    cameras: tuple[str, ...]
    timepoints_asked: int
    timepoints_done: int
    results: dict[str, int]
    share_named: float | None
    mean_error_px: float | None
    median_margin: float | None
    share_flagged: float | None
    calibration_residuals_px: dict[str, tuple[float, float]]
    model_calls: int
    model_calls_per_timepoint: float | None
    timepoints_unasked: int
    decisions: dict[str, DecisionCounts]
    audit: AuditResult | None
    worst: tuple[TimepointQuality, ...]


def summarize(run: PoseRun) -> RunSummary:
    """Return how `run` stands, also while it is going on; reads all poses and answers, a chunk at a time.

    Raises:
        RunCorruptError: If a result is not what was saved.
    """
    manifest, tally = run.manifest, _Tally(run.manifest.session.keypoints)
    for chunk in run.poses():
        tally.add(chunk)
    decisions = count_decisions(run.decisions())
    return RunSummary(
        run=str(run.folder),
        session=manifest.session.folder,
        behaviorvlm=manifest.versions["behaviorvlm"],
        created_at=manifest.created_at,
        settings=manifest.settings,
        keypoints=manifest.session.keypoints,
        cameras=tuple(manifest.session.cameras),
        timepoints_asked=len(run.asked_timepoints),
        timepoints_done=tally.n_timepoints,
        results={stage: len(run.sink.keys(stage)) for stage in run.sink.stages()},
        share_named=reduced(np.concatenate([*tally.present, NOTHING]), np.mean),
        mean_error_px=reduced(np.concatenate([*tally.error_px, NOTHING]), np.mean),
        median_margin=reduced(np.concatenate([*tally.margin, NOTHING]), np.median),
        share_flagged=reduced(np.concatenate([*tally.flagged, NOTHING]), np.mean),
        calibration_residuals_px=_residuals(run),
        model_calls=run.model_calls,
        model_calls_per_timepoint=run.model_calls_per_timepoint,
        timepoints_unasked=sum(int(chunk.unasked.sum()) for chunk in run.views()),
        decisions=decisions,
        audit=audit_result(decisions.get("audit")),
        worst=tuple(tally.worst),
    )


def reduced(values: FloatArray, how: Callable[[FloatArray], np.floating[Any]]) -> float | None:
    """Return `how` of the finite ones among the (value,) float64 `values`, None if there are none."""
    finite = values[np.isfinite(values)]
    return float(how(finite)) if len(finite) else None


def _residuals(run: PoseRun) -> dict[str, tuple[float, float]]:
    refined = run.sink.load("calibration", "refined")
    if refined is None:
        return {}
    before, after = (refined[f"residual_{when}_px"].tolist() for when in ("before", "after"))
    return dict(zip(run.manifest.session.cameras, zip(before, after, strict=True), strict=True))


class _Tally:
    """Numbers per keypoint, collected chunk by chunk: 32 bytes each, the only thing that grows with the run."""

    def __init__(self, keypoints: tuple[str, ...]) -> None:
        self._keypoints = keypoints
        self.n_timepoints = 0
        self.present: list[FloatArray] = []
        self.error_px: list[FloatArray] = []
        self.margin: list[FloatArray] = []
        self.flagged: list[FloatArray] = []
        self.worst: list[TimepointQuality] = []

    def add(self, chunk: PoseChunk) -> None:
        present = chunk.present
        self.n_timepoints += len(present)
        self.present.append(present.ravel().astype(np.float64))
        self.error_px.append(chunk.error_px[present])
        self.margin.append(chunk.margin[present])
        self.flagged.append((chunk.flags[present] != 0).astype(np.float64))
        named, lowest = present.sum(axis=1), np.where(present, chunk.margin, np.inf).min(axis=1, initial=np.inf)
        rows = np.lexsort((lowest, named))[:N_WORST]
        self.worst = sorted([*self.worst, *(self._quality(chunk, row) for row in rows)], key=_worst_first)[:N_WORST]

    def _quality(self, chunk: PoseChunk, row: int) -> TimepointQuality:
        present = chunk.present[row]
        flags = zip(self._keypoints, chunk.flags[row].tolist(), strict=True)
        return TimepointQuality(
            timepoint=int(chunk.timepoint[row]),
            named=int(present.sum()),
            mean_error_px=reduced(chunk.error_px[row][present], np.mean),
            lowest_margin=reduced(chunk.margin[row][present], np.min),
            doubtful={name: flag_names(raised) for name, raised in flags if raised},
        )


def _worst_first(quality: TimepointQuality) -> tuple[int, float, int]:
    margin = quality.lowest_margin
    return quality.named, np.inf if margin is None else margin, quality.timepoint
