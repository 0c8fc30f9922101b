import threading

import pytest

from behaviorvlm.chat import budget as budget_module
from behaviorvlm.chat.budget import Budget, Spent
from behaviorvlm.errors import SettingsError


def test_without_limits_everything_is_admitted():
    budget = Budget()
    assert all(budget.begin() for _ in range(100))
    assert budget.reason == ""


def test_calls_in_flight_count_so_that_the_limit_is_never_exceeded():
    budget = Budget(max_calls=2)
    assert budget.begin()
    assert budget.begin()
    assert not budget.begin()
    assert not budget.admits()
    budget.give_back()
    assert budget.admits()
    assert budget.begin()
    budget.end()
    budget.end()
    assert budget.spent.calls == 2
    assert budget.reason == "the budget of 2 calls is spent"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"max_tokens": 100}, "the budget of 100 tokens is spent"),
        ({"max_cost": 0.5}, "the budget of 0.5 in money is spent"),
    ],
)
def test_tokens_and_money_stop_what_has_not_begun(limits, reason):
    budget = Budget(**limits)
    assert budget.begin()
    assert budget.begin()
    budget.end(tokens=100, cost=0.5)
    assert not budget.begin()
    budget.end(tokens=100, cost=0.5)  # what was in flight may finish
    assert budget.reason == reason
    assert budget.spent == Spent(2, 200, 1.0)


def test_a_deadline_counts_from_the_beginning(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(budget_module.time, "monotonic", lambda: now[0])
    budget = Budget(deadline_s=60)
    now[0] = 159.9
    assert budget.admits()
    now[0] = 160.0
    assert not budget.admits()
    assert budget.reason == "the deadline of 60 s has passed"


def test_a_resumed_run_has_spent_before():
    assert not Budget(max_calls=3, spent=Spent(calls=3)).admits()
    assert Budget(max_calls=4, spent=Spent(calls=3)).admits()


def test_the_first_reason_stays():
    budget = Budget(max_calls=1, max_tokens=1)
    assert budget.begin()
    budget.end(tokens=5)
    assert budget.reason == "the budget of 1 calls is spent"


@pytest.mark.parametrize("limit", ["max_calls", "max_tokens", "max_cost", "deadline_s"])
@pytest.mark.parametrize("value", [-1, float("nan")])
def test_limits_below_nothing_are_refused(limit, value):
    with pytest.raises(SettingsError, match="cannot be"):
        Budget(**{limit: value})


def test_many_threads_never_begin_more_than_the_limit():
    budget = Budget(max_calls=50)
    begun = []

    def work():
        while budget.begin():
            begun.append(1)
            budget.end()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == budget.spent.calls == 50


def test_a_limit_that_nothing_was_denied_for_is_not_told():
    budget = Budget(max_calls=1)
    assert budget.begin()
    budget.end()
    assert (budget.reason, budget.denied) == ("the budget of 1 calls is spent", "")
    assert not budget.admits()
    assert budget.denied == "the budget of 1 calls is spent"
