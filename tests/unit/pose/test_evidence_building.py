from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.pose.scenes import BODY_MM, GATE_PX, evidence_of, make_rig, moved, nothing_known, show

from behaviorvlm.geometry.mirror import FloorPlane
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.imaging.specks import StaticSpecks
from behaviorvlm.pose.candidate_detection import Survey
from behaviorvlm.pose.evidence_building import build_evidence
from behaviorvlm.types import CandidateFlag, CandidateSet

RIG = make_rig()
FLOOR = FloorPlane(np.array([0.0, 0.0, 1.0]), 0.0)


def flagged(view: CandidateSet, flag: CandidateFlag) -> list[int]:
    return np.nonzero(view.flags & int(flag))[0].tolist()


def test_dots_of_all_views_become_points() -> None:
    evidence = evidence_of(BODY_MM, RIG)
    full = (evidence.points.numbers >= 0).all(axis=1)
    order = np.argsort(evidence.points.numbers[full, 0])
    np.testing.assert_allclose(evidence.points.points_mm[full][order], BODY_MM, atol=1e-6)
    assert not evidence.points.mirrored.any()
    assert all(not view.flags.any() for view in evidence.views)
    assert (evidence.timepoint, evidence.gate_px, evidence.floor) == (0, GATE_PX, None)


def test_specks_are_flagged_in_their_camera_only_and_stay() -> None:
    place = project_all(BODY_MM, RIG)[1, 3]
    specks = [StaticSpecks(np.zeros((0, 2)), np.zeros(0)) for _ in RIG]
    specks[1] = StaticSpecks(place[None] + 0.5, np.array([np.nan]))
    evidence = evidence_of(BODY_MM, RIG, survey=Survey(tuple(specks), None))
    assert [flagged(view, CandidateFlag.STATIC_SPECK) for view in evidence.views] == [[], [3], [], []]
    assert [len(view) for view in evidence.views] == [9] * 4
    clean = evidence_of(BODY_MM, RIG)
    np.testing.assert_array_equal(evidence.points.numbers, clean.points.numbers)


def test_mirror_images_are_flagged_and_the_dots_above_them_are_not() -> None:
    body = moved(BODY_MM, z=15)  # nearer to the floor, dot and image nearly touch
    both = np.concatenate([body, FLOOR.mirror(body)])
    evidence = evidence_of(both, RIG, survey=replace(nothing_known(4), floor=FLOOR))
    found = [flagged(view, CandidateFlag.FLOOR_MIRROR) for view in evidence.views]
    assert all(set(range(9, 18)) >= set(numbers) for numbers in found)
    assert sum(map(len, found)) >= 0.9 * 4 * 9  # chance points may rest on an image too, and acquit its dot
    full = (evidence.points.numbers >= 0).all(axis=1)
    below = evidence.points.points_mm[:, 2] < 0
    assert (evidence.points.mirrored == below)[full].all()
    assert evidence.floor is FLOOR


def test_a_point_below_the_floor_that_mirrors_nothing_is_no_mirror_image() -> None:
    points = np.concatenate([BODY_MM, [[0.0, 0.0, -40.0]]])
    evidence = evidence_of(points, RIG, survey=replace(nothing_known(4), floor=FLOOR))
    assert not evidence.points.mirrored[(evidence.points.numbers == 9).all(axis=1)].any()
    assert all(9 not in flagged(view, CandidateFlag.FLOOR_MIRROR) for view in evidence.views)


@pytest.mark.parametrize("dark", [0, 1, 3])
def test_views_without_a_dot_are_no_evidence(dark: int) -> None:
    views = show(BODY_MM, RIG)
    for camera in range(dark):
        views[camera] = CandidateSet.from_points(0, RIG.names[camera], np.zeros((0, 2)))
    evidence = build_evidence(views, RIG, survey=replace(nothing_known(4), floor=FLOOR), gate_px=GATE_PX)
    assert (evidence.points.numbers[:, :dark] == -1).all()
    assert (len(evidence.points) == 0) is (dark == 3)
