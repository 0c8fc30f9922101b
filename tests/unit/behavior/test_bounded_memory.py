"""What an hour more of a recording costs in memory, stage by stage: so many bytes for each frame, and not more.

Each stage is run on two lengths, both longer than the pieces that stages work in; the difference of the peaks is what
grows. Holding the measures of all frames, as it was done before, is beyond every limit.
"""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from unit.behavior.encounters import recorded
from unit.behavior.moving_animals import ROLES, wandering

from behaviorvlm.behavior.annotator import RecordingView
from behaviorvlm.behavior.kinematic_description import KinematicClipDescriber
from behaviorvlm.behavior.mapped_rows import let_go
from behaviorvlm.behavior.over_segmentation import SegmentLengths, segment_individual
from behaviorvlm.behavior.recording_kinematics import kinematics_of, measure_recording
from behaviorvlm.behavior.trunk import measure_trunk
from behaviorvlm.types import Recording, Segment

SHORT, LONG = 12_000, 36_000
SEGMENT_FRAMES = 240


@pytest.fixture(scope="module")
def lengths() -> tuple[Recording, Recording]:
    """Three animals that walk about, for a while and for three times as long."""
    short, long = (recorded(wandering(n_frames, individuals=3)) for n_frames in (SHORT, LONG))
    return short, long


def bytes_per_frame(lengths: tuple[Recording, Recording], stage: Callable[[Recording], object]) -> float:
    """Return how much the peak of a stage grows with each frame, beside what it is given."""
    peaks = []
    for recording in lengths:
        tracemalloc.start()
        try:
            kept = stage(recording)
            peaks.append(tracemalloc.get_traced_memory()[1])
            del kept
        finally:
            tracemalloc.stop()
    return (peaks[1] - peaks[0]) / (LONG - SHORT)


def test_the_trunk_is_measured_in_pieces(lengths: tuple[Recording, Recording]) -> None:
    grown = bytes_per_frame(lengths, lambda recording: measure_trunk(recording.tracks, ROLES))  # type: ignore[arg-type]
    assert grown < 60, "the numbers of an animal's frames and its lengths; all points as complex numbers are 288"


def test_kinematics_keep_little_of_each_frame(lengths: tuple[Recording, Recording]) -> None:
    grown = bytes_per_frame(lengths, kinematics_of)
    assert grown < 300, "56 bytes of each animal and 8 of each two are 192; the measures of all frames were 2,957"


def test_naming_and_describing_frames_and_segments(lengths: tuple[Recording, Recording]) -> None:
    def described(recording: Recording) -> object:
        view = RecordingView(recording, kinematics_of(recording), np.zeros((3, 1, 1), np.float32), None)
        describer, said = KinematicClipDescriber(), 0
        for individual in recording.individuals:
            edges = range(0, recording.n_timepoints + 1, SEGMENT_FRAMES)
            segments = [
                Segment(recording.name, individual, number, start, stop, 0, 1.0)
                for number, (start, stop) in enumerate(pairwise(edges))
            ]
            said += len(describer.describe(view, segments))
        return view, describer, said

    assert bytes_per_frame(lengths, described) < 400, "244 was measured for the names; 3,003 before"


def test_segments_are_decoded_and_divided_in_pieces(lengths: tuple[Recording, Recording]) -> None:
    rng = np.random.default_rng(0)
    tables = {n: (rng.random((n, 10), np.float32), rng.random((n, 50), np.float32)) for n in (SHORT, LONG)}

    def segmented(recording: Recording) -> object:
        assignment, features = tables[recording.n_timepoints]
        return segment_individual(
            assignment,
            np.ones(len(assignment), bool),
            SegmentLengths(30.0, 1.0, 5.0),
            recording="r",
            individual="a",
            features=features,
        )

    grown = bytes_per_frame(lengths, segmented)
    assert grown < 150, "40 of log probabilities, 40 of origins, and what is one number for each frame"


def test_what_is_kept_beside_the_tracks_does_not_hold_another_copy_of_them(
    lengths: tuple[Recording, Recording],
) -> None:
    tracks = lengths[0].tracks
    assert tracks is not None
    part = tracks.part(10, 5000)
    assert np.shares_memory(part.points_px, tracks.points_px)
    assert measure_recording(tracks, ROLES, frame_rate_hz=30.0).tracks is tracks


def test_a_table_that_is_let_go_keeps_what_was_written_and_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "table.npy"
    table = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(2, 20_000, 50))
    for start in range(0, 20_000, 1000):
        table[:, start : start + 1000] = start
        let_go(table[:, start : start + 1000])
    seen = np.load(path, mmap_mode="r")
    np.testing.assert_array_equal(seen[1, ::1000, 7], np.arange(0, 20_000, 1000))
    before = mapped_pages(path)
    let_go(seen)
    assert before > 0
    assert mapped_pages(path) == 0
    let_go(seen[:, :0])
    let_go(np.zeros(3))  # in memory: left alone


def mapped_pages(path: Path) -> int:
    """Return how much of the maps of a file is in this process's memory, kB."""
    smaps = Path("/proc/self/smaps")
    if not smaps.is_file():
        pytest.skip("what is mapped is told by Linux only")
    maps, found = smaps.read_text().split("VmFlags"), 0
    for one in maps:
        if str(path) in one:
            found += int(re.search(r"^Rss: +(\d+) kB", one, re.MULTILINE)[1])  # type: ignore[index]
    return found
