"""Are the cameras in step? What the timestamps in the files say about rates, dropped frames and late starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from behaviorvlm.evaluate.findings import Finding
from behaviorvlm.io.video_probe import VideoProbe

Probes = Mapping[tuple[str, str], VideoProbe]
"""Camera and channel to what is in the video."""
SAME_RATE = 1e-3
LISTED_GAPS = 5
STEP = "frames are matched by their number, so from a dropped frame on this camera shows later moments than the others"


def timing_findings(probes: Probes, offsets: Mapping[str, int]) -> Iterator[Finding]:
    """Yield rates that differ, variable rates, dropped frames, and starts that differ on the files' own clocks.

    Offsets are seen only where the recorder wrote its clock into the files; most files begin at 0.
    """
    yield from _rate_findings(probes)
    yield from _gap_findings(probes)
    yield from _start_findings(probes, offsets)


def start_s(probe: VideoProbe, offset: int) -> float | None:
    """Return the time of the frame that shows timepoint 0, in seconds on the file's own clock."""
    return float(probe.times_s[offset]) if 0 <= offset < probe.n_frames else None


def _rate_findings(probes: Probes) -> Iterator[Finding]:
    rates = {place: probe.frame_rate_hz for place, probe in probes.items()}
    usual = float(np.median(list(rates.values()))) if rates else 0.0
    odd = {place: rate for place, rate in rates.items() if abs(rate - usual) > SAME_RATE * usual}
    if odd:
        yield Finding(
            level="warning",
            what="the frame rates differ",
            expected=f"{usual:.4g} Hz in every video",
            actual=", ".join(f"{camera} {channel} {rate:.6g} Hz" for (camera, channel), rate in odd.items()),
            remedy="if the cameras were triggered together, only the file's header is wrong; if not, they are not "
            "synchronised and 3D points of moving keypoints will be wrong",
        )
    for (camera, channel), probe in probes.items():
        if probe.is_variable:
            yield Finding(
                level="warning",
                what=f"the frame rate of camera {camera} varies",
                where=probe.path,
                expected="evenly spaced timestamps",
                actual=f"intervals of {_spread_ms(probe)} ms ({channel})",
                remedy="record at a constant rate; frames are matched by their number, not by their time",
            )


def _gap_findings(probes: Probes) -> Iterator[Finding]:
    gaps = {place: probe.gaps for place, probe in probes.items()}
    if not any(gaps.values()):
        return
    everywhere = all(found == next(iter(gaps.values())) for found in gaps.values())
    for (camera, channel), found in gaps.items():
        if found:
            yield Finding(
                level="note" if everywhere else "warning",
                what=f"frames were dropped in the {channel} video of camera {camera}",
                where=probes[camera, channel].path,
                expected="no gaps between timestamps",
                actual=_gap_text(found),
                remedy="all videos drop the same frames, so they stay in step" if everywhere else STEP,
            )


def _start_findings(probes: Probes, offsets: Mapping[str, int]) -> Iterator[Finding]:
    starts = {place: start_s(probe, offsets.get(place[0], 0)) for place, probe in probes.items()}
    known = {place: start for place, start in starts.items() if start is not None}
    if not known:
        return
    usual = float(np.median(list(known.values())))
    for (camera, channel), start in known.items():
        probe = probes[camera, channel]
        late = (start - usual) * probe.frame_rate_hz
        if abs(late) > 0.5:
            yield Finding(
                level="warning",
                what=f"the {channel} video of camera {camera} starts {'late' if late > 0 else 'early'}",
                where=probe.path,
                expected=f"timepoint 0 at {usual:.4f} s on the file's clock, as in the others",
                actual=f"{start:.4f} s, {abs(late):.1f} frames off",
                remedy="if the clocks are one, set frame_offsets in session.toml so that all show the same moment",
            )


def _gap_text(gaps: list[tuple[int, int]]) -> str:
    listed = ", ".join(f"{missing} after frame {frame}" for frame, missing in gaps[:LISTED_GAPS])
    more = f" and {len(gaps) - LISTED_GAPS} more places" if len(gaps) > LISTED_GAPS else ""
    return f"{sum(missing for _, missing in gaps)} dropped: {listed}{more}"


def _spread_ms(probe: VideoProbe) -> str:
    low, high = np.percentile(np.diff(probe.times_s) * 1000, [1, 99])
    return f"{low:.1f} to {high:.1f}"
