"""A real `llama-server` with a tiny, randomly initialised model that reads pictures: it answers nonsense."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tiny_models import build_tiny_vlm

NAME = "tiny"
SLOTS = 4
STARTED_WITHIN_S = 120.0


class LlamaServer:
    """Starts, dies and starts again at one address; a context manager.

    Args:
        source: llama.cpp's folder, with its server under ``build/bin``.
        folder: Where the model is made.
    """

    def __init__(self, source: Path, folder: Path) -> None:
        self._binary = source / "build" / "bin" / "llama-server"
        self._model, self._eyes = folder / "tiny.gguf", folder / "tiny-mmproj.gguf"
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port = _free_port()
        build_tiny_vlm(folder / "tiny")
        _convert(source, folder / "tiny", self._model)
        _convert(source, folder / "tiny", self._eyes, "--mmproj")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> LlamaServer:
        self.start()
        self.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it; `wait` until it answers."""
        words = ["-m", self._model, "--mmproj", self._eyes, "--alias", NAME, "--host", "127.0.0.1", "-t", "2"]
        words += ["--port", str(self._port), "-np", str(SLOTS), "-c", str(SLOTS * 4096)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([self._binary, *words], stdout=log, stderr=log)

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url[:-3]}/health", timeout=5):
                return
            time.sleep(0.2)
        raise RuntimeError(f"llama-server did not start:\n{self._log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """Kill it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _convert(source: Path, folder: Path, out: Path, *more: str) -> None:
    words = [sys.executable, Path(__file__).with_name("to_gguf.py"), source, folder, out, *more]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"no GGUF came out:\n{done.stderr[-2000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
