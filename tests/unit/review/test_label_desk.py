"""Labelling seeds without a browser: which timepoints are suggested, what clicks put, what is checked and written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from session_files import make_poses, make_rig, make_session

from behaviorvlm.errors import SeedError, SettingsError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.review.diverse_timepoints import diverse_timepoints
from behaviorvlm.review.label_desk import LabelDesk
from behaviorvlm.review.label_session import LabelSession
from behaviorvlm.types import CandidateSet

NOSE, LEFT, RIGHT = 0, 1, 2
SEEN = {t: project_all(make_poses([t])[0], make_rig()) for t in (1, 5, 9)}


@pytest.fixture
def desk(tmp_path: Path) -> LabelDesk:
    """Return a desk on a session without seeds, whose dots are where its cameras see the body."""
    make_session(tmp_path)
    for path in (tmp_path / "seeds").iterdir():
        path.unlink()
    space = LabelSession.open(tmp_path)
    space.dots = lambda timepoint: tuple(
        CandidateSet.from_points(timepoint, f"cam{c}", SEEN.get(timepoint, SEEN[1])[c]) for c in range(4)
    )
    return LabelDesk(space, [1, 5, 9], space.labels())


def put(desk: LabelDesk, camera: int, place: np.ndarray) -> None:
    desk.press(camera, *desk.window(camera).shown(place).tolist())
    desk.release()


def test_a_click_takes_the_dot_or_the_place_and_two_views_make_a_point(desk: LabelDesk) -> None:
    put(desk, 0, SEEN[1][0, NOSE] + 0.4)
    np.testing.assert_allclose(desk.points_px[0, NOSE], SEEN[1][0, NOSE])
    (line,) = desk.drawing(2).lines_px
    assert np.nanmin(np.linalg.norm(line - SEEN[1][2, NOSE], axis=1)) < 2.0  # the line has a point every few px
    assert np.isnan(desk.drawing(2).seen_px).all() and desk.drawing(0).lines_px == []
    put(desk, 1, SEEN[1][1, NOSE])
    np.testing.assert_allclose(desk.drawing(3).seen_px[NOSE], SEEN[1][3, NOSE], atol=1e-6)
    assert desk.errors_px()[NOSE] < 1e-6 and desk.views_of(NOSE) == 2
    put(desk, 3, np.array([3.0, 44.0]))
    np.testing.assert_allclose(desk.points_px[3, NOSE], [3.0, 44.0])
    assert desk.errors_px()[NOSE] > 1


def test_points_are_dragged_removed_and_swapped(desk: LabelDesk) -> None:
    desk.press(0, *desk.window(0).shown(SEEN[1][0, NOSE]).tolist())
    desk.drag(0, *desk.window(0).shown(np.array([7.0, 8.0])).tolist())
    desk.release()
    desk.drag(0, 0, 0)
    np.testing.assert_allclose(desk.points_px[0, NOSE], [7, 8])
    desk.press(0, 0, 0, shift=True)
    assert np.isnan(desk.points_px[0, NOSE]).all()
    desk.select(LEFT)
    put(desk, 0, SEEN[1][0, LEFT])
    desk.swap()
    np.testing.assert_allclose(desk.points_px[0, RIGHT], SEEN[1][0, LEFT])
    desk.clear()
    assert desk.views_of(LEFT) == 0 and desk.views_of(RIGHT) == 1 and not desk.saved


def test_the_last_timepoint_is_copied_and_moved_to_the_nearest_dots(desk: LabelDesk) -> None:
    desk.copy_last()
    assert "no other timepoint" in desk.said
    desk.labels[1] = SEEN[1].copy()
    desk.travel(5)
    desk.space.dots = lambda timepoint: tuple(
        CandidateSet.from_points(timepoint, f"cam{c}", SEEN[1][c] + 0.7) for c in range(4)
    )
    desk.copy_last()
    np.testing.assert_allclose(desk.points_px, SEEN[1] + 0.7)
    assert "copied from timepoint 1" in desk.said


def test_it_says_what_speaks_against_the_labels(desk: LabelDesk) -> None:
    assert desk.faults() == []
    desk.labels = {timepoint: points.copy() for timepoint, points in SEEN.items()}
    assert desk.faults() == []
    desk.labels[5][2, [LEFT, RIGHT]] = desk.labels[5][2, [RIGHT, LEFT]]
    assert any("left_ear and right_ear look swapped in one view" in words for words in desk.faults())
    far = make_poses([5])[0]
    far[5] += (0, 0, 90)
    desk.labels[5] = project_all(far, make_rig())
    assert any(words.startswith("nose to back:") for words in desk.faults())


def test_seeds_are_written_so_that_the_session_opens(desk: LabelDesk) -> None:
    with pytest.raises(SettingsError, match="nothing is labelled"):
        desk.write()
    for timepoint, points in SEEN.items():
        desk.labels[timepoint] = points.copy()
    desk.labels[5][1, NOSE] = np.nan
    desk.labels[7] = np.full_like(SEEN[1], np.nan)
    desk.write()
    assert desk.saved and "seeds of 3 timepoints" in desk.said
    seeds = open_session(Path(desk.space.session.folder)).seeds
    assert {seed.timepoint for seed in seeds} == {1, 5, 9} and len(seeds) == 12
    again = LabelSession.open(Path(desk.space.session.folder))
    assert again.suggested().tolist() == [1, 5, 9]
    np.testing.assert_allclose(again.labels()[5], desk.labels[5], atol=1e-3)


def test_seeds_that_cannot_be_read_are_not_overwritten(tmp_path: Path) -> None:
    make_session(tmp_path)
    (tmp_path / "seeds" / "CollectedData_cam1.csv").write_text("mine\n")
    with pytest.raises(SeedError):
        LabelSession.open(tmp_path)


def test_it_travels_from_seed_to_seed(desk: LabelDesk) -> None:
    assert desk.now == 1
    desk.step_seed(1)
    desk.step_seed(1)
    desk.step_seed(1)
    assert desk.now == 9
    desk.step(50)
    assert desk.now == 11
    desk.step_seed(-1)
    assert desk.now == 9


def test_suggestions_are_rich_and_differ() -> None:
    generator = np.random.default_rng(0)
    body = generator.normal(size=(10, 3)) * (30, 10, 5)
    here, there = body + np.array([100, 0, 0]), body + np.array([-100, 50, 0])
    curled = body * (0.3, 1, 2)
    clouds = [body, body + 0.1, here, here + 0.1, there, curled, body[:2], np.zeros((0, 3))]
    chosen = diverse_timepoints(clouds, count=4).tolist()
    assert len({{0: 0, 1: 0, 2: 1, 3: 1, 4: 2, 5: 3}[one] for one in chosen}) == 4
    assert diverse_timepoints(clouds[:1], count=3).tolist() == [0]
    assert diverse_timepoints([], count=3).tolist() == []
    assert len(diverse_timepoints([body[:2], body[:1], np.zeros((0, 3))], count=2)) == 2
