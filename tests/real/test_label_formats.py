"""Real files, read as named points over time and written in the formats of other tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from label_files import same_points

from behaviorvlm.io import deeplabcut
from behaviorvlm.io.file_format import ExportOptions, FileFormat, function
from behaviorvlm.io.frame_pictures import pictures_at
from behaviorvlm.io.label_formats import LABEL_FORMATS
from behaviorvlm.io.pose_of_tracks import pose_table
from behaviorvlm.io.registry import recognized
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.types.pose_table import PoseTable

WRITTEN = [one for one in LABEL_FORMATS if one.write]


def read(path: Path) -> PoseTable:
    poses: PoseTable = function(recognized(path).read)(path)
    return poses


def whole(poses: PoseTable) -> np.ndarray:
    return np.concatenate([block.points_px for block in poses.blocks()])


@pytest.fixture(scope="module")
def ring(shared_data: Path) -> PoseTable:
    """The true points of a simulated session, with its videos."""
    session = open_session(shared_data / "arena_ring_small")
    truth = shared_data / "arena_ring_small" / "truth"
    tables = {name: deeplabcut.read_keypoints(truth / f"points2d_{name}.csv") for name in session.cameras.names}
    poses = pose_table(tables, name=session.name, where=str(truth))
    return replace(poses, skeleton=session.skeleton, rig=session.cameras, videos=session.videos)


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.name)
def test_labels_of_six_cameras_with_their_pictures(tmp_path: Path, ring: PoseTable, one: FileFormat) -> None:
    path = tmp_path / f"out{one.endings[0] if one.endings else ''}"
    (made,) = function(one.write)(path, ring, ExportOptions(max_frames=3))
    again = read(made)
    assert again.cameras == ring.cameras
    assert same_points(again, ring, limit=3)
    if again.videos:
        time = int(next(iter(again.blocks())).timepoint[1])
        pairs = zip(pictures_at(again, "cam3", [time]), pictures_at(ring, "cam3", [time]), strict=True)
        assert all(np.array_equal(one[1], other[1]) for one, other in pairs)


@pytest.mark.parametrize(
    ("place", "name", "individuals", "keypoints", "frames"),
    [
        ("mouse_dyad_interact/e3v813a-20210610T122332-122642DLC_dlcrnetms5_pilot_studySep24shuffle1_100000_el_filtered.csv",
         "deeplabcut", 2, 7, 5700),
        ("sleap_anipose_minimal/top/minimal_top_proofread.slp", "sleap", 1, 15, 120),
        ("sleap_anipose_minimal/top/minimal_top_proofread.analysis.h5", "sleap", 1, 15, 120),
        ("jabs_mouse_triplet/sample_pose_est_v5.h5", "jabs", 3, 12, 1800),
    ],
)  # fmt: skip
def test_files_are_recognized(
    shared_data: Path, place: str, name: str, individuals: int, keypoints: int, frames: int
) -> None:
    assert recognized(shared_data / place).name == name
    poses = read(shared_data / place)
    assert (len(poses.individuals), len(poses.keypoints)) == (individuals, keypoints)
    assert abs(poses.n_timepoints - frames) <= 1
    assert poses.skeleton.edges or name != "sleap"


def test_a_project_and_its_analysis_agree(shared_data: Path) -> None:
    folder = shared_data / "sleap_anipose_minimal" / "side"
    one, other = (read(folder / f"minimal_side_proofread{ending}") for ending in (".slp", ".analysis.h5"))
    assert one.keypoints == other.keypoints and set(one.skeleton.edges) == set(other.skeleton.edges)
    rows = next(iter(one.blocks())).timepoint
    np.testing.assert_allclose(whole(one)[:, 0, 0], whole(other)[rows, 0, 0], atol=1e-4)


def test_rats_go_from_text_to_every_table(shared_data: Path, tmp_path: Path) -> None:
    poses = read(sorted((shared_data / "rat_dyad" / "dlc_csv").glob("*.csv.gz"))[0])
    points = whole(poses)
    assert len(points) > 12_000
    for name, file in (("deeplabcut", "r.csv"), ("deeplabcut", "r.h5"), ("sleap", "r.analysis.h5")):
        writer = next(one.write for one in LABEL_FORMATS if one.name == name)
        function(writer)(tmp_path / file, poses, None)
        again = read(tmp_path / file)
        assert again.individuals == poses.individuals
        np.testing.assert_allclose(whole(again), points, atol=6e-4)
