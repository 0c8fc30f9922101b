"""What tokens cost, by a table the user gives."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PriceValue = Annotated[float, Field(ge=0, allow_inf_nan=False)]

_MILLION = 1_000_000


class Price(BaseModel):
    """Price of one model.

    Attributes:
        prompt: Per million tokens of questions, pictures included.
        answer: Per million tokens of answers, thinking included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: PriceValue
    answer: PriceValue


class PriceTable(BaseModel):
    """Prices by model name.

    As the user's TOML gives them::

        currency = "EUR"
        [models."qwen3.5-27b"]
        prompt = 0.30
        answer = 2.40

    Attributes:
        currency: Of all prices.
        models: Price of each model by the name it is asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = "USD"
    models: dict[str, Price]

    def cost(self, model: str, prompt_tokens: int, answer_tokens: int) -> float | None:
        """Return what a reply cost in `currency`; None if the table does not know the model."""
        price = self.models.get(model)
        if price is None:
            return None
        return (prompt_tokens * price.prompt + answer_tokens * price.answer) / _MILLION
