from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation
from unit.pose.scenes import DictSink, make_poses, make_rig, make_session

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate
from behaviorvlm.pose.calibration_refinement import (
    MOST_POINTS,
    SETTLED_MARGIN,
    SETTLED_VIEWS,
    refine_calibration,
    settled_dots,
    triangulate_again,
)
from behaviorvlm.types import Camera, CameraGroup

TRUE = make_rig(5)


def disturbed(rig: CameraGroup, seed: int = 0) -> CameraGroup:
    """Return the rig as it was badly calibrated: each camera turned by about 0.05 degrees and moved by 0.3 mm."""
    rng = np.random.default_rng(seed)
    cameras: list[Camera] = []
    for camera in rig:
        turn = Rotation.from_rotvec(np.deg2rad(0.05) * rng.normal(size=3)) * Rotation.from_matrix(camera.rotation)
        place = camera.position_mm + 0.3 * rng.normal(size=3)
        cameras.append(replace(camera, rvec=turn.as_rotvec(), tvec=-turn.as_matrix() @ place))
    return CameraGroup(tuple(cameras))


GIVEN = disturbed(TRUE)


def record(timepoints: range, *, margin: float = 20.0, views: int = 5) -> dict[str, np.ndarray]:
    """Return the record of a stretch whose dots the true cameras saw and the given ones triangulated."""
    poses = make_poses(timepoints)
    dots = np.moveaxis(project_all(poses, TRUE), 0, 1)  # (timepoint, camera, keypoint, 2)
    dots[:, views:] = np.nan
    numbers = np.where(np.isfinite(dots[..., 0]), 3, -1)
    points = triangulate(np.moveaxis(dots, 1, 0), GIVEN)
    shape = points.shape[:2]
    return {
        "timepoint": np.array(timepoints),
        "points_mm": points,
        "numbers": np.moveaxis(numbers, 1, 2),
        "points_px": dots,
        "error_px": np.full(shape, 0.7),
        "margin": np.full(shape, margin),
        "runner_up_mm": np.full((*shape, 3), np.nan),
        "flags": np.zeros(shape, dtype=np.int64),
        "confidence": np.ones(shape),
    }


def kept(*records: dict[str, np.ndarray]) -> tuple[DictSink, list[str]]:
    sink = DictSink()
    keys = [f"{int(one['timepoint'][0]):06d}-{int(one['timepoint'][-1]) + 1:06d}" for one in records]
    for key, one in zip(keys, records, strict=True):
        sink.save("poses", key, one)
    return sink, keys


def misshape_mm(points: np.ndarray, timepoints: range) -> float:
    """Return the mean error after the points are laid over the truth: where the rig stands, no dots can tell."""
    here, there = points.reshape(-1, 3), make_poses(timepoints).reshape(-1, 3)
    here, there = here - here.mean(axis=0), there - there.mean(axis=0)
    turn = Rotation.align_vectors(there, here)[0].as_matrix()
    return float(np.linalg.norm(here @ turn.T - there, axis=1).mean())


@cache
def refined() -> tuple[DictSink, DictSink]:
    """Return what was kept before and after a refinement over two stretches."""
    sink, keys = kept(record(range(0, 12)), record(range(12, 24)))
    before = DictSink({key: {name: values.copy() for name, values in sink[key].items()} for key in sink})
    refine_calibration(make_session(GIVEN), sink, keys, gate_px=5.0)
    return before, sink


def test_refined_cameras_see_the_dots_where_they_are_and_the_points_get_better() -> None:
    _, sink = refined()
    found = sink["calibration", "refined"]
    assert (found["residual_after_px"] < 0.2 * found["residual_before_px"]).all()
    for key, timepoints in (("000000-000012", range(0, 12)), ("000012-000024", range(12, 24))):
        before, after = sink["poses", key], sink["poses_recalibrated", key]
        assert misshape_mm(after["points_mm"], timepoints) < 0.6 * misshape_mm(before["points_mm"], timepoints)
        assert after["error_px"].mean() < 0.1
        assert set(after) == set(before)


