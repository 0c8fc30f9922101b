"""Memory for pictures in the making, used again and again.

Fresh memory for every picture costs more than drawing it: the system hands it out page by page. There are as many
canvases as processors, so no more pictures are in the making than can be worked on, however many threads want one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from queue import SimpleQueue

import numpy as np

from behaviorvlm.types import ByteArray


class Canvases:
    """Canvases of any size, lent to one thread each.

    Args:
        count: How many there are; who finds none waits.
    """

    def __init__(self, count: int) -> None:
        self._free: SimpleQueue[ByteArray] = SimpleQueue()
        for _ in range(count):
            self._free.put(np.empty(0, dtype=np.uint8))

    @contextmanager
    def borrow(self, *shape: int) -> Iterator[ByteArray]:
        """Lend an array of this shape, uint8; what is in it is left from before."""
        size, buffer = prod(shape), self._free.get()
        try:
            if buffer.size < size:
                buffer = np.empty(size, dtype=np.uint8)
            yield buffer[:size].reshape(shape)
        finally:
            self._free.put(buffer)


CANVASES = Canvases(os.cpu_count() or 1)
