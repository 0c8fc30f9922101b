"""Tables are a pure function of the journal: the same bytes whatever was resumed, killed or done in which order."""

from __future__ import annotations

import csv
import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from unit.runs.scripted_pipeline import (
    BLANK_TIMEPOINT,
    CAMERA_NAMES,
    EMPTY_TIMEPOINT,
    N_TIMEPOINTS,
    SKELETON,
    make_session,
    pose_chunk,
    recalibrated,
    scripted_run_pose,
)

from behaviorvlm.errors import RunCorruptError, RunStorageError
from behaviorvlm.io.anipose import read_calibration
from behaviorvlm.io.deeplabcut import read_keypoints
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.tables import write_tables
from behaviorvlm.types import RecordingSession

SETTINGS = PoseSettings(refine_calibration=True)
TABLES = ("points3d.csv", *(f"points2d_{name}.csv" for name in CAMERA_NAMES), "quality.csv", "calibration_refined.toml")


def table_bytes(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in TABLES}


def quality(folder: Path) -> list[dict[str, str]]:
    with (folder / "quality.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_points3d_says_what_the_journal_says(finished: Path) -> None:
    table, truth = read_points3d(finished / "points3d.csv"), recalibrated(range(N_TIMEPOINTS))
    assert table.keypoints == SKELETON.keypoints
    assert table.timepoints.tolist() == list(range(N_TIMEPOINTS))
    np.testing.assert_allclose(table.points_mm, truth["points_mm"], atol=5.1e-5)
    np.testing.assert_array_equal(table.n_views, (truth["numbers"] >= 0).sum(axis=-1))
    np.testing.assert_allclose(table.error_px, truth["error_px"], atol=5.1e-5)
    np.testing.assert_allclose(table.score, truth["confidence"])


def test_points2d_bear_each_cameras_own_frame_numbers(finished: Path) -> None:
    truth = recalibrated(range(N_TIMEPOINTS))
    for place, (camera, offset) in enumerate([("top", 0), ("side", 3), ("back", 0)]):
        table = read_keypoints(finished / f"points2d_{camera}.csv")
        assert table.frames.tolist() == list(range(offset, N_TIMEPOINTS + offset))
        np.testing.assert_allclose(table.points_px[:, 0], truth["points_px"][:, place])
        seen = np.isfinite(truth["points_px"][:, place]).all(axis=-1)
        np.testing.assert_allclose(table.confidence[:, 0], np.where(seen, 0.9, 0.0))


def test_quality_has_a_row_for_every_timepoint_and_keypoint(finished: Path) -> None:
    rows = quality(finished)
    assert [(int(row["timepoint"]), row["keypoint"]) for row in rows] == [
        (timepoint, keypoint) for timepoint in range(N_TIMEPOINTS) for keypoint in SKELETON.keypoints
    ]
    assert list(rows[0]) == [
        "timepoint", "keypoint", "reprojection_error_px", "views_used", "margin", "confidence", "flags", "reason",
    ]  # fmt: skip
    assert list(rows[5 * 4 + 1].values()) == [
        "5", "left_ear", "0.300", "3", "2.000", "0.900", "two_views|jump",
        "rests on 2 views only, where reprojection error cannot judge; moves further than its neighbors in time allow",
    ]  # fmt: skip


def test_quality_says_why_a_keypoint_is_missing(finished: Path) -> None:
    reasons = {(int(row["timepoint"]), row["keypoint"]): row["reason"] for row in quality(finished)}
    assert reasons[EMPTY_TIMEPOINT, "nose"] == "no camera shows a dot"
    assert reasons[BLANK_TIMEPOINT, "nose"] == "no view names it"
    assert reasons[1, "tail"] == "only top names it, and a position needs 2 views"
    contradicted = "the whole view contradicts its name in top, side, and a position needs 2 views"
    assert reasons[7, "right_ear"] == contradicted
    assert reasons[1, "nose"] == ""


def test_the_refined_calibration_is_one_to_use(session: RecordingSession, finished: Path) -> None:
    refined = read_calibration(finished / "calibration_refined.toml")
    assert refined.names == session.cameras.names
    for before, after in zip(session.cameras, refined, strict=True):
        np.testing.assert_allclose(after.tvec, before.tvec + 0.5)
        assert after.image_size == before.image_size


def test_no_refined_calibration_without_being_asked(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings()) as run:
        scripted_run_pose(session, sink=run.sink, settings=PoseSettings())
        assert {path.name for path in write_tables(run)} == set(TABLES) - {"calibration_refined.toml"}


def test_the_bytes_do_not_depend_on_the_order_of_work(
    session: RecordingSession, finished: Path, tmp_path: Path
) -> None:
    def shuffled(pieces: list[range]) -> list[range]:
        return random.Random(3).sample(pieces, len(pieces))

    with PoseRun.start(tmp_path / "shuffled", session, settings=SETTINGS) as run:
        scripted_run_pose(session, sink=run.sink, settings=SETTINGS, chunks=lambda pieces: shuffled(pieces)[:3])
        write_tables(run)
    with PoseRun.start(tmp_path / "shuffled", session, settings=SETTINGS, workers=3) as run:
        scripted_run_pose(session, sink=run.sink, settings=SETTINGS, chunks=shuffled)
        write_tables(run)
    assert table_bytes(tmp_path / "shuffled") == table_bytes(finished)


def test_a_part_of_the_video_keeps_its_timepoints(session: RecordingSession, tmp_path: Path) -> None:
    settings = PoseSettings(timepoints=(12, 30))
    with PoseRun.start(tmp_path / "run", session, settings=settings) as run:
        scripted_run_pose(session, sink=run.sink, settings=settings)
        write_tables(run)
    assert read_points3d(tmp_path / "run" / "points3d.csv").timepoints.tolist() == list(range(12, 30))


def test_a_full_disk_leaves_the_table_of_before(finished: Path) -> None:
    before = table_bytes(finished)
    with PoseRun.open(finished) as run:
        for name in TABLES:
            (finished / f"{name}.partial").symlink_to("/dev/full")
            with pytest.raises(RunStorageError, match="the disk is full") as error:
                write_tables(run)
            assert error.value.where == str(finished / name)
            assert table_bytes(finished) == before
            assert not list(finished.glob("*.partial"))
        write_tables(run)
    assert table_bytes(finished) == before


def test_a_damaged_journal_makes_no_tables(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=SETTINGS) as run:
        scripted_run_pose(session, sink=run.sink, settings=SETTINGS)
        run.sink._connection.execute("UPDATE result SET content_hash = 'x' WHERE stage LIKE 'poses%'")
        with pytest.raises(RunCorruptError, match="not what was written"):
            write_tables(run)
    assert not (tmp_path / "run" / "points3d.csv").exists()


def peak_bytes(folder: Path, n_timepoints: int) -> int:
    session = make_session(folder / "session", n_timepoints=n_timepoints)
    with PoseRun.start(folder / "run", session, settings=PoseSettings()) as run:
        scripted_run_pose(session, sink=run.sink, settings=PoseSettings())
        tracemalloc.start()
        write_tables(run)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_video(tmp_path: Path) -> None:
    peak_bytes(tmp_path / "warm", 100)  # what is imported and cached once does not count
    short, long = peak_bytes(tmp_path / "short", 200), peak_bytes(tmp_path / "long", 1200)
    results = 1000 * sum(array.nbytes for array in pose_chunk(range(1)).values())
    assert long - short < results / 2, (short, long, results)


def test_quality_says_what_no_seed_tells(session: RecordingSession, tmp_path: Path) -> None:
    tail = SKELETON.index("tail")
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings()) as run:
        scripted_run_pose(session, sink=run.sink, settings=PoseSettings())
        assert not run.sideless.any()
        run.sink.save("limits", "sideless", {"sideless": np.arange(len(SKELETON)) == tail})
        write_tables(run)
    reasons = {(int(row["timepoint"]), row["keypoint"]): row["reason"] for row in quality(tmp_path / "run")}
    assert "no seed places it or its left/right partner" in reasons[1, "tail"]
    assert reasons[BLANK_TIMEPOINT, "nose"] == "no view names it"
