"""Pictures of a pose are written whole, whatever is missing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from behaviorvlm.errors import RunStorageError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.report.pose_pictures import draw_labelled_views


@pytest.fixture
def draw(session, points_mm, frames, tmp_path):
    """Return a function that draws one pose, some of it taken away, and returns the file."""

    def drawn(name="views.png", *, hidden_px=(), missing_mm=(), source=None):
        points, seen = points_mm.copy(), project_all(points_mm, session.cameras) + 0.5
        points[list(missing_mm)] = np.nan
        seen[:, [*hidden_px, *missing_mm]] = np.nan
        path = tmp_path / name
        draw_labelled_views(
            session, source or frames("visible"), timepoint=3, points_mm=points, points_px=seen, path=path
        )
        return path

    return drawn


def colors_in(path) -> set[tuple[int, ...]]:
    return {tuple(color) for color in cv2.imread(str(path))[:, :-300, ::-1].reshape(-1, 3)}


def test_keypoints_are_drawn_in_their_colors_and_the_same_pose_gives_the_same_bytes(draw) -> None:
    first = draw()
    assert {(230, 159, 0), (86, 180, 233)} <= colors_in(first)
    assert first.read_bytes() == draw("again.png").read_bytes()


def test_a_missing_keypoint_and_a_hidden_one_are_shown_otherwise(draw) -> None:
    pictures = {draw("a.png").read_bytes(), draw("b.png", hidden_px=(0,)).read_bytes(),
                draw("c.png", missing_mm=(0,)).read_bytes()}  # fmt: skip
    assert len(pictures) == 3


def test_a_pose_without_any_keypoint_is_drawn(draw) -> None:
    assert draw(missing_mm=range(5)).stat().st_size > 1000


def test_a_folder_that_cannot_be_made_is_an_error_with_a_remedy(draw, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunStorageError, match="picture could not be written"):
        draw("file/views.png")
