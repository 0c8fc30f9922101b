from dataclasses import dataclass, field

import numpy as np
import pytest

from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.behavior.visual_features import over_frames, seen_frames, visual_blocks, visual_columns
from behaviorvlm.types import KeypointRoles, Role, Tracks

ROLES = KeypointRoles({Role.NOSE: "nose", Role.TAIL_BASE: "tail"})


@dataclass
class Numbered:
    """Pictures of one grey value: the number of the frame; it remembers which were asked for."""

    size: tuple[int, int] = (60, 80)
    asked: list[int] = field(default_factory=list)

    def pick(self, frames):
        for frame in frames:
            self.asked.append(frame)
            yield np.full((*self.size, 3), frame + 1, np.uint8)

    def read(self, start, stop, *, step=1):
        return self.pick(range(start, stop, step))


class Looker:
    """Sees the middle grey value of a picture, and of the one after."""

    name, n_features, side_px = "looker", 2, 16

    def __init__(self, sees_motion=False):
        self.sees_motion = sees_motion
        self.most = 0

    def encode(self, pictures, after=None):
        self.most = max(self.most, len(pictures))
        later = pictures if after is None else after
        return np.stack([shown[:, 8, 8, 0].astype(np.float32) for shown in (pictures, later)], axis=1)


def two_animals(frames=50, rate_hz=10):
    points = np.zeros((frames, 2, 2, 2))
    points[:, 0] = [[40, 20], [20, 20]]
    points[:, 1] = [[60, 40], [40, 40]]
    points[20:40, 1] = np.nan
    tracks = Tracks(("a", "b"), ("nose", "tail"), points, np.ones(points.shape[:3]), np.arange(frames) / rate_hz)
    return measure_kinematics(tracks, ROLES, frame_rate_hz=rate_hz)


def gathered(source, frames, encoder, **words):
    blocks = list(visual_blocks(source, frames, encoder, **words))
    assert [start for start, _ in blocks] == np.cumsum([0, *(block.shape[1] for _, block in blocks[:-1])]).tolist()
    return np.concatenate([block for _, block in blocks], axis=1)


def test_frames_are_looked_at_at_the_rate_and_at_both_ends():
    times = np.arange(31) / 30
    assert seen_frames(times, rate_hz=5).tolist() == [0, 6, 12, 18, 24, 30]
    assert seen_frames(times, rate_hz=7)[[0, -1]].tolist() == [0, 30]
    assert seen_frames(times, rate_hz=100).tolist() == list(range(31))
    assert seen_frames(times[:1], rate_hz=5).tolist() == [0]
    uneven = np.array([0, 0.1, 0.2, 5.0, 5.1])
    assert seen_frames(uneven, rate_hz=10).tolist() == [0, 1, 2, 3, 4]


def test_each_animal_is_seen_where_it_is_known():
    frames = seen_frames(np.arange(50) / 10, rate_hz=2)
    encoder = Looker()
    seen = gathered(Numbered(), frames, encoder, kinematics=two_animals(), n_timepoints=50)
    assert seen.shape == (2, len(frames), 2)
    assert np.array_equal(seen[0, :, 0], frames + 1)
    lost = (frames >= 20) & (frames < 40)
    assert np.isnan(seen[1, lost]).all()
    assert np.array_equal(seen[1, ~lost, 0], frames[~lost] + 1)
    assert encoder.most <= 32


def test_the_scene_is_seen_whole_where_nobody_is_tracked():
    source = Numbered()
    seen = gathered(source, np.arange(0, 100, 2), Looker(), kinematics=None, n_timepoints=100)
    assert seen.shape == (1, 50, 2)
    assert source.asked == list(range(0, 100, 2))
    assert np.array_equal(seen[0, :, 0], np.arange(1, 101, 2))


@pytest.mark.parametrize("frames", [[0, 5, 9], [0, 1, 2, 3], [4, 9], [9], []])
def test_who_sees_motion_is_shown_the_frame_after(frames):
    source = Numbered()
    seen = [block for _, block in visual_blocks(
        source, np.array(frames, np.int64), Looker(sees_motion=True), kinematics=None, n_timepoints=10
    )]  # fmt: skip
    assert source.asked == sorted({*frames, *(min(frame + 1, 9) for frame in frames)})
    if frames:
        assert seen[0][0, :, 0].tolist() == [frame + 1 for frame in frames]
        assert seen[0][0, :, 1].tolist() == [min(frame + 1, 9) + 1 for frame in frames]


def test_between_samples_the_line_is_straight_in_time():
    times = np.array([0, 1, 2, 4, 5.0])
    samples = np.array([[[0.0], [8.0], [10.0]]], np.float32)
    assert over_frames(samples, np.array([0, 3, 4]), times)[0, :, 0].tolist() == [0, 2, 4, 8, 10]


def test_beside_a_missing_sample_the_nearer_one_counts():
    samples = np.array([[[1.0], [np.nan], [3.0]]], np.float32)
    spread = over_frames(samples, np.array([0, 4, 8]), np.arange(9.0))[0, :, 0]
    assert spread[:2].tolist() == [1, 1]
    assert np.isnan(spread[2:6]).all()
    assert spread[6:].tolist() == [3, 3, 3]  # the later one, where both are as near


def test_one_frame_is_enough():
    assert over_frames(np.ones((1, 1, 2), np.float32), np.array([0]), np.zeros(1)).tolist() == [[[1, 1]]]


def test_columns_are_one_block_and_name_the_encoder():
    columns = visual_columns(3, encoder="looker")
    assert [column.name for column in columns] == ["visual 1", "visual 2", "visual 3"]
    assert {column.block for column in columns} == {"visual"}
    assert "looker" in columns[0].definition
