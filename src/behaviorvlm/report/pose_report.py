"""The page of a pose run: how far it came, where to look first, and whether its geometry can be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from behaviorvlm.evaluate.keypoint_error import PoseScores
from behaviorvlm.evaluate.score_tables import keypoint_table, unsupported_in_words
from behaviorvlm.markup import Content, Markup, element, facts, table
from behaviorvlm.report.bone_picture import draw_bones
from behaviorvlm.report.camera_picture import draw_cameras
from behaviorvlm.report.geometry_check import Bones, betrayed, check_geometry, measure_bones
from behaviorvlm.report.keypoint_picture import draw_keypoints
from behaviorvlm.report.page import Section, notice, paragraphs, tiles, verdict
from behaviorvlm.report.page_figures import PageFigures
from behaviorvlm.report.pose_3d_picture import draw_pose_3d
from behaviorvlm.report.pose_measures import CameraOffsets, PoseMeasures, measure_cameras, measure_poses
from behaviorvlm.report.pose_pictures import draw_labelled_views
from behaviorvlm.report.quality_picture import draw_quality
from behaviorvlm.report.run_facts import cost_in_words, models_in_words, run_section
from behaviorvlm.report.score_section import score_section
from behaviorvlm.report.worst_timepoints import worst_timepoints
from behaviorvlm.report.written_numbers import number, percent
from behaviorvlm.runs.chunks import row_of
from behaviorvlm.runs.opened_session import OpenedSession, open_session_of
from behaviorvlm.runs.reasons import FLAG_REASONS
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.summary import RunSummary, summarize
from behaviorvlm.types import FloatArray


def pose_sections(run: PoseRun, figures: PageFigures, *, scores: PoseScores | None = None) -> list[Section]:
    """Return the parts of the page of a run, and draw its figures.

    Args:
        run: The run; what it has settled so far is reported.
        figures: Where figures are drawn.
        scores: Against the truth, where that is known.

    Raises:
        VideoError: If a video cannot be read.
        RunStorageError: If a figure cannot be written.
        RunCorruptError: If the run is damaged.
    """
    measures, summary, opened = measure_poses(run), summarize(run), open_session_of(run)
    if measures is None:
        nothing = paragraphs("No timepoint is settled yet: there is nothing to show but what was asked.")
        return [Section("overview", "Overview", (_tiles(run, summary), nothing)), run_section(run)]
    bones = measure_bones(measures.points_mm, measures.skeleton)
    offsets = None if opened.cameras is None else measure_cameras(run, opened.cameras)
    checks = check_geometry(measures, bones, cameras=opened.cameras, offsets=offsets)
    absurd = betrayed(checks, measures)
    rows = [(one.what, one.found, one.usual, _judged(one.fine)) for one in checks]
    return [
        Section("overview", "Overview", (_tiles(run, summary), _look_first(summary, absurd), _asked(run, summary))),
        *([] if scores is None else [_against_truth(scores)]),
        Section("keypoints", "Keypoints", tuple(_keypoints(measures, figures, run.manifest.session.name))),
        Section("worst", "Worst timepoints", tuple(_worst(run, measures, opened, figures=figures))),
        Section("trajectory", "Poses in space", tuple(_trajectory(measures, figures, run.manifest.session.name))),
        Section("bones", "Bones", tuple(_bones(bones, measures, figures))),
        Section(
            "calibration",
            "Calibration and geometry",
            (
                notice("This geometry can hardly be right", [absurd]) if absurd else None,
                paragraphs(
                    "A low reprojection error says that the views agree with one another, not that they are right. "
                    "Lengths, heights and speeds are not fitted to the views. A rig that is mirrored as a whole passes "
                    "all of this: compare left and right with the pictures above."
                ),
                table(("looked at", "found", "usual", ""), rows, words=(0, 1, 2, 3)),
                *_cameras(summary, offsets, measures, opened=opened, figures=figures),
            ),
        ),
        run_section(run),
    ]


def _tiles(run: PoseRun, summary: RunSummary) -> Markup:
    done = f"of {summary.timepoints_asked:,} timepoints, {len(summary.cameras)} cameras"
    return tiles(
        [
            (f"{summary.timepoints_done:,}", done),
            (percent(summary.share_named), f"of {len(summary.keypoints)} keypoints placed"),
            (number(summary.mean_error_px, "px"), "mean reprojection error"),
            (number(summary.median_margin, "nats"), "median margin"),
            (percent(summary.share_flagged), "of them bear a flag"),
            cost_in_words(run),
        ]
    )


def _look_first(summary: RunSummary, absurd: str) -> Markup | None:
    undone = summary.timepoints_asked - summary.timepoints_done
    found = [
        f"The run is not finished: {undone:,} timepoints are to be done." if undone else "",
        absurd,
        f"{summary.timepoints_unasked:,} timepoints were not asked about: the budget was spent."
        if summary.timepoints_unasked
        else "",
        "" if summary.share_named else "No keypoint was placed.",
    ]
    sentences = [one for one in found if one]
    return notice("Look here first", sentences) if sentences else None


def _asked(run: PoseRun, summary: RunSummary) -> Markup:
    record = run.manifest.session
    rows: list[tuple[str, Content]] = [
        ("session", element("code", record.folder)),
        ("filmed", f"{record.n_timepoints:,} timepoints at {record.frame_rate_hz:g} per second"),
        ("answered by", models_in_words(run)),
        ("made by", f"behaviorvlm {summary.behaviorvlm}, begun {summary.created_at}"),
    ]
    if summary.audit is not None:
        audit = summary.audit
        words = (
            f"model and geometry disagree in {audit.disagreed} of {audit.answered} settled dots: "
            f"{percent(audit.share)} ({percent(audit.lowest)} to {percent(audit.highest)}, 95 % confidence)"
        )
        rows.append(("audit", words))
    return facts(rows)


def _against_truth(scores: PoseScores) -> Section:
    said = (
        "Error over keypoints that are reported and whose true dot at least two views see. Best possible: the true "
        "pixels triangulated with the calibration that the run was given; a run that refined it can do better."
    )
    return score_section([keypoint_table(scores)], remarks=(said, unsupported_in_words(scores)), against="the truth")


def _keypoints(measures: PoseMeasures, figures: PageFigures, name: str) -> Iterator[Content]:
    draw_keypoints(measures, path=figures.forms("keypoints"))
    yield figures.shown(
        "keypoints",
        description="For each keypoint its coverage, its reprojection error and its margin",
        caption="Left: share of timepoints at which it was placed. Middle and right: median (dot), middle half (thick) "
        "and middle nine tenths (thin). Margin: how much worse the best reading is in which the keypoint is another "
        "dot or missing; below the dashed line it is flagged.",
    )
    draw_quality(
        measures.skeleton,
        path=figures.forms("quality"),
        error_px=measures.error_px,
        n_views=measures.n_views,
        margin=measures.margin,
        timepoints=measures.timepoints,
        title=name,
    )
    yield figures.shown(
        "quality",
        description="Reprojection error, number of views and margin of every keypoint over time",
        caption="Over time. Each column shows the worst of the timepoints it stands for.",
    )
    yield element("h3", "Flags")
    rows = []
    for flag, reason in FLAG_REASONS.items():
        raised = (measures.flags & int(flag)) != 0
        worst = int(raised.sum(axis=0).argmax())
        if raised.any():
            most = f"{measures.skeleton.keypoints[worst]} ({raised[:, worst].sum():,})"
            rows.append((str(flag.name).lower(), reason, f"{raised.sum():,}", most))
    yield table(("flag", "meaning", "raised", "most for"), rows, words=(0, 1, 3), nothing="No flag was raised.")


def _worst(run: PoseRun, measures: PoseMeasures, opened: OpenedSession, *, figures: PageFigures) -> Iterator[Content]:
    chosen = worst_timepoints(measures)
    if opened.lacking:
        yield notice("No pictures of the cameras", [opened.lacking])
    if opened.session is None:
        yield table(("timepoint", "why"), [(str(one.timepoint), one.reason) for one in chosen], words=(1,))
        return
    for place, one in enumerate(chosen, start=1):
        chunk = run.poses_at(one.timepoint)
        if chunk is None:
            continue
        row, name = row_of(chunk, one.timepoint), f"worst_{place}"
        draw_labelled_views(
            opened.session,
            opened.source,
            timepoint=one.timepoint,
            points_mm=chunk.points_mm[row],
            points_px=chunk.points_px[row],
            error_px=chunk.error_px[row],
            cameras=opened.cameras,
            path=figures.photo(name),
            vectors=True,
        )
        yield element("h3", f"Timepoint {one.timepoint}: {one.reason}")
        yield figures.shown(
            name,
            description=f"All views of timepoint {one.timepoint} with named dots and the 3D pose",
            caption="Each camera's view, cropped to the animal.",
            photo=True,
        )


def _trajectory(measures: PoseMeasures, figures: PageFigures, name: str) -> Iterator[Content]:
    draw_pose_3d(
        measures.points_mm,
        measures.skeleton,
        path=figures.forms("poses_3d"),
        timepoints=measures.timepoints,
        title=name,
    )
    yield figures.shown(
        "poses_3d",
        description="The path of the body and a few poses, in perspective and along the z axis",
        caption="The path of the body (median of its keypoints), and poses far apart on it.",
    )


def _bones(bones: Bones, measures: PoseMeasures, figures: PageFigures) -> Iterator[Content]:
    if not bones.names:
        yield element("p", "The skeleton has no edges, so there is no bone to measure.", class_="empty")
        return
    draw_bones(bones, measures.timepoints, path=figures.forms("bones"))
    yield figures.shown(
        "bones",
        description="The length of each bone over time, less its median",
        caption="Each column shows the furthest of the timepoints it stands for. Right: median and median absolute "
        "deviation. A back bends and a paw stretches; a bone of one piece keeps its length.",
    )


def _cameras(
    summary: RunSummary,
    offsets: CameraOffsets | None,
    measures: PoseMeasures,
    *,
    opened: OpenedSession,
    figures: PageFigures,
) -> Iterator[Content]:
    yield element("h3", "Cameras")
    if offsets is None:
        yield notice("Nothing can be said of single cameras", [opened.lacking])
        return
    refined = summary.calibration_residuals_px
    titles = ("camera", "dots", "share of keypoints seen", "error px", "mean offset right px", "down px")
    total = measures.points_mm.shape[0] * measures.points_mm.shape[1]
    rows = [
        (name, f"{seen:,}", percent(seen / total), _px(rms), _px(mean[0]), _px(mean[1]), *_before_after(refined, name))
        for name, seen, rms, mean in zip(
            offsets.names, offsets.count.sum(axis=1).tolist(), offsets.rms_px.tolist(), offsets.mean_px, strict=True
        )
    ]
    yield table((*titles, *(("before refining px", "after px") if refined else ())), rows)
    draw_cameras(offsets, measures.skeleton.keypoints, path=figures.forms("cameras"))
    yield figures.shown(
        "cameras",
        description="Reprojection error of each camera and keypoint, and clouds of offsets for each camera",
        caption="Above: root mean square distance in px between the dot and where the 3D pose falls; grey: no dot was "
        "used. Below: where the dots lie around the pose, all on one scale; the cross is their mean. A cross off the "
        "middle is the calibration's doing, a wide cloud the dots'.",
    )


def _before_after(refined: dict[str, tuple[float, float]], name: str) -> tuple[str, ...]:
    return tuple(f"{value:.3f}" for value in refined[name]) if name in refined else ()


def _px(value: float | FloatArray) -> str:
    return f"{round(float(value), 2) + 0.0:.2f}" if np.isfinite(value) else "-"


def _judged(fine: bool | None) -> Content:
    return "cannot be told" if fine is None else verdict("fine" if fine else "look", fine=fine)
