"""The autoencoder of stage 2: matrix products into buffers that stay, forward and backward by hand, and Adam.

Everything learnt lies in one vector, so that a step of Adam is one walk through memory. The layers are those of Xie et
al. 2016 with other widths: rectified, but for the embedding and the reconstruction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch.optim.adam import adam

from behaviorvlm.types import Float32Array

if TYPE_CHECKING:
    Tensor = Any  # torch is not there for whoever only checks types

MEMORY = (0.9, 0.999)
EPSILON = 1e-8


def native_precision() -> Literal["float32", "bfloat16"]:
    """Return bfloat16 where the processor multiplies it itself (AVX512-BF16 or AMX); elsewhere it would crawl."""
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return "bfloat16" if any(getattr(torch.cpu, name, bool)() for name in asked) else "float32"


def multiply(left: Tensor, right: Tensor, *, out: Tensor) -> Tensor:
    """Return the (row, column) matrix product in `out`.

    float32 by numpy's library, OpenBLAS, which is a third faster than torch's on AMD's processors; others by torch.
    """
    if out.dtype != torch.float32:
        return torch.mm(left, right, out=out)
    np.matmul(left.numpy(), right.numpy(), out=out.numpy())
    return out


class Autoencoder:
    """An encoder and its mirror.

    Attributes:
        weights: (parameter,) float32 all that is learnt; the encoder's come first.
        slope: (parameter,) float32 what `reconstruct` or `pull_back` found last.
        encoder_size: Parameters of the encoder.
    """

    def __init__(self, widths: Sequence[int], *, batch: int, precision: Literal["float32", "bfloat16"]) -> None:
        """Make room for it.

        Args:
            widths: Of the rows, of the hidden layers, of the embedding.
            batch: Most rows at a time.
            precision: Numbers that layers are multiplied in; what is learnt is float32 in any case.
        """
        self._dtype = getattr(torch, precision)
        self._widths = (*widths, *reversed(widths[:-1]))
        self._depth = len(widths) - 1
        sizes = [(below + 1) * above for below, above in pairwise(self._widths)]
        self.encoder_size = sum(sizes[: self._depth])
        self.weights = torch.zeros(sum(sizes))
        self.slope = torch.zeros(sum(sizes))
        exact = precision == "float32"
        self._used = self.weights if exact else torch.zeros(sum(sizes), dtype=self._dtype)
        self._found = self.slope if exact else torch.zeros(sum(sizes), dtype=self._dtype)
        self._layers = list(self._views(self._used))
        self._slopes = list(self._views(self._found))
        self._values = [torch.empty(batch, width, dtype=self._dtype) for width in self._widths[1:]]
        self._back = [torch.empty(batch, width, dtype=self._dtype) for width in self._widths]

    def start(self, rng: np.random.Generator) -> None:
        """Draw weights as He et al. 2015 do, biases 0; the two layers without rectifier half as wide."""
        for number, (weight, _) in enumerate(self._views(self.weights)):
            gain = 1.0 if number in (self._depth - 1, len(self._layers) - 1) else 2.0
            drawn = rng.standard_normal(tuple(weight.shape), np.float32) * np.float32(np.sqrt(gain / weight.shape[0]))
            weight.copy_(torch.from_numpy(drawn))
        self.refresh()

    def refresh(self) -> None:
        """Use the weights as they are now."""
        if self._used is not self.weights:
            self._used.copy_(self.weights)

    def stretch(self, factor: float) -> None:
        """Let the embedding be `factor` times as wide, and the reconstruction what it was."""
        layers = list(self._views(self.weights))
        for values in layers[self._depth - 1]:
            values.mul_(factor)
        layers[self._depth][0].div_(factor)
        self.refresh()

    def reconstruct(self, rows: Float32Array) -> float:
        """Return the mean squared error of (row, feature) float32 rows; `slope` is its own afterwards."""
        given = self._given(rows)
        made = self._forward(given, 0, len(self._layers))
        missed = torch.sub(made, given, out=self._back[-1][: len(given)])
        error = float(missed.float().square().mean())
        self._backward(given, missed.mul_(2 / missed.numel()), len(self._layers))
        return error

    def embed(self, rows: Float32Array) -> Float32Array:
        """Return (row, dimension) float32 embedded rows of (row, feature) float32."""
        return np.asarray(self._forward(self._given(rows), 0, self._depth).float().numpy())

    def pull_back(self, rows: Float32Array, slope: Float32Array) -> None:
        """Find the encoder's slope for the rows that were embedded last.

        Args:
            rows: (row, feature) float32, as given to `embed`.
            slope: (row, dimension) float32 slope in the embedded rows.
        """
        self._backward(self._given(rows), torch.from_numpy(slope).to(self._dtype), self._depth)

    def encoder_layers(self) -> list[tuple[Float32Array, Float32Array]]:
        """Return (below, above) float32 weights and (above,) float32 biases of the encoder's layers."""
        layers = list(self._views(self.weights))[: self._depth]
        return [(weight.numpy().copy(), bias.numpy().copy()) for weight, bias in layers]

    def _given(self, rows: Float32Array) -> Tensor:
        return torch.from_numpy(rows).to(self._dtype)

    def _views(self, vector: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        start = 0
        for below, above in pairwise(self._widths):
            middle, stop = start + below * above, start + (below + 1) * above
            yield vector[start:middle].view(below, above), vector[middle:stop]
            start = stop

    def _is_rectified(self, number: int) -> bool:
        return number not in (self._depth - 1, len(self._layers) - 1)

    def _forward(self, given: Tensor, first: int, stop: int) -> Tensor:
        values = given
        for number in range(first, stop):
            weight, bias = self._layers[number]
            values = multiply(values, weight, out=self._values[number][: len(given)]).add_(bias)
            if self._is_rectified(number):
                values.relu_()
        return values

    def _backward(self, given: Tensor, slope: Tensor, stop: int) -> None:
        """Fill the slopes of the layers below `stop`, the last of which has this slope in its values."""
        count = len(given)
        for number in reversed(range(stop)):
            below = self._values[number - 1][:count] if number else given
            weight_slope, bias_slope = self._slopes[number]
            multiply(below.t(), slope, out=weight_slope)
            torch.sum(slope, 0, out=bias_slope)
            if not number:
                break
            slope = multiply(slope, self._layers[number][0].t(), out=self._back[number][:count])
            if self._is_rectified(number - 1):
                torch.ops.aten.threshold_backward.grad_input(slope, below, 0, grad_input=slope)
        if self._found is not self.slope:
            self.slope.copy_(self._found)


class Adam:
    """Kingma and Ba 2015, in one walk through memory.

    Attributes:
        values: (parameter,) float32 what is learnt.
        mean: (parameter,) float32 running mean of the slope.
        square: (parameter,) float32 running mean of its square.
    """

    def __init__(self, values: Tensor) -> None:
        """Begin with nothing remembered.

        Args:
            values: (parameter,) float32.
        """
        self.values = values
        self.mean, self.square, self._steps = torch.zeros_like(values), torch.zeros_like(values), torch.zeros(())

    @property
    def steps(self) -> int:
        """Steps done."""
        return int(self._steps)

    @steps.setter
    def steps(self, count: int) -> None:
        self._steps.fill_(count)

    def step(self, slope: Tensor, rate: float) -> None:
        """Move against the (parameter,) float32 slope by about `rate`; a shorter one moves the first of them."""
        moved = slice(0, len(slope))
        adam(
            [self.values[moved]],
            [slope],
            [self.mean[moved]],
            [self.square[moved]],
            [],
            [self._steps],
            fused=True,
            amsgrad=False,
            beta1=MEMORY[0],
            beta2=MEMORY[1],
            lr=rate,
            weight_decay=0.0,
            eps=EPSILON,
            maximize=False,
        )

    def forget(self) -> None:
        """Begin again with nothing remembered."""
        self.steps = 0
        self.mean.zero_()
        self.square.zero_()
