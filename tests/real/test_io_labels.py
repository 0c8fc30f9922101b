"""Real labels of three programs, against what is known of them and against the tracks they belong to."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.io.behavior_labels import detect_label_format, read_labels
from behaviorvlm.io.boris import write_boris_aggregated
from behaviorvlm.io.recordings import RecordingFile, find_recordings
from behaviorvlm.types import Bout

LONGER_OR_SHORTER = {"8", "13", "14", "25", "31", "38", "39"}
"""Rat encounters whose labels and tracks differ by 4 to 59 frames."""


def rats(shared_data: Path) -> list[tuple[RecordingFile, Path]]:
    folder = shared_data / "rat_dyad"
    found = find_recordings(sorted((folder / "dlc_csv").glob("*.csv.gz")), frame_rate_hz=30)
    return [(one, folder / "annotations" / f"{one.name}_annot.txt") for one in found]


def frames_of(bouts: tuple[Bout, ...], behavior: str) -> np.ndarray:
    spans = [np.arange(bout.start_frame, bout.stop_frame) for bout in bouts if bout.behavior == behavior]
    return np.concatenate([np.empty(0, dtype=np.int64), *spans])


def test_labels_of_rats_cover_their_recordings(shared_data: Path) -> None:
    streams, lengths = [], {}
    for recording, path in rats(shared_data):
        labels = read_labels(path, frame_rate_hz=30, recording=recording.name)
        streams.append(labels.streams)
        labelled = sum(bout.stop_frame - bout.start_frame for bout in labels.bouts if bout.individual == "S1")
        assert labelled == labels.n_frames  # every frame once: neither end is lost nor counted twice
        lengths[recording.name] = labels.n_frames
    assert (streams.count(("S1", "S2")), streams.count(("S1",))) == (39, 9)
    opened = [found.open() for found, _ in rats(shared_data) if found.name in {*LONGER_OR_SHORTER, "2", "20", "41"}]
    differing = {one.name for one in opened if abs(one.n_timepoints - (lengths[one.name] or 0)) > 1}
    assert differing == LONGER_OR_SHORTER & set(lengths)


def test_rats_are_nearer_the_closer_their_contact_is_named(shared_data: Path) -> None:
    distances: dict[str, list[np.ndarray]] = {"aggression": [], "social": [], "nonsocial": []}
    for found, path in rats(shared_data)[::4]:
        recording = found.open()
        assert recording.tracks is not None
        body = recording.tracks.points_px[:, :, recording.tracks.keypoints.index("body")]
        apart = np.linalg.norm(body[:, 0] - body[:, 1], axis=-1)
        bouts = read_labels(path, stream="S1", times_s=recording.times_s).bouts
        for behavior, collected in distances.items():
            collected.append(apart[frames_of(bouts, behavior)])
    medians = [float(np.nanmedian(np.concatenate(parts))) for parts in distances.values()]
    np.testing.assert_allclose(medians, [112, 145, 225], rtol=0.15)


def test_a_dyad_of_mice_interacts_where_boris_says(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "mouse_dyad_interact"
    [tracks], [events] = list(folder.glob("*DLC_*.csv")), list(folder.glob("*reencode.csv"))
    recording = find_recordings([tracks], frame_rate_hz=30)[0].open()
    assert recording.tracks is not None
    labels = read_labels(events, times_s=recording.times_s, recording=recording.name)
    assert (labels.streams, labels.behaviors, labels.n_frames) == (("adult",), ("interact",), recording.n_timepoints)
    assert labels.notes == ()
    assert len(labels.bouts) == 10
    assert sum(bout.stop_s - bout.start_s for bout in labels.bouts) == pytest.approx(22.1, abs=0.1)
    neck = recording.tracks.points_px[:, :, recording.tracks.keypoints.index("neck")]
    apart = np.linalg.norm(neck[:, 0] - neck[:, 1], axis=-1)
    inside = np.isin(np.arange(len(apart)), frames_of(labels.bouts, "interact"))
    np.testing.assert_allclose([np.nanmedian(apart[inside]), np.nanmedian(apart[~inside])], [108, 595], rtol=0.05)

    rates, durations = {recording.name: recording.frame_rate_hz}, {recording.name: recording.stop_s}
    write_boris_aggregated(tmp_path / "b.csv", labels.bouts, frame_rates_hz=rates, durations_s=durations)
    assert read_labels(tmp_path / "b.csv", times_s=recording.times_s, recording=recording.name).bouts == labels.bouts


def test_labels_of_calms21(shared_data: Path) -> None:
    paths = sorted((shared_data / "calms21_labels").glob("*/*_annotator1.csv"))
    assert len(paths) == 89
    behaviors: set[str] = set()
    for path in paths:
        assert detect_label_format(path) == "calms21"
        labels = read_labels(path, frame_rate_hz=30)
        behaviors |= set(labels.behaviors)
        edges = [(bout.start_frame, bout.stop_frame) for bout in labels.bouts]
        assert all(before[1] <= after[0] for before, after in pairwise(edges)), path.name
    assert behaviors == {"attack", "investigation", "mount"}
