"""Holds requests back until a server has room for them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from behaviorvlm.chat.throttle_limit import AdaptiveLimit


@dataclass(frozen=True)
class Slot:
    """Leave to have one request in flight, since `start_s` on the loop's clock."""

    start_s: float


class Throttle:
    """The queue before one server, first come first served. For one event loop.

    Args:
        most: Most requests in flight.
        timeout_s: After which a request counts as stalled.
    """

    def __init__(self, most: int, *, timeout_s: float = 300.0) -> None:
        self._adaptive = AdaptiveLimit(most, timeout_s=timeout_s)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._in_flight = 0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return self._adaptive.limit

    @property
    def in_flight(self) -> int:
        """Requests that are."""
        return self._in_flight

    async def enter(self) -> Slot:
        """Wait for room; every slot must be left once, by one of the methods below."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # admitted and cancelled at once
                self._leave()
            raise
        return Slot(loop.time())

    def answered(self, slot: Slot) -> None:
        """Leave with an answer."""
        now_s = asyncio.get_running_loop().time()
        full = self._in_flight >= self._adaptive.limit
        self._adaptive.answered(now_s, latency_s=now_s - slot.start_s, full=full)
        self._leave()

    def overloaded(self, *, retry_after_s: float = 0.0) -> None:
        """Leave with a 429, a 503 or a time-out."""
        self._adaptive.overloaded(asyncio.get_running_loop().time(), retry_after_s=retry_after_s)
        self._leave()

    def failed(self) -> None:
        """Leave with something that says nothing about load."""
        self._leave()

    def _leave(self) -> None:
        self._in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        loop = asyncio.get_running_loop()
        if self._adaptive.paused_until_s > loop.time():
            if self._alarm is None:
                self._alarm = loop.call_at(self._adaptive.paused_until_s, self._wake)
            return
        while self._waiting and self._in_flight < self._adaptive.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)

    def _wake(self) -> None:
        self._alarm = None
        self._admit()
