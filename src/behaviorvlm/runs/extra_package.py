"""What a notebook likes to have, and the core does without."""

from __future__ import annotations

from behaviorvlm.extras import require


def require_in_notebook(package: str) -> None:
    """Refuse to go on without a package of the extra ``notebook``.

    Raises:
        SettingsError: If it is not installed.
    """
    require(
        "notebook",
        f"{package} is not installed, in which the results would be returned",
        packages=(package,),
        instead="read the tables in the run folder, which hold the same",
    )
