from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from rig_poses import assert_same, make_rig_table, make_table, pose_tables, whole

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.nwb_poses import write_pose
from behaviorvlm.io.nwb_reading import is_nwb, read_pose
from behaviorvlm.types.pose_table import PoseTable

pynwb = pytest.importorskip("pynwb", reason="pynwb is not installed: pip install 'behaviorvlm[nwb]'")
ndx_pose = pytest.importorskip("ndx_pose")

FLOAT32 = 1e-4
KEPT = ("name", "skeleton", "individuals", "cameras", "frame_rate_hz", "image_sizes", "frame_offsets", "provenance")


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(pose_tables())
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, poses: PoseTable) -> None:
    path = tmp_path_factory.mktemp("nwb") / "poses.nwb"
    assert write_pose(path, poses) == (path,)
    assert is_nwb(path)
    again = read_pose(path)
    assert_same(again, poses, atol=FLOAT32)
    assert [getattr(again, name) for name in KEPT] == [getattr(poses, name) for name in KEPT]


def test_cameras_come_back(tmp_path: Path) -> None:
    poses = make_rig_table(4, frame_offsets={"cam1": 3})
    write_pose(tmp_path / "poses.nwb", poses)
    again = read_pose(tmp_path / "poses.nwb")
    assert again.rig is not None
    for one, other in zip(again.rig, poses.rig, strict=True):  # type: ignore[arg-type]
        assert (one.name, one.image_size) == (other.name, other.image_size)
        np.testing.assert_allclose(one.rotation, other.rotation, atol=1e-12)
        np.testing.assert_array_equal(one.tvec, other.tvec)
        np.testing.assert_array_equal(one.matrix, other.matrix)


