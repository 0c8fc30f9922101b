"""Dots and specks of arena_ring (simulated pictures) against its truth."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from behaviorvlm.imaging.blobs import choose_threshold, detect_blobs, estimate_noise
from behaviorvlm.imaging.specks import find_static_points, flag_static
from behaviorvlm.io.deeplabcut import read_keypoints

CAMERA = "cam1"
EVERY = 6


@cache
def read_pictures(session: Path) -> dict[int, np.ndarray]:
    with av.open(str(session / "videos" / f"arena_ring_{CAMERA}_fluorescence.mp4")) as video:
        frames = enumerate(video.decode(video=0))
        return {time: frame.to_ndarray(format="gray") for time, frame in frames if time % EVERY == 0}


@pytest.fixture
def session(shared_data) -> Path:
    folder = shared_data / "arena_ring"
    if not folder.is_dir():
        pytest.skip(f"no arena_ring at {folder}")
    return folder


@pytest.fixture
def found(session):
    """Return the blobs of every sampled timepoint."""
    pictures = read_pictures(session)
    threshold = choose_threshold(estimate_noise(np.stack(list(pictures.values())[::8])))
    return {time: detect_blobs(image, threshold_dn=threshold) for time, image in pictures.items()}


def distance(points, others):
    return np.linalg.norm(points[:, np.newaxis] - others, axis=2).min(axis=1, initial=np.inf)


def true_dots(session, time, *, confidence=0.5):
    table = read_keypoints(session / "truth" / f"points2d_{CAMERA}.csv")
    return table.points_px[time, 0][table.confidence[time, 0] >= confidence]


def listed_others(session, time, kinds=("speck", "glint", "reflection")):
    with (session / "truth" / f"spurious_{CAMERA}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["fnum"]) == time and row["kind"] in kinds]
    return np.array([[row["x"], row["y"]] for row in rows], dtype=float).reshape(-1, 2)


def test_dots_are_found_to_less_than_a_tenth_of_a_pixel(session, found) -> None:
    errors = np.concatenate([distance(true_dots(session, time), blobs.points_px) for time, blobs in found.items()])
    assert (errors < 2.5).mean() >= 0.99
    assert np.median(errors) < 0.1
    assert np.percentile(errors, 95) < 0.4


def test_nearly_every_blob_is_a_dot_or_a_listed_blob(session, found) -> None:
    known = [
        distance(blobs.points_px, np.vstack([true_dots(session, time, confidence=0.1), listed_others(session, time)]))
        for time, blobs in found.items()
    ]
    assert (np.concatenate(known) < 2.5).mean() >= 0.98


def test_specks_are_flagged_and_dots_are_not(session, found) -> None:
    specks = find_static_points([b.points_px for b in found.values()], [b.brightness for b in found.values()])
    on_dots, on_specks = [], []
    for time, blobs in found.items():
        flagged = flag_static(blobs.points_px, blobs.brightness, specks=specks)
        on_dots.append(flagged[distance(blobs.points_px, true_dots(session, time)) < 1.5])
        on_specks.append(flagged[distance(blobs.points_px, listed_others(session, time, ("speck",))) < 1.0])
    assert np.concatenate(on_dots).mean() < 0.01
    assert np.concatenate(on_specks).mean() > 0.85
