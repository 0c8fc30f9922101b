"""Dots of arena_ring (simulated pictures), found by behaviorvlm and by OpenCV's SimpleBlobDetector in the same run.

Recall is by the true peak of the dot; a blob is a dot's if it lies within 2.5 px. Two precisions: of blobs that are
dots of 3 DN or more, and of blobs that are those or a listed speck, glint or reflection. The localisation error is over
found dots of 10 DN or more. ``parabola`` and ``centroid`` are the same maxima, refined otherwise.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from _harness import Goal, Report, arguments, recordings

from behaviorvlm.imaging.blobs import choose_threshold, detect_blobs, dot_response, estimate_noise
from behaviorvlm.io.deeplabcut import read_keypoints
from behaviorvlm.types import ByteArray, FloatArray

MATCH_PX = 2.5
BEST_OF = 3
GOALS = {
    "recall_10_dn_and_more": Goal(">=", 0.998),
    "precision_with_listed": Goal(">=", 0.98),
    "median_error_px": Goal("<=", 0.07),
    "ms_per_picture": Goal("<=", 5.0),
}
PAIR_GOALS = {"share_parted": Goal(">=", 0.99), "median_error_px": Goal("<=", 0.07)}

Detector = Callable[[ByteArray], FloatArray]
Scene = tuple[ByteArray, FloatArray, FloatArray, FloatArray]
"""Picture, (dot, 2) true px, (dot,) true peaks in DN, (spurious, 2) px of listed other blobs."""


def main() -> None:
    """Score every detector on the same pictures."""
    options = arguments(__doc__, _options)
    session = recordings(options.data, "arena_ring")
    scenes = [scene for camera in range(6) for scene in read_scenes(session, f"cam{camera}", every=options.every)]
    cv2.setNumThreads(1)
    threshold_dn = choose_threshold(estimate_noise(np.stack([scene[0] for scene in scenes[:: len(scenes) // 6]])))
    report = Report("blob_detection", "pictures; the motion is recorded")
    for name, detect in detectors(threshold_dn).items():
        report.add(name, score(detect, scenes), GOALS if name == "behaviorvlm" else {})
    for name, detect in detectors(threshold_dn).items():
        title = f"{name}, two dots 4 px apart, peaks 120 and 100 DN"
        report.add(title, score_pairs(detect), PAIR_GOALS if name == "behaviorvlm" else {})
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--every", type=int, default=5, help="use every so manieth timepoint")


def detectors(threshold_dn: float) -> dict[str, Detector]:
    """Return the detectors by name."""
    settings = cv2.SimpleBlobDetector_Params()
    settings.filterByColor, settings.blobColor = True, 255
    settings.filterByCircularity = settings.filterByConvexity = settings.filterByInertia = False
    settings.filterByArea, settings.minArea, settings.maxArea = True, 2, 400
    settings.minThreshold, settings.maxThreshold, settings.thresholdStep = 8, 250, 4
    settings.minDistBetweenBlobs, settings.minRepeatability = 2, 1
    simple = cv2.SimpleBlobDetector.create(settings)
    return {
        "behaviorvlm": lambda image: detect_blobs(image, threshold_dn=threshold_dn).points_px,
        "cv2.SimpleBlobDetector": lambda image: np.reshape([dot.pt for dot in simple.detect(image)], (-1, 2)),
        "parabola": lambda image: parabola(image, _near_pixels(image, threshold_dn)),
        "centroid": lambda image: centroid(image, _near_pixels(image, threshold_dn)),
    }


def read_scenes(session: Path, camera: str, *, every: int) -> Iterator[Scene]:
    """Yield pictures of one camera with their truth."""
    dots = read_keypoints(session / "truth" / f"points2d_{camera}.csv")
    with (session / "truth" / f"spurious_{camera}.csv").open() as file:
        listed = np.array([[row["fnum"], row["x"], row["y"]] for row in csv.DictReader(file)], dtype=float)
    points, visible = dots.points_px.reshape(-1, 12, 2), dots.confidence.reshape(-1, 12)
    with av.open(str(session / "videos" / f"arena_ring_{camera}_fluorescence.mp4")) as video:
        for timepoint, frame in enumerate(video.decode(video=0)):
            if timepoint % every == 0:
                peaks = 10 * visible[timepoint] / np.maximum(1 - visible[timepoint], 1e-9)
                image = np.ascontiguousarray(frame.to_ndarray(format="gray"))
                yield image, points[timepoint], peaks, listed[listed[:, 0] == timepoint, 1:]


def score(detect: Detector, scenes: list[Scene]) -> dict[str, object]:
    """Return recall, precision, localisation error and time of one detector."""
    errors, peaks, blobs, right, listed, spent = [], [], 0, 0, 0, []
    for image, truth, truth_peaks, others in scenes:
        found = detect(image)
        spent.append(_seconds(detect, image))
        errors.append(_nearest(truth, found))
        peaks.append(truth_peaks)
        is_dot = _nearest(found, truth[truth_peaks >= 3]) < MATCH_PX
        blobs, right = blobs + len(found), right + int(is_dot.sum())
        listed += int((is_dot | (_nearest(found, others) < MATCH_PX)).sum())
    error, peak = np.concatenate(errors), np.concatenate(peaks)
    hit = error < MATCH_PX
    return {
        "pictures": len(scenes),
        "recall_10_dn_and_more": float(hit[peak >= 10].mean()),
        "recall_3_to_10_dn": float(hit[(peak >= 3) & (peak < 10)].mean()),
        "precision": right / blobs,
        "precision_with_listed": listed / blobs,
        "median_error_px": float(np.median(error[hit & (peak >= 10)])),
        "p95_error_px": float(np.percentile(error[hit & (peak >= 10)], 95)),
        "median_error_px_50_dn_and_more": float(np.median(error[hit & (peak >= 50)])),
        "ms_per_picture": 1e3 * float(np.median(spent)),
    }


def score_pairs(detect: Detector, n_pairs: int = 200) -> dict[str, object]:
    """Return how often two drawn dots, 1.25 px wide in noise of 1.3 DN, are found as two, and how well."""
    rng, errors = np.random.default_rng(0), []
    columns, rows = np.meshgrid(np.arange(64), np.arange(64))
    for _ in range(n_pairs):
        angle, first = rng.uniform(0, 2 * np.pi), rng.uniform(28, 36, 2)
        truth = np.array([first, first + 4 * np.array([np.cos(angle), np.sin(angle)])])
        picture = rng.normal(10, 1.3, (64, 64))
        for (x, y), peak in zip(truth, (120, 100), strict=True):
            picture += peak * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 1.25**2))
        found = detect(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
        if len(found) == 2:
            errors.append(_nearest(truth, found))
    median = float(np.median(errors)) if errors else None
    return {"share_parted": len(errors) / n_pairs, "median_error_px": median}


def parabola(image: ByteArray, pixels: FloatArray) -> FloatArray:
    """Return (dot, 2) px: the vertex of a parabola along x and along y through the response at each pixel."""
    response = dot_response(image).astype(float)
    x, y = pixels.astype(int).T
    shifts = []
    for before, after in (((y, x - 1), (y, x + 1)), ((y - 1, x), (y + 1, x))):
        bend = 2 * response[y, x] - response[before] - response[after]
        shifts.append((response[after] - response[before]) / np.maximum(2 * bend, 1))
    return pixels + np.clip(np.stack(shifts, axis=1), -1, 1)


def centroid(image: ByteArray, pixels: FloatArray, *, half: int = 4, window_px: float = 1.5) -> FloatArray:
    """Return (dot, 2) px: the centroid under a Gaussian window that moves with it (Bernstein and Jarvis 2002)."""
    steps = np.arange(-half, half + 1)
    x, y = pixels.astype(int).T
    patches = np.pad(image, half, mode="edge")[
        y[:, None, None] + half + steps[:, None], x[:, None, None] + half + steps
    ]
    light = np.maximum(patches - np.percentile(patches, 25, axis=(1, 2), keepdims=True), 0)
    shift = np.zeros((len(pixels), 2))
    for _ in range(6):
        to_x, to_y = (steps - shift[:, axis, None] for axis in (0, 1))
        weights = light * np.exp(-(to_y[:, :, None] ** 2 + to_x[:, None, :] ** 2) / (2 * window_px**2))
        pull = [(weights.sum(axis=1) * to_x).sum(axis=1), (weights.sum(axis=2) * to_y).sum(axis=1)]
        shift = np.clip(shift + 2 * np.stack(pull, axis=1) / weights.sum(axis=(1, 2))[:, None], -1.5, 1.5)
    return pixels + shift


def _near_pixels(image: ByteArray, threshold_dn: float) -> FloatArray:
    """Return the (dot, 2) column and row of the largest response within a pixel of every dot."""
    response = dot_response(image)
    offsets = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])
    around = np.rint(detect_blobs(image, threshold_dn=threshold_dn).points_px).astype(int)[:, None] + offsets
    around = np.clip(around, 1, np.array(image.shape[::-1]) - 2)
    best = response[around[..., 1], around[..., 0]].argmax(axis=1)
    return around[np.arange(len(around)), best].astype(float)


def _nearest(points: FloatArray, others: FloatArray) -> FloatArray:
    """Return each (point, 2) point's distance in px to the nearest of (other, 2), infinite where there is none."""
    return np.linalg.norm(points[:, None] - others, axis=2).min(axis=1, initial=np.inf)


def _seconds(detect: Detector, image: ByteArray) -> float:
    best = np.inf
    for _ in range(BEST_OF):
        start = time.perf_counter()
        detect(image)
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
