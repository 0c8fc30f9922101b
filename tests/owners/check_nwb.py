"""Do pynwb and ndx-pose open what we wrote, is nwbinspector content? ``python check_nwb.py EXPECTED.npz FILE.nwb``.

EXPECTED holds ``points_mm``, ``score``, ``points_px``, ``confidence`` with the axes of a pose table, ``keypoints``,
``cameras``, ``edges``, ``tvec``, ``matrix``, ``rate``.
"""

from __future__ import annotations

import sys

import numpy as np
from ndx_pose import CalibratedCamera, MultiCameraPoseEstimation
from nwbinspector import Importance, inspect_nwbfile
from pynwb import NWBHDF5IO, validate


def main(expected: dict[str, np.ndarray], path: str) -> None:
    with NWBHDF5IO(path, "r") as io:
        file = io.read()
        module = file.processing["behavior"].data_interfaces.values()
        found = [one for one in module if isinstance(one, MultiCameraPoseEstimation)]
        assert len(found) == expected["points_mm"].shape[1]
        for individual, container in enumerate(sorted(found, key=lambda one: one.name)):
            nodes = container.skeleton.nodes[:].tolist()
            assert nodes == expected["keypoints"].tolist()
            assert container.skeleton.edges[:].tolist() == expected["edges"].tolist()
            for keypoint, node in enumerate(nodes):
                series = container.pose_estimation_series[node]
                assert (series.unit, series.rate) == ("millimeters", float(expected["rate"]))
                same(series.data[:], expected["points_mm"][:, individual, keypoint])
                same(series.confidence[:], expected["score"][:, individual, keypoint])
            check_views(container, expected, individual, nodes)
    errors = validate(path=path)
    assert not errors, errors
    bad = [one for one in inspect_nwbfile(nwbfile_path=path) if one.importance.value >= Importance.CRITICAL.value]
    assert not bad, bad


def check_views(container, expected: dict[str, np.ndarray], individual: int, nodes: list[str]) -> None:
    views = {view.device.name: view for view in container.pose_estimations.values()}
    for place, camera in enumerate(expected["cameras"].tolist()):
        view = views[camera]
        assert isinstance(view.device, CalibratedCamera)
        np.testing.assert_array_equal(view.device.translation_vector[:], expected["tvec"][place])
        np.testing.assert_array_equal(view.device.intrinsic_matrix[:], expected["matrix"][place])
        for keypoint, node in enumerate(nodes):
            series = view.pose_estimation_series[node]
            assert series.unit == "pixels"
            same(series.data[:], expected["points_px"][:, place, individual, keypoint])
            same(series.confidence[:], expected["confidence"][:, place, individual, keypoint])


def same(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-4)


if __name__ == "__main__":
    main(dict(np.load(sys.argv[1])), sys.argv[2])
