"""Does sleap-io make camera groups of ours? ``python check_sleap_cameras.py EXPECTED.npz A.json A.toml OUT.slp``.

EXPECTED holds ``names``, ``sizes``, ``matrix``, ``distortion``, ``rvec``, ``tvec``. OUT.slp is written with the group
in it, to be read back by us.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import sleap_io
from sleap_io.io.slp import make_camera_group


def main(expected: dict[str, np.ndarray], tables: Path, calibration: Path, out: Path) -> None:
    for content in (json.loads(tables.read_text()), tomllib.loads(calibration.read_text())):
        group = make_camera_group(content)
        assert [camera.name for camera in group.cameras] == expected["names"].tolist()
        assert group.metadata == {"units": "mm"}
        for place, camera in enumerate(group.cameras):
            assert list(camera.size) == expected["sizes"][place].tolist()
            np.testing.assert_array_equal(camera.matrix, expected["matrix"][place])
            np.testing.assert_array_equal(camera.dist, expected["distortion"][place])
            np.testing.assert_array_equal(camera.rvec, expected["rvec"][place])
            np.testing.assert_array_equal(camera.tvec, expected["tvec"][place])
    session = sleap_io.RecordingSession(camera_group=group)
    sleap_io.save_file(sleap_io.Labels(sessions=[session]), str(out))


if __name__ == "__main__":
    main(dict(np.load(sys.argv[1])), *(Path(word) for word in sys.argv[2:]))
