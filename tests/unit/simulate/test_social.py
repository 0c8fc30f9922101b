"""The simulated encounter on disk: complete, true to its own truth, repeatable, and clear about bad input."""

from __future__ import annotations

import filecmp
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import SessionError, SettingsError
from behaviorvlm.io.bouts import read_bouts
from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.io.tracks_file import read_tracks
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.simulate.social import simulate_social
from behaviorvlm.simulate.social_script import BEHAVIORS
from behaviorvlm.simulate.social_settings import SocialSettings

SETTINGS = SocialSettings(image_px=128)
SECONDS = 8.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_social(tmp_path_factory.mktemp("made") / "box", seconds=SECONDS, seed=3, settings=SETTINGS)


def test_every_file_is_there(folder: Path) -> None:
    expected = {"PROVENANCE.md", "box.csv", "box.mp4", "truth/bouts.csv", "truth/tracks.csv", "truth/README.md"}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == expected
    assert "SIMULATED" in (folder / "PROVENANCE.md").read_text()
    assert "SIMULATED" in (folder / "truth" / "README.md").read_text()


def test_tracks_are_the_truth_with_jitter_and_gaps(folder: Path) -> None:
    tracks, exact = read_tracks(folder / "box.csv"), read_tracks(folder / "truth" / "tracks.csv")
    assert tracks.individuals == exact.individuals == ("animal1", "animal2", "animal3")
    assert tracks.points_px.shape == exact.points_px.shape == (240, 3, 10, 2)
    assert np.isfinite(exact.points_px).all()
    missing = np.isnan(tracks.points_px[..., 0])
    assert 0.01 < missing.mean() < 0.12
    off = (tracks.points_px - exact.points_px)[~missing]
    assert off.std() == pytest.approx(SETTINGS.track_noise_bl * SETTINGS.px_per_bl, rel=0.1)


def test_video_and_tracks_have_the_same_length_and_show_the_same(folder: Path) -> None:
    exact = read_tracks(folder / "truth" / "tracks.csv").points_px
    assert probe_video(folder / "box.mp4").n_frames == len(exact)
    empty = np.median(list(ColorVideoSource(folder / "box.mp4").read(0, 240, step=8)), axis=0)
    for frame in (0, 100, 239):
        picture = next(ColorVideoSource(folder / "box.mp4").pick([frame])).astype(float)
        column, row = exact[frame, 0, 4].round().astype(int)  # the middle of the first animal, which is black
        assert picture[row, column].mean() < empty.mean() - 60


def test_true_bouts_cover_every_frame_of_every_animal(folder: Path) -> None:
    bouts = read_bouts(folder / "truth" / "bouts.csv")
    for individual in ("animal1", "animal2", "animal3"):
        own = [bout for bout in bouts if bout.individual == individual]
        assert own[0].start_frame == 0
        assert own[-1].stop_frame == 240
        assert all(one.stop_frame == other.start_frame for one, other in pairwise(own))
        assert all(bout.stop_s == pytest.approx(bout.stop_frame / 30) for bout in own)
    assert {bout.behavior for bout in bouts} <= set(BEHAVIORS)
    assert {bout.recording for bout in bouts} == {"box"}
    assert all(bout.target != bout.individual for bout in bouts)


def test_the_same_seed_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    again = simulate_social(tmp_path / "box", seconds=SECONDS, seed=3, settings=SETTINGS)
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    same, different, failed = filecmp.cmpfiles(folder, again, names, shallow=False)
    assert sorted(same) == sorted(names), (different, failed)
    other = simulate_social(tmp_path / "other", seconds=1, seed=4, settings=SETTINGS)
    assert (other / "other.csv").read_text().splitlines()[4] != (folder / "box.csv").read_text().splitlines()[4]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    simulate_social(
        tmp_path / "new", n_animals=1, seconds=4, settings=SETTINGS, progress=lambda *news: told.append(news)
    )
    assert told == [("pictures", 100, 120), ("pictures", 120, 120)]


@pytest.mark.parametrize(
    ("asked", "where"),
    [({"n_animals": 0}, "n_animals"), ({"n_animals": 99}, "n_animals"), ({"seconds": 0.0}, "seconds"),
     ({"seconds": float("nan")}, "seconds"), ({"seed": -1}, "seed")],
)  # fmt: skip
def test_numbers_out_of_range_are_refused_before_anything_is_written(tmp_path: Path, asked, where: str) -> None:
    with pytest.raises(SettingsError) as caught:
        simulate_social(tmp_path / "new", **asked)
    assert caught.value.where == where
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("setting", [{"image_px": 255}, {"image_px": 10}, {"colour": 1}, {"frame_rate_hz": 0}])
def test_settings_out_of_range_are_refused(setting) -> None:
    with pytest.raises(SettingsError):
        SocialSettings(**setting)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SessionError, match="not empty"):
        simulate_social(tmp_path, seconds=1)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
