import numpy as np

from behaviorvlm.api.behavior import BehaviorFiles, find_recordings

HEADER = "scorer,net,net,net\nbodyparts,nose,nose,nose\ncoords,x,y,likelihood\n"


def test_points_below_the_confidence_asked_for_are_missing(tmp_path):
    path = tmp_path / "tracks.csv"
    path.write_text(HEADER + "0,5,6,0.9\n1,5,6,0.5\n2,5,6,0.2\n", "utf-8")
    for least, missing in ((None, [False, False, True]), (0.0, [False, False, False]), (0.8, [False, True, True])):
        files = BehaviorFiles(inputs=(path,), frame_rate_hz=30, min_confidence=least)
        tracks = find_recordings(files)[0].open().tracks
        assert np.isnan(tracks.points_px[:, 0, 0, 0]).tolist() == missing, least
