"""The limit against simulated servers, by events and without a clock."""

import heapq
import random
from itertools import count

import pytest

from behaviorvlm.chat.throttle_limit import AdaptiveLimit

ANSWER_S = 0.2


def simulate(slots, *, most=64, total_s=40.0, answer_s=ANSWER_S, jitter=0.0, refused=0.0, refused_until_s=0.0, seed=0):
    """Return answers per second and (time, limit) whenever the limit changed; demand has no end."""
    dice, limit, numbers = random.Random(seed), AdaptiveLimit(most), count()
    now, begun, queue, events, answers = 0.0, {}, [], [], 0
    changes = [(0.0, limit.limit)]
    busy = 0

    def serve(number):
        heapq.heappush(events, (now + answer_s * dice.uniform(1 - jitter, 1 + jitter), number, "answer"))

    while now < total_s:
        if now < limit.paused_until_s:
            heapq.heappush(events, (limit.paused_until_s, next(numbers), "wake"))
        while now >= limit.paused_until_s and len(begun) < limit.limit:
            number = next(numbers)
            begun[number] = now
            if now < refused_until_s or dice.random() < refused:
                heapq.heappush(events, (now + 0.01, number, "429"))
            elif busy < slots:
                busy += 1
                serve(number)
            else:
                queue.append(number)
        now, number, kind = heapq.heappop(events)
        if kind == "answer":
            limit.answered(now, latency_s=now - begun[number], full=len(begun) >= limit.limit)
            answers += 1
            busy -= 1
            if queue:
                busy += 1
                serve(queue.pop(0))
        elif kind == "429":
            limit.overloaded(now, retry_after_s=1.0)
        begun.pop(number, None)
        if limit.limit != changes[-1][1]:
            changes.append((now, limit.limit))
    return answers / total_s, changes


@pytest.mark.parametrize("jitter", [0.0, 0.4])
def test_it_reaches_32_slots_within_two_seconds_and_keeps_them_busy(jitter):
    per_s, changes = simulate(32, jitter=jitter)
    assert next(time for time, limit in changes if limit >= 32) < 2.0
    assert all(limit >= 32 for time, limit in changes if time > 2.0)
    assert per_s > 0.95 * 32 / ANSWER_S


@pytest.mark.parametrize("jitter", [0.0, 0.4])
def test_it_stays_small_before_a_server_of_one_slot(jitter):
    _, changes = simulate(1, jitter=jitter, total_s=120.0)
    assert max(limit for _, limit in changes) <= 8  # it tries, finds no growth ...
    shares = [0.0, 0.0]
    for (begin, limit), (end, _) in zip(changes, [*changes[1:], (120.0, 0)], strict=True):
        shares[limit > 4] += (end - begin) / 120.0
    assert shares[0] > 0.6  # ... and goes back


def test_it_never_exceeds_what_the_user_allows():
    assert max(limit for _, limit in simulate(128, most=24)[1]) == 24
    assert AdaptiveLimit(2).limit == 2


def test_it_does_not_double_where_answers_would_then_take_too_long():
    _, changes = simulate(1, answer_s=30.0, total_s=3600.0)  # 4 in flight already wait 120 s of the 300
    assert [limit for _, limit in changes] == [4]


def test_lone_refusals_do_not_slow_all_others():
    per_s, changes = simulate(32, refused=0.05)
    assert per_s > 0.85 * 32 / ANSWER_S
    assert all(limit >= 32 for time, limit in changes if time > 2.5)


def test_many_refusals_halve_the_limit_and_pause_everybody():
    limit = AdaptiveLimit(64)
    for _ in range(4):
        limit.answered(1.0, latency_s=0.1, full=False)
    for _ in range(4):
        limit.overloaded(5.0, retry_after_s=7.0)
    assert limit.limit == 2
    assert limit.paused_until_s == 12.0


def test_one_burst_of_refusals_halves_once():
    limit = AdaptiveLimit(64)
    for number in range(12):
        limit.overloaded(number * 1e-3)
    assert limit.limit == 2  # 4 to settle, 4 that are many, 4 more of the same burst


def test_it_recovers_after_refusals():
    _, changes = simulate(32, refused_until_s=3.0, total_s=60.0)
    assert min(limit for _, limit in changes) < 4
    assert changes[-1][1] >= 32


def test_pauses_of_the_asking_side_do_not_count():
    limit = AdaptiveLimit(64)
    for number in range(1000):
        limit.answered(float(number), latency_s=0.2, full=False)
    assert limit.limit == 4  # nothing was held back, so there is nothing to find out
