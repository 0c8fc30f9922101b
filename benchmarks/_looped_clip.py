"""An hour of three mice, made of a minute: the clip, its tracks and the results of its run, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import h5py
import numpy as np

from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.io.recordings import RecordingFile
from behaviorvlm.runs.behavior_reader import BehaviorReader, Values
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Bout, RecordingSummary, Segment
from behaviorvlm.types.packing import pack_json, pack_segments

NAME = "hour"
TRACKS = "df_with_missing"


def loop_video(clip: Path, path: Path, times: int) -> int:
    """Write a video so many times one after the other, without coding it again; return the frames of one turn."""
    with av.open(str(clip)) as source:
        stream = source.streams.video[0]
        packets = [
            (packet.pts, packet.dts, bytes(packet), packet.is_keyframe)
            for packet in source.demux(stream)
            if packet.size
        ]
        ticks = round(1 / (stream.average_rate * stream.time_base))
        with av.open(str(path), "w", format="mp4") as made:
            copy = made.add_stream_from_template(stream)
            for turn in range(times):
                for pts, dts, content, is_keyframe in packets:
                    packet = av.Packet(content)
                    late = turn * len(packets) * ticks
                    packet.pts, packet.dts, packet.time_base = pts + late, dts + late, stream.time_base
                    packet.is_keyframe, packet.stream = is_keyframe, copy
                    made.mux(packet)
    return len(packets)


def loop_tracks(clip: Path, path: Path, *, times: int, frames: int) -> None:
    """Write tracks so many times one after the other, each turn as long as that of the video."""
    with h5py.File(clip) as source, h5py.File(path, "w") as made:
        source.copy(TRACKS, made)
        for name, value in source.attrs.items():
            made.attrs[name] = value
        group = made[TRACKS]
        once = group["block0_values"][()]
        once = np.concatenate([once, np.repeat(once[-1:], frames - len(once), axis=0)])
        for key, content in (("block0_values", np.tile(once, (times, 1))), ("axis1", np.arange(times * frames))):
            attributes = dict(group[key].attrs)
            del group[key]
            group[key] = content.astype(once.dtype if key == "block0_values" else np.int64)
            group[key].attrs.update(attributes)


def loop_run(run: Path, folder: Path, *, tracks: Path, video: Path, times: int, frames: int) -> Path:
    """Write a run of the looped recording with the results of the clip's run, so many times; return its folder."""
    recording = RecordingFile(NAME, tracks=str(tracks), video=str(video))
    opened = recording.open()
    with BehaviorRun.open(run) as short, BehaviorRun.start(folder, [recording], settings=BehaviorSettings()) as long:
        reader = BehaviorReader(short)
        (name,) = reader.names
        seen = np.ones((opened.n_timepoints, len(opened.individuals)), bool)
        long.sink.save("recordings", NAME, pack_json(RecordingSummary.of(opened)))
        long.sink.save("times", NAME, {"times_s": opened.times_s, "visible": seen})
        long.sink.save("columns", "all", short.sink.load("columns", "all"))
        _loop_features(short, long, name=name, shape=(times, frames))
        segments, said = reader.segments(name), reader.descriptions(name)
        order = sorted(range(times * len(segments)), key=lambda place: segments[place % len(segments)].individual)
        looped = [
            _moved(segments[place % len(segments)], place // len(segments), frames=frames, count=len(segments))
            for place in order
        ]
        long.sink.save("segments", NAME, pack_segments(looped, opened.individuals))
        long.sink.save("descriptions", NAME, pack_json([said[place % len(segments)] for place in order]))
        long.sink.save("merges", NAME, pack_json(_merges(reader.merges(name), times, len(segments))))
        bouts = [
            _later(bout, turn, frames=frames, times_s=opened.times_s)
            for turn in range(times)
            for bout in reader.bouts(name)
        ]
        bouts.sort(key=lambda bout: (opened.individuals.index(bout.individual), bout.start_frame))
        long.sink.save("bouts", NAME, pack_json(bouts))
        long.sink.save("ethogram", "", pack_json(reader.ethogram()))
    return folder


def _loop_features(short: BehaviorRun, long: BehaviorRun, *, name: str, shape: tuple[int, int]) -> None:
    times, frames = shape
    once = short.rows.load("features", name)
    if once is None:
        raise SystemExit("the clip's run has no features")
    table = long.rows.begin("features", NAME, (once.shape[0], times * frames, once.shape[2]))
    for turn in range(times):
        table[:, turn * frames : turn * frames + once.shape[1]] = once
        table[:, turn * frames + once.shape[1] : (turn + 1) * frames] = once[:, -1:]
    long.rows.finish("features", NAME)


def _moved(segment: Segment, turn: int, *, frames: int, count: int) -> Segment:
    late = turn * frames
    return replace(segment, recording=NAME, number=segment.number + turn * count,
                   start_frame=segment.start_frame + late, stop_frame=segment.stop_frame + late)  # fmt: skip


def _merges(merges: Sequence[Values], times: int, count: int) -> list[Values]:
    return [
        {**one, "recording": NAME, "segments": [number + turn * count for number in one["segments"]]}
        for turn in range(times)
        for one in merges
    ]


def _later(bout: Bout, turn: int, *, frames: int, times_s: np.ndarray) -> Bout:
    start, stop = bout.start_frame + turn * frames, bout.stop_frame + turn * frames
    period_s = float(times_s[1] - times_s[0])
    return replace(bout, recording=NAME, start_frame=start, stop_frame=stop, start_s=float(times_s[start]),
                   stop_s=float(times_s[start]) + (stop - start) * period_s)  # fmt: skip
