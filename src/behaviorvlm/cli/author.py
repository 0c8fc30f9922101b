"""Who sits at the keyboard: the author of corrections."""

from __future__ import annotations

import getpass


def author() -> str:
    """Return the name of whoever is logged in; a container need not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
