from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from behaviorvlm.errors import FormatError
from behaviorvlm.io.prices import read_prices
from behaviorvlm.io.toml_file import toml_key, toml_table

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
PRICES = st.floats(0, 1e6)


def write(folder: Path, text: str) -> Path:
    (folder / "prices.toml").write_bytes(text.encode())
    return folder / "prices.toml"


def test_prices_are_per_million_tokens(tmp_path: Path) -> None:
    text = (
        'currency = "EUR"\n[models."qwen3.5-27b"]\nprompt = 0.30\nanswer = 2\n[models.free]\nprompt = 0\nanswer = 0\n'
    )
    prices = read_prices(write(tmp_path, text))
    assert prices.currency == "EUR"
    assert prices.cost("qwen3.5-27b", 2_000_000, 500_000) == pytest.approx(1.6)
    assert prices.cost("free", 10, 10) == 0
    assert prices.cost("unknown", 10, 10) is None


@given(st.dictionaries(NAMES, st.tuples(PRICES, PRICES), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_any_name_and_price_come_back(tmp_path: Path, table: dict[str, tuple[float, float]]) -> None:
    lines = "".join(
        toml_table(f"models.{toml_key(name)}", {"prompt": prompt, "answer": answer})
        for name, (prompt, answer) in table.items()
    )
    prices = read_prices(write(tmp_path, lines))
    assert {name: (price.prompt, price.answer) for name, price in prices.models.items()} == table


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models = ", "read"),
        ("currency = 'EUR'", "models"),
        ("models = 3", "models"),
        ("[models.m]\nprompt = 1", "models.m.answer"),
        ("[models.m]\nprompt = -1\nanswer = 1", "models.m.prompt"),
        ("[models.m]\nprompt = nan\nanswer = 1", "models.m.prompt"),
        ("[models.m]\nprompt = inf\nanswer = 1", "models.m.prompt"),
        ("[models.m]\nprompt = 'cheap'\nanswer = 1", "cheap"),
        ("[models.m]\nprompt = 1\nanswer = 1\nanswers = 1", "did you mean answer"),
        ("[model.m]\nprompt = 1\nanswer = 1", "models"),
        ("curency = 'EUR'\n[models.m]\nprompt = 1\nanswer = 1", "did you mean currency"),
    ],
)
def test_a_bad_table_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(FormatError, match=said) as error:
        read_prices(path)
    assert error.value.where == str(path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        read_prices(tmp_path / "prices.toml")
