"""What a run may spend: calls, tokens, money, time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from behaviorvlm.errors import SettingsError


@dataclass
class Spent:
    """What has been spent.

    Attributes:
        calls: Replies, each attempt at a question counted.
        tokens: Of questions and answers.
        cost: In the currency of the price table; 0 without one.
    """

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0


class Budget:
    """Limits of a run. Once one is reached no call is begun; those in flight may finish. Thread-safe.

    Calls never exceed their limit: each is reserved when it begins. Tokens and cost are known only when a reply is
    here, so what is in flight at that moment comes on top.

    Args:
        max_calls: Most replies; None = no limit.
        max_tokens: Most tokens of questions and answers together.
        max_cost: In the currency of the price table.
        deadline_s: Seconds from now.
        spent: What a resumed run has spent before.

    Raises:
        SettingsError: If a limit is negative.
    """

    def __init__(
        self,
        *,
        max_calls: int | None = None,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        deadline_s: float | None = None,
        spent: Spent | None = None,
    ) -> None:
        limits = {"calls": max_calls, "tokens": max_tokens, "cost": max_cost, "deadline": deadline_s}
        for name, limit in limits.items():
            if limit is not None and not limit >= 0:
                raise SettingsError(f"a budget of {name} cannot be {limit}", expected="0 or more")
        self._spent = spent or Spent()
        self._max_calls, self._max_tokens, self._max_cost = max_calls, max_tokens, max_cost
        self._deadline_s = deadline_s
        self._start_s = time.monotonic()
        self._in_flight = 0
        self._lock = threading.Lock()
        self._reason = self._denied = ""

    @property
    def limits_cost(self) -> bool:
        """Whether money is limited, so that every model asked needs a price."""
        return self._max_cost is not None

    @property
    def reason(self) -> str:
        """The limit that was reached first, in words; "" while there is none."""
        with self._lock:
            return self._look()

    @property
    def denied(self) -> str:
        """The limit, in words, because of which something was not asked; "" if all that was wanted was."""
        with self._lock:
            return self._denied

    @property
    def spent(self) -> Spent:
        """What has been spent so far, a copy."""
        with self._lock:
            return Spent(self._spent.calls, self._spent.tokens, self._spent.cost)

    def admits(self) -> bool:
        """Return whether another call may begin."""
        with self._lock:
            return not self._denies()

    def begin(self) -> bool:
        """Reserve a call and return whether there was one left; every call begun must be ended."""
        with self._lock:
            if self._denies():
                return False
            self._in_flight += 1
            return True

    def end(self, *, tokens: int = 0, cost: float = 0.0) -> None:
        """Count the reply to a call that was begun."""
        with self._lock:
            self._in_flight -= 1
            self._spent.calls += 1
            self._spent.tokens += tokens
            self._spent.cost += cost

    def give_back(self) -> None:
        """Return a call that was begun and got no reply."""
        with self._lock:
            self._in_flight -= 1

    def _denies(self) -> bool:
        reason = self._look()
        self._denied = self._denied or reason
        return bool(reason)

    def _look(self) -> str:
        if not self._reason:
            self._reason = self._reached()
        if self._reason:
            return self._reason
        return self._all_reserved()

    def _reached(self) -> str:
        if self._max_calls is not None and self._spent.calls >= self._max_calls:
            return f"the budget of {self._max_calls} calls is spent"
        if self._max_tokens is not None and self._spent.tokens >= self._max_tokens:
            return f"the budget of {self._max_tokens} tokens is spent"
        if self._max_cost is not None and self._spent.cost >= self._max_cost:
            return f"the budget of {self._max_cost:g} in money is spent"
        if self._deadline_s is not None and time.monotonic() - self._start_s >= self._deadline_s:
            return f"the deadline of {self._deadline_s:g} s has passed"
        return ""

    def _all_reserved(self) -> str:
        """Say so if calls in flight take the last of the limit; one of them may yet fail and give its call back."""
        if self._max_calls is not None and self._spent.calls + self._in_flight >= self._max_calls:
            return f"the budget of {self._max_calls} calls is spent"
        return ""
