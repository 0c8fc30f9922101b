"""A vision model in a folder, read with transformers: DINOv2, DINOv3, SigLIP and their like. Nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from behaviorvlm.errors import ModelFileError
from behaviorvlm.extras import require
from behaviorvlm.types import ByteArray, Float32Array

PACKAGES = ("torch", "transformers")
PREPARED = "preprocessor_config.json"


class TransformersEncoder:
    """What a vision model sums a picture up to. Implements `types.VisualEncoder`.

    Attributes:
        name: Name of the folder.
        n_features: Width of the model.
        side_px: Width and height it was trained on, as its folder says.
    """

    sees_motion = False

    def __init__(self, folder: Path) -> None:
        """Load a model; code that lies in the folder is not run.

        Raises:
            ModelFileError: If the folder does not hold a vision model, or a library is not installed.
        """
        _check_folder(folder)
        import torch

        self.name = folder.resolve().name
        self.side_px, middle, spread = _preparation(folder)
        self._middle, self._spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (middle, spread))
        self._network = _load(folder)
        nothing = np.zeros((1, self.side_px, self.side_px, 3), np.uint8)
        try:
            self.n_features = self.encode(nothing).shape[1]
        except Exception as problem:  # whatever a model that is for no pictures makes of one
            raise _unusable(folder, problem) from problem

    def encode(self, pictures: ByteArray, after: ByteArray | None = None) -> Float32Array:
        """Return (picture, feature) float32 features of (picture, side, side, 3) uint8; it looks at no frame after."""
        import torch

        with torch.inference_mode():
            given = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div_(255)
            made = self._network(pixel_values=(given - self._middle) / self._spread)
            summed: Any = made.last_hidden_state[:, 0] if made.pooler_output is None else made.pooler_output
        return np.asarray(summed.float().numpy(), np.float32)


def _check_folder(folder: Path) -> None:
    require(
        "visual",
        "a vision model needs libraries that are not installed",
        packages=PACKAGES,
        where=str(folder),
        instead="the encoder that needs none: plain",
        error=ModelFileError,
    )
    lacking = [name for name in ("config.json", PREPARED) if not (folder / name).is_file()]
    if lacking:
        raise ModelFileError(
            "the folder holds no vision model for transformers",
            where=str(folder),
            expected=f"config.json, {PREPARED} and weights",
            actual=f"no {', no '.join(lacking)}",
            remedy="copy the folder again, or name another encoder",
        )


def _preparation(folder: Path) -> tuple[int, list[float], list[float]]:
    """Return the side in px and the mean and spread of each color, in 0 to 1, that pictures are prepared with."""
    try:
        stored = json.loads((folder / PREPARED).read_text(encoding="utf-8"))
        size = stored.get("crop_size") if stored.get("do_center_crop") else None
        size = size or stored["size"]
        side = size if isinstance(size, int) else size.get("height") or size["shortest_edge"]
        middle, spread = ([float(value) for value in stored[name]] for name in ("image_mean", "image_std"))
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise _unusable(folder / PREPARED, problem) from problem
    return int(side), middle, spread


def _load(folder: Path) -> Any:  # noqa: ANN401 - transformers has as many types as models
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # whoever runs us draws their own
    try:
        model, report = AutoModel.from_pretrained(folder, local_files_only=True, output_loading_info=True)
    except Exception as problem:  # whatever a damaged file makes of these libraries
        raise _unusable(folder, problem) from problem
    network = getattr(model, "vision_model", model)  # SigLIP and CLIP read text, too
    seen = {name.removeprefix("vision_model.") for name in report["missing_keys"]} & set(
        dict(network.named_parameters())
    )
    if seen:  # transformers fills what the files lack with random numbers
        raise ModelFileError(
            "the weights of the vision model are incomplete",
            where=str(folder),
            actual=f"{len(seen)} parameters are missing, {min(seen)} among them",
            remedy="copy the folder again",
        )
    return network.eval()


def _unusable(path: Path, problem: Exception) -> ModelFileError:
    first = (str(problem).strip().splitlines() or [""])[0]
    return ModelFileError(
        "the vision model cannot be used",
        where=str(path),
        expected="a folder that transformers' AutoModel reads, of a model that takes pictures",
        actual=f"{type(problem).__name__}: {first}",
        remedy="name another encoder",
    )
