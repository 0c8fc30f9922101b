"""A price table: what the tokens of each model cost, as the user knows it."""

from __future__ import annotations

from pathlib import Path

from behaviorvlm.chat.prices import PriceTable
from behaviorvlm.errors import FormatError
from behaviorvlm.io.toml_file import read_model


def read_prices(path: Path) -> PriceTable:
    """Return the prices in a TOML file, per million tokens.

    ::

        currency = "EUR"
        [models."qwen3.5-27b"]
        prompt = 0.30
        answer = 2.40

    Raises:
        FormatError: If it is no TOML, a key is unknown or missing, or a price is no number of 0 or more.
    """
    return read_model(path, PriceTable, error=FormatError)
