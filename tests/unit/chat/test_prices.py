import pytest
from pydantic import ValidationError

from behaviorvlm.chat.prices import PriceTable


def test_a_reply_costs_by_the_million():
    table = PriceTable.model_validate({"currency": "EUR", "models": {"m": {"prompt": 0.3, "answer": 2.4}}})
    assert table.cost("m", 1_000_000, 500_000) == pytest.approx(1.5)
    assert table.cost("other", 10, 10) is None


@pytest.mark.parametrize(
    "given",
    [
        {"models": {"m": {"prompt": -1, "answer": 1}}},
        {"models": {"m": {"prompt": float("nan"), "answer": 1}}},
        {"models": {"m": {"prompt": 1}}},
        {"models": {"m": {"prompt": 1, "answer": 1, "output": 2}}},
        {},
    ],
)
def test_bad_tables_are_refused(given):
    with pytest.raises(ValidationError):
        PriceTable.model_validate(given)