def test_the_record_of_the_cameras_has_the_shapes_of_a_rig() -> None:
    _, sink = refined()
    assert {name: values.shape for name, values in sink["calibration", "refined"].items()} == {
        "matrix": (5, 3, 3),
        "distortion": (5, 5),
        "rvec": (5, 3),
        "tvec": (5, 3),
        "residual_before_px": (5,),
        "residual_after_px": (5,),
    }


def test_the_scene_keeps_its_place() -> None:
    before, sink = refined()
    places = (before.joined("poses", "points_mm"), sink.joined("poses_recalibrated", "points_mm"))
    here, there = (points.reshape(-1, 3).mean(axis=0) for points in places)
    np.testing.assert_allclose(here, there, atol=0.02)


def test_the_stages_own_records_stay() -> None:
    before, sink = refined()
    for key, arrays in before.items():
        for name, values in arrays.items():
            np.testing.assert_array_equal(sink[key][name], values)


def test_only_settled_points_count() -> None:
    good = record(range(4))
    assert settled_dots([good], 5).shape == (5, 36, 2)
    assert settled_dots([record(range(4), margin=SETTLED_MARGIN - 0.1)], 5).shape == (5, 0, 2)
    assert settled_dots([record(range(4), views=SETTLED_VIEWS - 1)], 5).shape == (5, 0, 2)
    assert settled_dots([], 5).shape == (5, 0, 2)
    good["margin"][1:] = np.nan  # missing
    np.testing.assert_array_equal(settled_dots([good], 5), good["points_px"][0])


def test_many_points_are_thinned_evenly() -> None:
    dots = settled_dots([record(range(start, start + 100)) for start in (0, 100, 200)], 5)
    assert dots.shape == (5, MOST_POINTS, 2)
    everything = np.concatenate([np.moveaxis(record(range(300))["points_px"], 1, 0)], axis=1).reshape(5, -1, 2)
    rows = [int(np.nonzero((everything == dots[:, [place]]).all(axis=(0, 2)))[0][0]) for place in (0, 750, 1499)]
    assert rows[0] == 0
    assert rows[2] == 2699
    assert abs(rows[1] - 1350) < 5


def test_nothing_settled_leaves_the_rig_as_it_is() -> None:
    sink, keys = kept(record(range(5), margin=0.0))
    refine_calibration(make_session(GIVEN), sink, keys, gate_px=5.0)
    refined = sink["calibration", "refined"]
    np.testing.assert_array_equal(refined["rvec"], np.stack([camera.rvec for camera in GIVEN]))
    before, after = (sink[stage, keys[0]]["points_mm"] for stage in ("poses", "poses_recalibrated"))
    np.testing.assert_allclose(after, before, atol=1e-3)


def test_a_view_that_no_longer_agrees_is_left_out() -> None:
    one = record(range(3))
    one["points_px"][1, 2, 4] += 40.0
    again = triangulate_again(one, TRUE, gate_px=3.0)
    assert again["numbers"][1, 4].tolist() == [3, 3, -1, 3, 3]
    assert np.isnan(again["points_px"][1, 2, 4]).all()
    assert (np.delete(again["numbers"].reshape(-1, 5), 13, axis=0) == 3).all()
    np.testing.assert_allclose(again["points_mm"], make_poses(range(3)), atol=1e-6)


def test_missing_points_stay_missing() -> None:
    one = record(range(3))
    one["points_px"][0, :, 5] = np.nan
    one["numbers"][0, 5] = -1
    again = triangulate_again(one, TRUE, gate_px=3.0)
    assert np.isnan(again["points_mm"][0, 5]).all()
    assert np.isnan(again["error_px"][0, 5])
    assert np.isfinite(again["points_mm"]).all(axis=-1).sum() == 26
