"""All pictures of a finished behavior run: what people look for first, then what lets them check it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from behaviorvlm.report.behavior_video import LabelledRecording, write_behavior_video
from behaviorvlm.report.contact_sheet import Filmed, best_bouts, draw_contact_sheets
from behaviorvlm.report.duration_picture import draw_durations
from behaviorvlm.report.embedding_picture import draw_embedding
from behaviorvlm.report.ethogram_picture import draw_ethogram
from behaviorvlm.report.transition_picture import draw_transitions
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Bout, Float32Array, IntArray, Recording, frame_edges_s

Progress = Callable[[str, int, int], None]
Opened = Callable[[str], Recording]
PICTURES_FOLDER, SHEETS_FOLDER = "pictures", "contact_sheets"
MOST_ETHOGRAMS = 24
"""Recordings of which an ethogram is drawn; of more, the first so many."""
MOST_FILMED = 3
"""Recordings whose videos are searched for examples and drawn with labels: each is decoded whole."""
LONGEST_VIDEO_S = 600.0
"""Of the labelled video: a longer one is labelled up to here."""
EMBEDDED_FRAMES = 20_000


def draw_behavior(run: BehaviorRun, opened: Opened, *, progress: Progress = lambda *_: None) -> list[Path]:
    """Draw a finished run into its ``pictures`` folder and return the files.

    Ethograms over time, what follows what, durations, the clusters in their embedding; where there is video, a contact
    sheet for each behavior and the video with animals and labels drawn in.

    Args:
        run: The run.
        opened: Opens a recording of this name, for its tracks and its video.
        progress: Told how many files are done.

    Raises:
        RunStorageError: If the run is not finished, or the disk refuses.
        VideoError: If a video cannot be read any more.
    """
    reader, folder = BehaviorReader(run), run.folder / PICTURES_FOLDER
    bouts = {name: reader.bouts(name) for name in reader.names}
    steps: list[Callable[[], Sequence[Path]]] = [
        lambda: _ethograms(reader, bouts, folder),
        lambda: _statistics([bout for each in bouts.values() for bout in each], folder),
        lambda: _embedding(run, reader, folder),
        lambda: _sheets(reader, bouts, opened, folder=folder / SHEETS_FOLDER),
        lambda: _videos(reader, bouts, opened, folder=folder),
    ]
    drawn: list[Path] = []
    for number, step in enumerate(steps):
        progress("pictures", number, len(steps))
        drawn += step()
    progress("pictures", len(steps), len(steps))
    return drawn


def _ethograms(reader: BehaviorReader, bouts: dict[str, list[Bout]], folder: Path) -> list[Path]:
    paths = []
    for name in reader.names[:MOST_ETHOGRAMS]:
        summary, times_s = reader.summary(name), reader.times_s(name)
        path = folder / f"ethogram_{name}.png"
        stop_s = float(frame_edges_s(times_s, summary.frame_rate_hz)[-1])
        draw_ethogram(bouts[name], individuals=summary.individuals, stop_s=stop_s, path=path, title=name)
        paths.append(path)
    return paths


def _statistics(bouts: list[Bout], folder: Path) -> list[Path]:
    paths = [folder / "transitions.png", folder / "durations.png"]
    draw_transitions(bouts, path=paths[0])
    draw_durations(bouts, path=paths[1])
    return paths


def _embedding(run: BehaviorRun, reader: BehaviorReader, folder: Path) -> list[Path]:
    path = folder / "embedding.png"
    embedding, clusters = _sampled(run, reader)
    draw_embedding(embedding, clusters, path=path, titles=_usual_names(reader))
    return [path]


def _sampled(run: BehaviorRun, reader: BehaviorReader) -> tuple[Float32Array, IntArray]:
    """Return (frame, dimension) embedding and (frame,) clusters of frames taken evenly over all recordings."""
    total = sum(reader.summary(name).n_timepoints * len(reader.summary(name).individuals) for name in reader.names)
    step = max(total // EMBEDDED_FRAMES, 1)
    rows, clusters = [], []
    for name in reader.names:
        table, individuals = run.rows.load("embedding", name), reader.summary(name).individuals
        if table is None:
            continue
        numbers = np.full(table.shape[:2], -1, dtype=np.int32)
        for one in reader.segments(name):
            numbers[individuals.index(one.individual), one.start_frame : one.stop_frame] = one.cluster
        rows.append(np.concatenate([each[::step] for each in table]))
        clusters.append(np.concatenate([each[::step] for each in numbers]))
    return np.concatenate(rows), np.concatenate(clusters)


def _usual_names(reader: BehaviorReader) -> dict[int, str]:
    """Return what the frames of each cluster are mostly called."""
    frames: dict[int, Counter[str]] = defaultdict(Counter)
    for name in reader.names:
        for one, said in zip(reader.segments(name), reader.each_description(name), strict=True):
            if said["behavior"]:
                frames[one.cluster][said["behavior"]] += one.n_frames
    return {cluster: counts.most_common(1)[0][0] for cluster, counts in frames.items()}


def filmed_recordings(reader: BehaviorReader) -> list[str]:
    """Return the recordings whose videos are looked at: the first that have one."""
    return [name for name in reader.names if reader.summary(name).video][:MOST_FILMED]


def draw_behavior_sheets(
    bouts: Mapping[str, Sequence[Bout]], recordings: Sequence[Recording], *, folder: Path
) -> dict[str, Path]:
    """Write a contact sheet for each behavior that a video shows, and return them by behavior.

    Args:
        bouts: Recording to its bouts.
        recordings: Those with a video to look at.
        folder: Where to; made if missing.

    Raises:
        RunStorageError: If the disk refuses.
        VideoError: If a video cannot be read any more.
    """
    from behaviorvlm.io.color_video import ColorVideoSource

    by_name: dict[str, list[Bout]] = defaultdict(list)
    filmed: dict[str, Filmed] = {}
    for one in recordings:
        filmed[one.name] = Filmed(ColorVideoSource(one.video), one.tracks, one.individuals)
        for bout in bouts[one.name]:
            by_name[bout.behavior].append(bout)
    chosen = {name: best_bouts(each) for name, each in by_name.items()}
    return dict(zip(chosen, draw_contact_sheets(chosen, filmed, folder=folder), strict=True))


def _sheets(reader: BehaviorReader, bouts: dict[str, list[Bout]], opened: Opened, *, folder: Path) -> list[Path]:
    filmed = [opened(name) for name in filmed_recordings(reader)]
    return list(draw_behavior_sheets(bouts, filmed, folder=folder).values())


def _videos(reader: BehaviorReader, bouts: dict[str, list[Bout]], opened: Opened, *, folder: Path) -> list[Path]:
    from behaviorvlm.io.color_video import ColorVideoSource

    paths = []
    for name in filmed_recordings(reader):
        recording = opened(name)
        path = folder / f"labelled_{name}.mp4"
        labelled = LabelledRecording(
            individuals=recording.individuals,
            bouts=bouts[name],
            times_s=recording.times_s,
            frame_rate_hz=recording.frame_rate_hz,
            tracks=recording.tracks,
        )
        stop = int(np.searchsorted(recording.times_s, LONGEST_VIDEO_S))
        write_behavior_video(path, labelled, ColorVideoSource(recording.video), stop=stop)
        paths.append(path)
    return paths
