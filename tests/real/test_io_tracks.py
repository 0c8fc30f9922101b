"""Real tracks of five programs: what their provenance says is what is read."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.io import sleap, sleap_labels
from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.io.keypoint_roles import guess_roles
from behaviorvlm.io.recordings import find_recordings
from behaviorvlm.io.tracks_file import read_tracks
from behaviorvlm.types import Role

MABE = "EGS8X2MN4SSUGFWAV976"


def rat_files(shared_data: Path) -> list[Path]:
    return sorted((shared_data / "rat_dyad" / "dlc_csv").glob("*.csv.gz"))


@pytest.mark.slow
def test_48_rat_encounters(shared_data: Path) -> None:
    recordings = find_recordings(rat_files(shared_data), frame_rate_hz=30)
    assert len({recording.name for recording in recordings}) == 48
    assert {recording.name for recording in recordings} >= {"2", "10", "58"}
    lengths, seen = [], []
    for found in recordings:
        recording = found.open()
        assert recording.individuals == ("individual1", "individual2")
        assert recording.tracks is not None
        lengths.append(recording.n_timepoints)
        seen.append(recording.tracks.present[:, :, recording.tracks.keypoints.index("body")].mean(axis=0))
    assert (min(lengths), max(lengths), sum(lengths)) == (12_987, 15_733, 689_320)
    assert 0.55 < np.min(seen) < 0.75 < np.max(seen) < 0.9


def test_a_rat_encounter_cell_by_cell(shared_data: Path) -> None:
    path = rat_files(shared_data)[0]
    table = read_tracks(path, min_confidence=0)
    with gzip.open(path, "rt", newline="") as stream:
        rows = list(csv.reader(stream))[4:]
    assert len(rows) == len(table.frames)
    cells = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows[2000:4000]]).reshape(2000, 2, 5, 3)
    missing = np.isnan(cells[..., :2]).any(axis=-1, keepdims=True)
    np.testing.assert_array_equal(table.points_px[2000:4000], np.where(missing, np.nan, cells[..., :2]))
    np.testing.assert_array_equal(table.confidence[2000:4000], np.where(missing[..., 0], np.nan, cells[..., 2]))


def test_doubtful_points_of_rats_are_few(shared_data: Path) -> None:
    path = rat_files(shared_data)[0]
    every, usual = (np.isfinite(read_tracks(path, **given).points_px[..., 0]) for given in ({"min_confidence": 0}, {}))
    assert 0.97 < usual.sum() / every.sum() < 1


def test_the_mabe_clip_and_its_video(shared_data: Path) -> None:
    folder = shared_data / "mabe22_mouse_triplet"
    [found] = find_recordings([folder / f"{MABE}.h5"], videos=[folder / f"{MABE}.mp4"])
    recording = found.open()
    assert (recording.n_timepoints, recording.frame_rate_hz, recording.frame_size) == (1800, 30.0, (512, 512))
    assert recording.notes[0] == "tracks of 1800 frames and a video of 1801 were cut to the shorter"
    assert recording.roles.lacking(Role) == (Role.HEAD, Role.LEFT_HIP, Role.RIGHT_HIP)
    tracks = recording.tracks
    assert tracks is not None
    assert (~tracks.present).mean() == pytest.approx(0.104, abs=0.001)
    np.testing.assert_allclose(1 - tracks.visible.mean(axis=0), [0.199, 0.023, 0.090], atol=0.001)
    assert tracks.visible.all(axis=1).sum() == 1287
    assert np.nanmax(tracks.points_px) < 512


def test_pictures_of_the_mabe_clip_show_mice_where_the_tracks_are(shared_data: Path) -> None:
    folder = shared_data / "mabe22_mouse_triplet"
    table = read_tracks(folder / f"{MABE}.h5")
    center = table.keypoints.index("center back")
    at, away = [], []
    for frame, picture in zip(
        range(0, 1800, 60), ColorVideoSource(folder / f"{MABE}.mp4").read(0, 1800, step=60), strict=True
    ):
        assert picture.shape == (512, 512, 3)
        assert np.ptp(picture.astype(int), axis=-1).max() <= 4  # an infrared camera: no color
        for x, y in table.points_px[frame, :, center]:
            if np.isfinite(x):
                at.append(picture[round(y), round(x)].mean())
                away.append(np.median(picture))
    assert np.mean(np.array(at) < np.array(away)) > 0.9  # the mice are darker than their cage


def test_mice_of_jabs(shared_data: Path) -> None:
    folder = shared_data / "jabs_mouse_triplet"
    one = read_tracks(folder / "sample_pose_est_v2.h5")
    np.testing.assert_array_equal(one.points_px[0, 0, 0], [125, 93])  # stored y before x
    three = read_tracks(folder / "sample_pose_est_v5.h5")
    assert three.points_px.shape == (1800, 3, 12, 2)
    assert three.px_per_mm == pytest.approx(1 / 0.73341824)
    joined = read_tracks(folder / "identity_with_no_data_pose_est_v3.h5")
    assert joined.points_px.shape == (1800, 3, 12, 2)
    assert np.isfinite(joined.points_px[..., 0]).any(axis=2).mean() > 0.97
    steps = np.linalg.norm(np.diff(joined.points_px[:, :, 6], axis=0), axis=-1)
    assert np.nanmedian(steps) < 2
    assert np.nanmean(steps > 100) < 0.01  # pieces of one mouse are joined, not of several


@pytest.mark.parametrize("camera", ["back", "mid", "side", "top"])
def test_a_project_of_sleap_holds_what_its_export_holds(shared_data: Path, camera: str) -> None:
    folder = shared_data / "sleap_anipose_minimal" / camera
    project = sleap_labels.read_keypoints(folder / f"minimal_{camera}_proofread.slp")
    export = sleap.read_keypoints(folder / f"minimal_{camera}_proofread.analysis.h5")
    assert (project.individuals, project.keypoints) == (export.individuals, export.keypoints)
    np.testing.assert_allclose(project.points_px, export.points_px)
    there = np.isfinite(export.confidence)
    np.testing.assert_allclose(project.confidence[there], export.confidence[there])


def test_roles_of_a_dyad_of_mice_and_of_sleap(shared_data: Path) -> None:
    [path] = (shared_data / "mouse_dyad_interact").glob("*DLC_*.csv")
    assert set(guess_roles(read_tracks(path).keypoints).names) == {
        Role.NOSE, Role.LEFT_EAR, Role.RIGHT_EAR, Role.NECK, Role.LEFT_HIP, Role.RIGHT_HIP, Role.TAIL_BASE,
    }  # fmt: skip
    path = shared_data / "sleap_anipose_minimal" / "top" / "minimal_top_proofread.slp"
    roles = guess_roles(read_tracks(path).keypoints).names
    assert (roles[Role.BODY_CENTER], roles[Role.TAIL_BASE], roles[Role.TAIL_TIP]) == ("Trunk", "TTI", "TailTip")
    assert roles[Role.LEFT_HIP] == "Haunch_left"
