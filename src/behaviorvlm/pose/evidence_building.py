"""Candidates of all views become evidence: specks flagged, dots matched over views, mirror images recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from behaviorvlm.geometry.correspondence import match_views
from behaviorvlm.geometry.mirror import find_mirrored
from behaviorvlm.imaging.specks import flag_static
from behaviorvlm.pose.candidate_detection import Survey
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.types import BoolArray, CameraGroup, CandidateFlag, CandidateSet, Correspondence, IntArray

FIRM_VIEWS = 3
"""Views that make a point firm: its dots are not called mirror images."""


def build_evidence(views: Sequence[CandidateSet], cameras: CameraGroup, *, survey: Survey, gate_px: float) -> Evidence:
    """Return the evidence of one timepoint.

    Args:
        views: One candidate set per camera, in camera-axis order.
        cameras: The rig.
        survey: What the whole video says.
        gate_px: Largest reprojection error of a view that belongs to a point.
    """
    flagged = [_with_specks(view, survey, camera) for camera, view in enumerate(views)]
    points = match_views(flagged, cameras, gate_px=gate_px)
    if survey.floor is not None:
        points = replace(points, mirrored=find_mirrored(points.points_mm, survey.floor))
        flagged = [_with_mirrors(view, points, camera) for camera, view in enumerate(flagged)]
    return Evidence(views[0].timepoint, tuple(flagged), points, survey.floor, gate_px)


def _with_specks(view: CandidateSet, survey: Survey, camera: int) -> CandidateSet:
    static = flag_static(view.points_px, view.brightness, specks=survey.specks[camera])
    return replace(view, flags=view.flags | np.where(static, int(CandidateFlag.STATIC_SPECK), 0))


def _with_mirrors(view: CandidateSet, points: Correspondence, camera: int) -> CandidateSet:
    """Flag the dots that only mirrored points, and no firm point above the floor, rest on."""
    firm = (points.numbers >= 0).sum(axis=1) >= FIRM_VIEWS
    mirrored = _rest_on(view, points.numbers[points.mirrored & firm, camera])
    standing = _rest_on(view, points.numbers[~points.mirrored & firm, camera])
    flag = np.where(mirrored & ~standing, int(CandidateFlag.FLOOR_MIRROR), 0)
    return replace(view, flags=view.flags | flag)


def _rest_on(view: CandidateSet, numbers: IntArray) -> BoolArray:
    used = np.zeros(len(view), dtype=np.bool_)
    used[numbers[numbers >= 0]] = True
    return used
