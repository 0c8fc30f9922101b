"""Does SLEAP's own library open what we wrote? ``python check_sleap.py PROJECT.slp EXPECTED.json``, or ``TRACKS.h5``.

EXPECTED holds ``labels``, a list of ``[camera, frame, individual, keypoint, x, y]``, and ``keypoints``, ``edges``,
``symmetries``, ``cameras``, and for a project ``videos`` (camera to path; "" = not compared), ``calibrated``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import sleap_io


def main(path: Path, expected: dict[str, object]) -> None:
    labels = sleap_io.load_file(str(path))
    wanted = {tuple(row[:4]): row[4:] for row in expected["labels"]}
    cameras = expected["cameras"]
    (skeleton,) = labels.skeletons
    assert skeleton.node_names == expected["keypoints"]
    assert [[edge.source.name, edge.destination.name] for edge in skeleton.edges] == expected["edges"]
    pairs = [sorted(node.name for node in pair.nodes) for pair in skeleton.symmetries]
    assert sorted(pairs) == sorted(map(sorted, expected["symmetries"])), pairs
    found = 0
    for frame in labels:
        camera = cameras[labels.videos.index(frame.video)]
        for instance in frame.instances:
            for keypoint, point in zip(skeleton.node_names, instance.numpy(), strict=True):
                key = (camera, frame.frame_idx, instance.track.name, keypoint)
                assert np.isfinite(point).all() == (key in wanted), key
                if key in wanted:
                    np.testing.assert_allclose(point, wanted[key], atol=1e-9)
                    found += 1
    assert found == len(wanted), (found, len(wanted))
    if path.suffix == ".slp":
        check_pictures(labels, expected)


def check_pictures(labels: sleap_io.Labels, expected: dict[str, object]) -> None:
    """Every labelled frame has its picture inside the file, the one of the video; cameras belong to their videos."""
    for frame in labels:
        picture = frame.image
        assert picture.ndim == 3 and picture.shape[-1] == 3 and type(frame.video.backend).__name__ == "HDF5Video"
        video = expected["videos"][expected["cameras"][labels.videos.index(frame.video)]]
        if video:
            there = iio.imread(video, index=frame.frame_idx, plugin="FFMPEG").astype(int)
            assert np.abs(there - picture).mean() < 3, np.abs(there - picture).mean()
    if expected.get("calibrated"):
        (session,) = labels.sessions
        for video, camera in zip(labels.videos, expected["cameras"], strict=True):
            assert session.get_camera(video).name == camera


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