def test_what_pynwb_reads(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    video = tmp_path / "videos" / "monday_cam1_visible.mp4"
    video.write_bytes(b"")
    videos = {"cam1": {"fluorescence": str(tmp_path / "gone.mp4"), "visible": str(video)}}
    poses = replace(make_rig_table(frame_offsets={"cam1": 3}), videos=videos)
    write_pose(tmp_path / "out" / "poses.nwb", poses, ExportOptions(scorer="jane"))
    values = whole(poses)
    with pynwb.NWBHDF5IO(tmp_path / "out" / "poses.nwb", "r") as io:
        file = io.read()
        container = file.processing["behavior"]["MultiCameraPoseEstimation"]
        assert (container.scorer, container.source_software) == ("jane", "behaviorvlm")
        assert container.skeleton.nodes[:].tolist() == list(poses.keypoints)
        assert container.skeleton.edges[:].tolist() == poses.skeleton.edge_indices.tolist()
        series = container.pose_estimation_series["left_ear"]
        assert (series.unit, series.rate, series.starting_time) == ("millimeters", 30.0, 0.0)
        np.testing.assert_allclose(series.data[:], values["points_mm"][:, 0, 1], atol=FLOAT32)
        np.testing.assert_allclose(series.confidence[:], values["score"][:, 0, 1], atol=FLOAT32)
        view = container.pose_estimations["PoseEstimation_cam1"]
        assert isinstance(view.device, ndx_pose.CalibratedCamera)
        np.testing.assert_array_equal(view.device.translation_vector[:], poses.rig["cam1"].tvec)  # type: ignore[index]
        points = view.pose_estimation_series["nose"].data[:]
        np.testing.assert_allclose(points, values["points_px"][:, 1, 0, 0], atol=FLOAT32)
        assert view.source_video.external_file[:].tolist() == ["../videos/monday_cam1_visible.mp4"]
        assert view.source_video.starting_time == pytest.approx(-0.1)
        assert container.pose_estimations["PoseEstimation_cam0"].source_video is None


def test_without_a_frame_rate_there_is_no_time(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="frame rate is not known"):
        write_pose(tmp_path / "poses.nwb", replace(make_table(), frame_rate_hz=None))
    assert not list(tmp_path.iterdir())


def foreign(path: Path, containers: list[tuple[str, str]], *, unit: str = "pixels", axes: int = 2) -> np.ndarray:
    """Write a file as converters of other tools do: a `PoseEstimation` of each name and camera ("" = no device)."""
    from datetime import UTC, datetime

    points = np.random.default_rng(0).uniform(0, 9, (5, axes))
    file = pynwb.NWBFile("a session", "id", datetime(2024, 1, 1, tzinfo=UTC))
    skeleton = ndx_pose.Skeleton(name="mouse", nodes=["nose", "tail"], edges=np.array([[0, 1]], dtype=np.uint8))
    module = file.create_processing_module("behavior", "poses")
    module.add(ndx_pose.Skeletons(skeletons=[skeleton]))
    for number, (name, camera) in enumerate(containers):
        series = [
            ndx_pose.PoseEstimationSeries(
                name=f"PoseEstimationSeries{node}", data=points + number, unit=unit, reference_frame="corner",
                timestamps=np.arange(5) / 25,
            )
            for node in ("nose", "tail")
        ]  # fmt: skip
        device = {}
        if camera:
            device = {"device": file.devices[camera] if camera in file.devices else file.create_device(camera)}
        module.add(
            ndx_pose.PoseEstimation(
                name=name, pose_estimation_series=series, skeleton=skeleton, scorer="DLC", source_software="DeepLabCut",
                **device,
            )
        )  # fmt: skip
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(file)
    return points


def test_files_of_other_writers(tmp_path: Path) -> None:
    points = foreign(tmp_path / "two.nwb", [("mouse1", ""), ("mouse2", "")])
    poses = read_pose(tmp_path / "two.nwb")
    assert (poses.individuals, poses.keypoints, len(poses.cameras)) == (("mouse1", "mouse2"), ("nose", "tail"), 1)
    assert poses.frame_rate_hz == pytest.approx(25)
    assert poses.provenance == {"scorer": "DLC", "software": "DeepLabCut"}
    np.testing.assert_allclose(whole(poses)["points_px"][:, 0, 1, 0], points + 1)
    foreign(tmp_path / "views.nwb", [("a", "top"), ("b", "side")])
    poses = read_pose(tmp_path / "views.nwb")
    assert (poses.individuals, poses.cameras) == (("animal",), ("top", "side"))
    points = foreign(tmp_path / "space.nwb", [("dannce", "")], unit="meters", axes=3)
    poses = read_pose(tmp_path / "space.nwb")
    np.testing.assert_allclose(whole(poses)["points_mm"][:, 0, 0], 1000 * points)


def test_what_cannot_be_told_is_refused(tmp_path: Path) -> None:
    foreign(tmp_path / "odd.nwb", [("a", "top"), ("b", "side"), ("c", "top")])
    with pytest.raises(FormatError, match="cannot be told whose"):
        read_pose(tmp_path / "odd.nwb")
    foreign(tmp_path / "unit.nwb", [("a", "")], unit="furlongs", axes=3)
    with pytest.raises(FormatError, match="unit of a series is unknown") as caught:
        list(read_pose(tmp_path / "unit.nwb").blocks())
    assert "PoseEstimationSeriesnose" in caught.value.where


BAD: dict[str, tuple[Callable[[h5py.Group], object], str]] = {
    "a series is missing": (lambda group: group.pop("PoseEstimation_cam1/nose"), "a series is missing"),
    "a series is short": (lambda group: group["tail_base/data"].resize(5, axis=0), "series differ in length"),
    "no numbers": (lambda group: group.pop("nose/data"), "cannot be read"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_refused(tmp_path: Path, change: Callable[[h5py.Group], object], message: str) -> None:
    path = tmp_path / "poses.nwb"
    write_pose(path, make_rig_table())
    with h5py.File(path, "a") as file:
        change(file["processing/behavior/MultiCameraPoseEstimation"])
    with pytest.raises(FormatError, match=message) as caught:
        list(read_pose(path).blocks())
    assert "poses.nwb" in caught.value.where


def test_files_without_poses(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.9.0"
    assert not is_nwb(tmp_path / "x.nwb")
    with pytest.raises(FormatError, match="holds no poses"):
        read_pose(tmp_path / "x.nwb")
    write_pose(tmp_path / "x.nwb", make_table())
    (tmp_path / "x.nwb").write_bytes((tmp_path / "x.nwb").read_bytes()[:5000])
    assert not is_nwb(tmp_path / "x.nwb")
    with pytest.raises(FormatError, match="cannot be read"):
        read_pose(tmp_path / "x.nwb")
