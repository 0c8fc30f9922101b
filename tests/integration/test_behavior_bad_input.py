"""Recordings that nobody hopes for, through the whole behavior pipeline: a clear error, or a flagged, finished run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.api import behavior
from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.errors import InputError, RunMismatchError, SettingsError
from behaviorvlm.io.deeplabcut_animals import write_animals
from behaviorvlm.report.behavior_pictures import draw_behavior
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import FloatArray, Tracks

KEYPOINTS = ("nose", "left_ear", "right_ear", "neck", "tail_base")
QUICK = BehaviorSettings(pretraining_epochs=2, clustering_epochs=2)


def walk(n_frames: int, n_animals: int = 2, *, seed: int = 0) -> FloatArray:
    """Return (timepoint, individual, keypoint, 2) px of animals that wander about."""
    rng = np.random.default_rng(seed)
    heading = np.cumsum(rng.normal(0, 0.15, (n_frames, n_animals)), axis=0)
    forward = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    left = np.stack([-forward[..., 1], forward[..., 0]], axis=-1)
    center = 300 + 100 * np.arange(n_animals)[:, None] + np.cumsum(2 * forward, axis=0)
    body = np.array([[20, 0], [12, 6], [12, -6], [8, 0], [-20, 0]])
    return center[:, :, None] + body[:, :1] * forward[:, :, None] + body[:, 1:] * left[:, :, None]


def write_tracks(path: Path, points: FloatArray, keypoints: tuple[str, ...]) -> Path:
    animals = tuple(f"animal{number}" for number in range(points.shape[1]))
    confidence = np.where(np.isfinite(points[..., 0]), 0.99, np.nan)
    write_animals(path, Tracks(animals, keypoints, points, confidence, np.arange(len(points)) / 30))
    return path


def label(path: Path, run: Path, settings: BehaviorSettings = QUICK, **files: Path) -> BehaviorReader:
    given = behavior.BehaviorFiles(inputs=(path,), frame_rate_hz=30.0, **files)
    opened = behavior.segment_behavior(behavior.find_recordings(given), run=run, settings=settings, files=given)
    return BehaviorReader(opened)


def test_an_animal_that_is_never_there_has_no_bout(tmp_path: Path) -> None:
    points = walk(200)
    points[:, 1] = np.nan
    reader = label(write_tracks(tmp_path / "pair.csv", points, KEYPOINTS), tmp_path / "run")
    absent = [one for one in reader.segments("pair") if one.individual == "animal1"]
    assert [(one.start_frame, one.stop_frame, one.cluster) for one in absent] == [(0, 200, -1)]
    assert {bout.individual for bout in reader.bouts("pair")} == {"animal0"}


def test_stretches_without_points_are_unseen_and_nothing_is_made_up(tmp_path: Path) -> None:
    points = walk(300, 1)
    points[100:200] = np.nan
    reader = label(write_tracks(tmp_path / "one.csv", points, KEYPOINTS), tmp_path / "run")
    unseen = [one for one in reader.segments("one") if one.cluster == -1]
    assert [(one.start_frame, one.stop_frame) for one in unseen] == [(100, 200)]
    assert not any(bout.start_frame < 199 and bout.stop_frame > 101 for bout in reader.bouts("one"))


@pytest.mark.parametrize("n_frames", [1, 3])
def test_a_recording_of_a_few_frames_is_labelled_whole(tmp_path: Path, n_frames: int) -> None:
    reader = label(write_tracks(tmp_path / "short.csv", walk(n_frames), KEYPOINTS), tmp_path / "run")
    for individual in ("animal0", "animal1"):
        own = [one for one in reader.segments("short") if one.individual == individual]
        assert own[0].start_frame == 0 and own[-1].stop_frame == n_frames


def test_animals_that_never_move_are_at_rest(tmp_path: Path) -> None:
    points = np.repeat(walk(1, 1), 150, axis=0)
    reader = label(write_tracks(tmp_path / "still.csv", points, KEYPOINTS), tmp_path / "run")
    assert {bout.behavior for bout in reader.bouts("still")} == {"rest"}


def test_more_clusters_than_frames_are_reported_empty(tmp_path: Path) -> None:
    settings = QUICK.model_copy(update={"clusters": 50})
    reader = label(write_tracks(tmp_path / "few.csv", walk(20, 1), KEYPOINTS), tmp_path / "run", settings)
    assert len(reader.clustering()["empty"]) >= 30


def test_nobody_ever_seen_is_said(tmp_path: Path) -> None:
    points = np.full_like(walk(50), np.nan)
    with pytest.raises(InputError):
        label(write_tracks(tmp_path / "empty.csv", points, KEYPOINTS), tmp_path / "run")


def test_keypoints_without_a_role_leave_an_ethogram_of_what_can_be_told(tmp_path: Path) -> None:
    names = ("a", "b", "c", "d", "e")
    reader = label(write_tracks(tmp_path / "plain.csv", walk(200), names), tmp_path / "run")
    assert any("nose" in reason for reason in reader.ethogram().impossible.values())
    assert reader.bouts("plain")


def test_recordings_with_other_keypoints_do_not_mix(tmp_path: Path) -> None:
    first = write_tracks(tmp_path / "first.csv", walk(50), KEYPOINTS)
    second = write_tracks(tmp_path / "second.csv", walk(50), ("a", "b", "c", "d", "e"))
    given = behavior.BehaviorFiles(inputs=(first, second), frame_rate_hz=30.0)
    with pytest.raises(InputError, match="different keypoints"):
        behavior.segment_behavior(behavior.find_recordings(given), run=tmp_path / "run", settings=QUICK)


def test_another_threshold_of_confidence_is_another_run(tmp_path: Path) -> None:
    tracks = write_tracks(tmp_path / "pair.csv", walk(60), KEYPOINTS)

    def given(min_confidence: float | None, fps: float = 30.0) -> None:
        files = behavior.BehaviorFiles(inputs=(tracks,), frame_rate_hz=fps, min_confidence=min_confidence)
        found = behavior.find_recordings(files)
        behavior.segment_behavior(found, run=tmp_path / "run", settings=QUICK, files=files).close()

    given(0.6)
    assert "min_confidence = 0.6" in (tmp_path / "run" / "run.toml").read_text()
    before = (tmp_path / "run" / "bouts.csv").read_bytes()
    for other in (0.7, None):
        with pytest.raises(RunMismatchError, match=r"recordings\.pair\.min_confidence"):
            given(other)
    with pytest.raises(RunMismatchError, match=r"recordings\.pair\.frame_rate_hz"):
        given(0.6, fps=25.0)
    given(0.6)
    assert (tmp_path / "run" / "bouts.csv").read_bytes() == before


def test_a_vocabulary_of_other_words_needs_exemplars_or_a_model(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text('[behaviors.waltz]\ndefinition = "turns in three-four time"\n')
    tracks = write_tracks(tmp_path / "pair.csv", walk(60), KEYPOINTS)
    with pytest.raises(SettingsError, match="cannot tell what these words") as error:
        label(tracks, tmp_path / "run", vocabulary=path)
    assert error.value.actual == "waltz"


def test_a_vocabulary_that_names_nothing_seen_leaves_no_bout_of_other_words(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text('[behaviors.chase]\ndefinition = "runs after the other"\n')
    tracks = write_tracks(tmp_path / "still.csv", np.repeat(walk(1), 90, axis=0), KEYPOINTS)
    reader = label(tracks, tmp_path / "run", vocabulary=path)
    assert reader.bouts("still") == [] and reader.ethogram().behaviors == ()
    with BehaviorRun.open(tmp_path / "run") as run:
        drawn = draw_behavior(run, lambda name: pytest.fail("there is no video to open"))
    assert all(path.stat().st_size > 1000 for path in drawn) and len(drawn) == 4
