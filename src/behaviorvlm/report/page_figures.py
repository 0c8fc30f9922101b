"""Figures of a page: files in a folder of their own, and the same pictures within the page.

The folder is made anew with every page, so that no figure of an earlier one is left in it. One that holds anything but
pictures is somebody else's and is refused.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from behaviorvlm.errors import RunStorageError
from behaviorvlm.markup import Content, Markup, element, joined
from behaviorvlm.types import ByteArray

FORMS = ("png", "svg")
PHOTO_QUALITY = 82


class PageFigures:
    """Where figures are drawn, and how they come into the page.

    Args:
        folder: Where they are drawn.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def forms(self, name: str) -> tuple[Path, ...]:
        """Return the files of a chart: lines and letters, as PNG and as SVG."""
        return tuple(self.folder / f"{name}.{form}" for form in FORMS)

    def photo(self, name: str) -> Path:
        """Return the file of a picture that a camera took: as PNG only."""
        return self.folder / f"{name}.png"

    def shown(self, name: str, *, description: str, caption: Content, photo: bool = False) -> Markup:
        """Return a figure that was drawn, as an element that holds its pixels.

        Args:
            name: Of its files in the folder, without an ending.
            description: What is seen in it, for those who do not see it.
            caption: What it says, below it.
            photo: Whether a camera took it; it is then compressed harder.
        """
        content = (self.folder / f"{name}.png").read_bytes()
        pixels = _decoded(content)
        kind, content = ("jpeg", _as_jpeg(pixels)) if photo else ("png", content)
        height, width = pixels.shape[:2]
        picture = element(
            "img", src=f"data:image/{kind};base64,{base64.b64encode(content).decode()}", alt=description,
            width=str(width), height=str(height),
        )  # fmt: skip
        files = f"{name}.png" if photo else ", ".join(f"{name}.{form}" for form in FORMS)
        named = element("span", " File: ", element("code", files))
        sheet = element("div", picture, class_="sheet")
        return element("figure", sheet, element("figcaption", joined(caption), named))


@contextmanager
def figures_anew(folder: Path) -> Iterator[PageFigures]:
    """Give a place to draw in; at the end of the block it takes the place of `folder`, or nothing has changed.

    Raises:
        RunStorageError: If the folder holds anything but pictures, or cannot be written.
    """
    with report_written(folder):
        _refuse_foreign(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        drawing = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield PageFigures(drawing)
        with report_written(folder):
            drawing.chmod(0o755)
            if folder.is_dir():
                shutil.rmtree(folder)
            drawing.replace(folder)
    finally:
        shutil.rmtree(drawing, ignore_errors=True)


@contextmanager
def report_written(path: Path) -> Iterator[None]:
    """Turn what the disk refuses at `path` into an error a user can act on.

    Raises:
        RunStorageError: If it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise RunStorageError(
            "the report cannot be written",
            where=str(path),
            actual=error.strerror or str(error),
            remedy="name a file in a folder that can be written, with --out",
        ) from error


def _refuse_foreign(folder: Path) -> None:
    foreign = [path.name for path in drawn_files(folder) if path.suffix.lstrip(".") not in FORMS]
    if foreign or (folder.exists() and not folder.is_dir()):
        raise RunStorageError(
            "the folder for figures holds something else",
            where=str(folder),
            expected="no such folder, or pictures of an earlier report and nothing else",
            actual=", ".join(foreign[:5]) or "a file",
            remedy="move it away, or name another file with --out",
        )


def drawn_files(folder: Path) -> list[Path]:
    """Return every file in a folder of figures and in the folders within it, none where there is no such folder."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def _decoded(content: bytes) -> ByteArray:
    import cv2

    return np.asarray(cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def _as_jpeg(pixels: ByteArray) -> bytes:
    import cv2

    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, PHOTO_QUALITY])[1].tobytes()
