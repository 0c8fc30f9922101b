"""behaviorvlm: named 3D keypoints and named behavior from videos of animals, with almost no labels.

What a notebook or a script needs is here; each name is loaded when it is first used, so that importing this is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from behaviorvlm import plots
    from behaviorvlm.api import estimate_pose, open_session
    from behaviorvlm.api import open_any_run as open_run
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.api.behavior import open_recordings, segment_behavior, undo_merges
    from behaviorvlm.api.corrections import correct_behavior, correct_pose, rerun, undo_correction
    from behaviorvlm.api.export import convert_file, export_run
    from behaviorvlm.behavior.settings import BehaviorSettings
    from behaviorvlm.pose.settings import PoseSettings
    from behaviorvlm.runs.bout_filter import BoutFilter
    from behaviorvlm.runs.correction_kinds import (
        AcceptExemplar,
        ClearPoint,
        MergeBouts,
        MoveBoundary,
        MoveBox,
        ReassignBout,
        RedefineBehavior,
        RelabelBout,
        RenameBehavior,
        SetPoint,
        SplitBout,
        SwapSides,
    )
    from behaviorvlm.runs.quality_filter import QualityFilter

__version__ = "0.1.0"

__all__ = [
    "AcceptExemplar",
    "Asking",
    "BehaviorSettings",
    "BoutFilter",
    "ClearPoint",
    "MergeBouts",
    "MoveBoundary",
    "MoveBox",
    "PoseSettings",
    "QualityFilter",
    "ReassignBout",
    "RedefineBehavior",
    "RelabelBout",
    "RenameBehavior",
    "SetPoint",
    "SplitBout",
    "SwapSides",
    "__version__",
    "convert_file",
    "correct_behavior",
    "correct_pose",
    "estimate_pose",
    "export_run",
    "open_recordings",
    "open_run",
    "open_session",
    "plots",
    "rerun",
    "segment_behavior",
    "undo_correction",
    "undo_merges",
]

_PLACES = {
    "behaviorvlm.api": "open_session estimate_pose open_any_run",
    "behaviorvlm.api.asking": "Asking",
    "behaviorvlm.api.behavior": "open_recordings segment_behavior undo_merges",
    "behaviorvlm.api.corrections": "correct_behavior correct_pose rerun undo_correction",
    "behaviorvlm.api.export": "convert_file export_run",
    "behaviorvlm.behavior.settings": "BehaviorSettings",
    "behaviorvlm.pose.settings": "PoseSettings",
    "behaviorvlm.runs.bout_filter": "BoutFilter",
    "behaviorvlm.runs.quality_filter": "QualityFilter",
    "behaviorvlm.runs.correction_kinds": "AcceptExemplar ClearPoint MergeBouts MoveBoundary MoveBox ReassignBout "
    "RedefineBehavior RelabelBout RenameBehavior SetPoint SplitBout SwapSides",
}
"""Module to the names that are taken from it, as above."""
_ALIASES = {"open_run": "open_any_run"}


def __getattr__(name: str) -> object:
    """Load what is asked for: the import system calls this once for each name."""
    wanted = _ALIASES.get(name, name)
    if name == "plots":
        return import_module("behaviorvlm.plots")
    for module, names in _PLACES.items():
        if name in __all__ and wanted in names.split():
            found: object = getattr(import_module(module), wanted)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'behaviorvlm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
