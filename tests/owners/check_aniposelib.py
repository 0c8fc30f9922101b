"""Does aniposelib load and project with our calibration? ``python check_aniposelib.py EXPECTED.npz calibration.toml``.

EXPECTED holds ``names``, ``sizes``, ``points_mm`` (point, 3) and ``points_px`` (camera, point, 2), without skew.
"""

from __future__ import annotations

import sys

import numpy as np
from aniposelib.cameras import CameraGroup


def main(expected: dict[str, np.ndarray], path: str) -> None:
    group = CameraGroup.load(path)
    assert group.get_names() == expected["names"].tolist()
    assert [list(camera.get_size()) for camera in group.cameras] == expected["sizes"].tolist()
    assert group.metadata["units"] == "mm"
    projected = np.array(group.project(expected["points_mm"])).reshape(expected["points_px"].shape)
    np.testing.assert_allclose(projected, expected["points_px"], atol=1e-3)  # it computes in float32 here and there


if __name__ == "__main__":
    main(dict(np.load(sys.argv[1])), sys.argv[2])
