"""Encoders of pictures by name: without weights, with weights from a package, or a model's folder on disk.

Nothing is ever fetched.
"""

from __future__ import annotations

from pathlib import Path

from behaviorvlm.errors import SettingsError
from behaviorvlm.imaging.plain_encoder import PlainEncoder
from behaviorvlm.io.efficientnet_encoder import NAME as EFFICIENTNET
from behaviorvlm.io.efficientnet_encoder import EfficientNetEncoder
from behaviorvlm.io.transformers_encoder import TransformersEncoder
from behaviorvlm.types import VisualEncoder


def open_encoder(spec: str) -> VisualEncoder:
    """Return an encoder.

    Args:
        spec: ``plain``, ``efficientnet-lite0``, or the path of a folder with a vision model for transformers (DINOv2,
            DINOv3, SigLIP ...).

    Raises:
        ModelFileError: If a model cannot be loaded.
        SettingsError: If there is no such encoder, or a library that it needs is not installed.
    """
    if spec == PlainEncoder.name:
        return PlainEncoder()
    if spec == EFFICIENTNET:
        return EfficientNetEncoder()
    if Path(spec).is_dir():
        return TransformersEncoder(Path(spec))
    raise SettingsError(
        "there is no such encoder",
        where=spec,
        expected=f"{PlainEncoder.name}, {EFFICIENTNET}, or the folder of a vision model",
    )
