"""Tables made anew behind the app's back: after the last correction, in a thread of its own, never twice at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread

from behaviorvlm.api.corrections import rerun
from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.review.apart import apart
from behaviorvlm.runs.filtered_tables import Filtered, export_filtered
from behaviorvlm.runs.quality_filter import QualityFilter

WAIT_S = 0.4
"""Several corrections in a row need their tables once."""


def rerun_apart(folder: Path) -> None:
    """Make tables in a process of their own: ten thousand timepoints take seconds, and the app must not wait.

    Raises:
        BehaviorVLMError: As of `rerun`.
    """
    apart(rerun, folder)


def export_apart(folder: Path, wanted: QualityFilter) -> Filtered:
    """Write what stays of a run, in a process of its own likewise; arguments and errors as of `export_filtered`."""
    return apart(export_filtered, folder, wanted)


class TableWriting:
    """The tables of one run.

    Attributes:
        said: How it stands, in words; "" before the first correction.
        busy: Whether tables are being written, or about to be.

    Args:
        folder: The run folder.
        write: What makes them.
        wait_s: How long to wait for further corrections.
    """

    def __init__(self, folder: Path, *, write: Callable[[Path], object] = rerun_apart, wait_s: float = WAIT_S) -> None:
        self._folder, self._write, self._wait_s = folder, write, wait_s
        self._lock = Lock()
        self._wanted = False
        self.busy = False
        self.said = ""

    def ask(self) -> None:
        """Have the tables made, soon."""
        with self._lock:
            self._wanted = True
            if self.busy:
                return
            self.busy = True
        self.said = "writing tables ..."
        Thread(target=self._work, daemon=False).start()

    def _work(self) -> None:
        while self._more():
            time.sleep(self._wait_s)
            with self._lock:
                self._wanted = False
            try:
                self._write(self._folder)
                self.said = f"tables written at {time.strftime('%H:%M:%S')}"
            except BehaviorVLMError as error:
                self.said = f"tables not written: {error.message}"

    def _more(self) -> bool:
        with self._lock:
            self.busy = self._wanted
            return self._wanted
