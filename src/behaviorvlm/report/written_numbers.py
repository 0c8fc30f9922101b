"""Numbers as people read them, on a terminal and on a page."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a time in the unit that suits its length."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def money(amount: float | None) -> str:
    """Return an amount with cents, or with four figures if it is less than one; ``-`` if it is not known."""
    if amount is None:
        return "-"
    return f"{amount:,.2f}" if amount >= 1 or amount == 0 else f"{amount:.4g}"


def percent(share: float | None) -> str:
    """Return a share as a percentage, ``-`` if it is not known."""
    return "-" if share is None else f"{share:.1%}"


def number(value: float | None, unit: str = "") -> str:
    """Return a number with two decimals and its unit, ``-`` if it is not known."""
    return "-" if value is None else f"{value:.2f} {unit}".strip()
