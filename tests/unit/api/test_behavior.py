import numpy as np
import pytest

from behaviorvlm.api.behavior import BehaviorFiles, find_recordings, open_recordings, segment_behavior
from behaviorvlm.errors import InputError

HEADER = "scorer,net,net,net\nbodyparts,nose,nose,nose\ncoords,x,y,likelihood\n"


def test_points_below_the_confidence_asked_for_are_missing(tmp_path):
    path = tmp_path / "tracks.csv"
    path.write_text(HEADER + "0,5,6,0.9\n1,5,6,0.5\n2,5,6,0.2\n", "utf-8")
    for least, missing in ((None, [False, False, True]), (0.0, [False, False, False]), (0.8, [False, True, True])):
        files = BehaviorFiles(inputs=(path,), frame_rate_hz=30, min_confidence=least)
        tracks = find_recordings(files)[0].open().tracks
        assert np.isnan(tracks.points_px[:, 0, 0, 0]).tolist() == missing, least


def test_recordings_are_opened_by_one_path_or_several(tmp_path):
    paths = [tmp_path / "monday.csv", tmp_path / "tuesday.csv"]
    for path in paths:
        path.write_text(HEADER + "0,5,6,0.9\n", "utf-8")
    (one,) = open_recordings(str(paths[0]), frame_rate_hz=30, min_confidence=0.95)
    assert (one.name, one.frame_rate_hz) == ("monday", 30)
    assert np.isnan(one.open().tracks.points_px).all()
    assert [found.name for found in open_recordings(paths, frame_rate_hz=30)] == ["monday", "tuesday"]


def test_files_named_by_themselves_go_before(tmp_path):
    nobody = tmp_path / "nobody.toml"
    named = BehaviorFiles(inputs=(), vocabulary=tmp_path / "other.toml")
    with pytest.raises(InputError, match=r"nobody\.toml"):
        segment_behavior([], run=tmp_path / "run", vocabulary=str(nobody), files=named)
    assert not (tmp_path / "run").exists()
