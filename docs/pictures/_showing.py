"""Questions as text, and their pictures as files that say they are simulated: for the scripts of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.question import Question
from behaviorvlm.imaging.marks import write_caption

HERE = Path(__file__).parent


def in_words(question: Question[Any]) -> str:
    """Return a question as text, its pictures by their place."""
    lines, place = [f"===== {question.stage}, asked of {question.role}, {question.about} (simulated)"], 0
    for part in question.messages[0].parts:
        place += isinstance(part, Picture)
        lines.append(f"[picture {place}]" if isinstance(part, Picture) else part.text)
    return "\n".join([*lines, "", "JSON schema of the answer:", json.dumps(question.schema)])


def keep(name: str, picture: Picture, *, quality: int) -> None:
    """Write a picture below a strip that says it is simulated, as a JPEG of this quality."""
    shown = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    if shown is None:
        raise SystemExit(f"the picture {name} cannot be decoded")
    strip = np.full((20, shown.shape[1], 3), (90, 30, 30), dtype=np.uint8)
    write_caption(strip, "SIMULATED")
    path = HERE / f"simulated_{name}.jpg"
    cv2.imwrite(str(path), np.concatenate([strip, shown]), [cv2.IMWRITE_JPEG_QUALITY, quality])
