from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from track_files import ANIMALS, KEYPOINTS, make_points, write_movement

from behaviorvlm.errors import FormatError
from behaviorvlm.io.movement import read_keypoints


@pytest.mark.parametrize("plural", [False, True])
@pytest.mark.parametrize("fps", [None, 25.0])
def test_old_and_new_names_of_dimensions_in_frames_and_seconds(tmp_path: Path, plural: bool, fps: float | None) -> None:
    write_movement(tmp_path / "w.nc", plural=plural, fps=fps)
    table = read_keypoints(tmp_path / "w.nc")
    assert (table.individuals, table.keypoints, table.frame_rate_hz) == (ANIMALS, KEYPOINTS, fps)
    np.testing.assert_array_equal(table.points_px, make_points())
    np.testing.assert_array_equal(table.frames, range(6))


def test_points_in_other_planes_are_refused(tmp_path: Path) -> None:
    write_movement(tmp_path / "w.nc", space=("y", "z"))
    with pytest.raises(FormatError, match="not in the plane") as caught:
        read_keypoints(tmp_path / "w.nc")
    assert caught.value.actual == "y, z"
