"""Seconds to frames and back: where the frames of a recording begin and end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.types import FloatArray, frame_edges_s

SAME = 1e-5
"""Relative difference below which a rate is taken for a round number."""


@dataclass(frozen=True, eq=False)
class FrameClock:
    """When frames begin, either one by one or by their rate.

    Attributes:
        edges_s: (frame + 1,) float64 seconds at which each frame begins, and the last one ends; None = by the rate.
        frame_rate_hz: Frames per second.
    """

    edges_s: FloatArray | None
    frame_rate_hz: float

    @classmethod
    def of(cls, times_s: FloatArray | None, frame_rate_hz: float | None, *, where: str) -> FrameClock:
        """Return the clock of a recording.

        Args:
            times_s: (frame,) float64 seconds of its frames, None = not known.
            frame_rate_hz: Frames per second, None = from the times.
            where: Whose it is, for the error.

        Raises:
            SettingsError: If neither is known.
        """
        many = times_s is not None and len(times_s) > 1
        rate = frame_rate_hz or (float(1 / np.median(np.diff(times_s))) if times_s is not None and many else None)
        if rate is None:
            raise SettingsError(
                "nothing says how many frames there are in a second",
                where=where,
                expected="a frame rate, or the times of the frames",
                actual="neither",
                remedy="give --fps F",
            )
        if times_s is None or not len(times_s):
            return cls(None, rate)
        return cls(frame_edges_s(times_s, rate), rate)

    @property
    def n_frames(self) -> int | None:
        """Number of frames, where it is known."""
        return None if self.edges_s is None else len(self.edges_s) - 1

    def frame_at(self, second: float) -> int:
        """Return the frame whose beginning is nearest to a second; the number of frames for the end of the last."""
        if self.edges_s is None:
            return max(round(second * self.frame_rate_hz), 0)
        middles = (self.edges_s[1:] + self.edges_s[:-1]) / 2
        return int(np.searchsorted(middles, second, side="right"))

    def second_at(self, frame: int) -> float:
        """Return when a frame begins, which is when the one before ends."""
        return frame / self.frame_rate_hz if self.edges_s is None else float(self.edges_s[frame])


def tidy_rate_hz(rate_hz: float) -> float:
    """Return a rate that was measured on rounded times: 30 for 30.00001."""
    return round(rate_hz, 2) if abs(rate_hz - round(rate_hz, 2)) < SAME * rate_hz else rate_hz
