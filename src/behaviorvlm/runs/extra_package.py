"""What a notebook likes to have, and the core does without."""

from __future__ import annotations

from behaviorvlm.errors import SettingsError


def lacking(package: str) -> SettingsError:
    """Return the error that says how to install a package of the extra ``notebook``."""
    return SettingsError(
        f"{package} is not installed, in which the results would be returned",
        remedy="pip install 'behaviorvlm[notebook]'; the tables in the run folder hold the same, without it",
    )
