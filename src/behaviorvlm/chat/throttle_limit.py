"""How many requests a server should have in flight: a limit that finds out by trying. No clock of its own, no asyncio.

The limit doubles while that makes the server answer more per second, and settles where it does not. What a server
answers per second is taken from Little's law, requests in flight over seconds per answer, sampled only while the limit
is what holds requests back: so pauses and bursts of the asking side do not count as the server's slowness.
"""

from __future__ import annotations

from collections import deque

START = 4
GROWTH = 1.15
"""Answers per second at twice the limit, over before: more than this is growth, less is not."""
CLEAR_GROWTH = 1.5
"""From here on one window of answers decides; below, more are looked at, because answers differ in length."""
FEWEST_SAMPLES = 8
PATIENT_WINDOWS, FLAT_WINDOWS = 4, 2
"""Windows looked at before a growth too close to call, or none at all, is believed."""
PROBE_S, PROBE_ANSWERS = 2.0, 8.0
"""After a trial without growth the next comes so many seconds later, or after the time of so many answers, whichever
is longer; twice as late each time, up to `LATEST_PROBE` times that."""
LATEST_PROBE = 16
RECOVERY_S, RECOVERY_ANSWERS = 10.0, 10.0
"""Likewise after an overload."""
REMEMBERED, FEWEST_OVERLOADS, OVERLOAD_SHARE = 32, 4, 0.3
"""Overload is a share of the last replies: a lone 429 or stall says nothing about all the other requests."""
LONGEST_WAIT_SHARE = 0.5
"""No doubling if answers, twice as slow, would take more than this share of the time-out."""


class AdaptiveLimit:
    """The limit of one server.

    Args:
        most: It never exceeds this.
        timeout_s: After which a request counts as stalled.
    """

    def __init__(self, most: int, *, timeout_s: float = 300.0) -> None:
        self.limit = min(START, most)
        self.paused_until_s = 0.0
        self._most, self._timeout_s = most, timeout_s
        self._before: tuple[int, float] | None = None  # limit and answers per second before the trial that runs
        self._next_trial_s = 0.0
        self._flat_trials = 0
        self._outcomes: deque[bool] = deque(maxlen=REMEMBERED)
        self._unsettled = self.limit  # outcomes still to come that say more about the past than about this limit
        self._latencies: list[float] = []

    def answered(self, now_s: float, *, latency_s: float, full: bool) -> None:
        """Take note of an answer.

        Args:
            now_s: Time of any steady clock.
            latency_s: From request to answer.
            full: Whether as many requests as the limit allows were in flight until now.
        """
        if self._is_unsettled():
            return
        self._outcomes.append(True)
        if full:
            self._latencies.append(latency_s)
            if len(self._latencies) >= self._window:
                self._judge(now_s)

    def overloaded(self, now_s: float, *, retry_after_s: float = 0.0) -> None:
        """Take note of a 429, a 503 or a time-out; when they are many the limit halves, and all wait as told."""
        if self._is_unsettled():
            return
        self._outcomes.append(False)
        if self._outcomes.count(False) < max(FEWEST_OVERLOADS, OVERLOAD_SHARE * len(self._outcomes)):
            return
        latency_s = sum(self._latencies) / len(self._latencies) if self._latencies else 0.0
        self._set(max(1, self.limit // 2))
        self._outcomes.clear()
        self._before = None
        self.paused_until_s = max(self.paused_until_s, now_s + retry_after_s)
        self._next_trial_s = now_s + max(RECOVERY_S, RECOVERY_ANSWERS * latency_s, 2 * retry_after_s)

    def _is_unsettled(self) -> bool:
        """Count an outcome; failures come faster than answers, so the first after a change are no fair sample."""
        self._unsettled -= 1
        return self._unsettled >= 0

    def _judge(self, now_s: float) -> None:
        """Look at a window of answers: decide the trial that runs, and begin the next one when it is time."""
        latency_s = sum(self._latencies) / len(self._latencies)
        rate = self.limit / max(latency_s, 1e-9)
        if self._before is not None:
            smaller, rate_before = self._before
            growth = rate / rate_before
            windows = 1 if growth >= CLEAR_GROWTH else PATIENT_WINDOWS if growth >= 1 else FLAT_WINDOWS
            if len(self._latencies) < windows * self._window:
                return
            self._before = None
            if growth < GROWTH:
                self._settle(now_s, smaller, latency_s)
                return
            self._flat_trials = 0
        self._latencies.clear()
        higher = min(self._most, 2 * self.limit)
        worth_it = higher >= GROWTH * self.limit and 2 * latency_s <= LONGEST_WAIT_SHARE * self._timeout_s
        if worth_it and now_s >= self._next_trial_s:
            self._before = (self.limit, rate)
            self._set(higher)

    @property
    def _window(self) -> int:
        """Answers that are looked at together."""
        return max(self.limit, FEWEST_SAMPLES)

    def _settle(self, now_s: float, limit: int, latency_s: float) -> None:
        """Go back to `limit`, at first with a little more, so that the server need not wait for us between answers."""
        spare = 0 if self._flat_trials else limit // 8
        self._set(min(self._most, limit + spare))
        wait_s = max(PROBE_S, PROBE_ANSWERS * latency_s) * min(LATEST_PROBE, 2**self._flat_trials)
        self._next_trial_s = now_s + wait_s
        self._flat_trials += 1

    def _set(self, limit: int) -> None:
        self._unsettled = max(limit, self.limit)
        self.limit = limit
        self._latencies.clear()
