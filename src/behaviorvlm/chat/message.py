"""What is said to a model: messages of text, pictures and clips."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal


@dataclass(frozen=True)
class Text:
    """A piece of text."""

    text: str


@dataclass(frozen=True)
class Picture:
    """An encoded picture.

    Attributes:
        content: The file's bytes.
        media_type: ``image/png``, ``image/jpeg`` or ``image/webp``.
    """

    content: bytes
    media_type: str = "image/png"

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def data_url(self) -> bytes:
        """The picture as a ``data:`` URL, ASCII; kept, because an exemplar goes along with many questions."""
        return b"data:%s;base64,%s" % (self.media_type.encode("ascii"), base64.b64encode(self.content))


@dataclass(frozen=True)
class Video(Picture):
    """A clip in one file, for a server that takes such; kept and counted as a picture.

    Attributes:
        kind: The kind of part in which the server takes it.
    """

    media_type: str = "video/mp4"
    kind: Literal["video_url", "input_video"] = "video_url"


Part = Text | Picture


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Literal["system", "user", "assistant"], *parts: str | Part) -> Message:
        """Return a message of these parts; plain strings become text."""
        return cls(role, tuple(Text(part) if isinstance(part, str) else part for part in parts))

    def outline(self) -> dict[str, object]:
        """Return the message as JSON values, each picture as its hash and media type."""
        parts = [
            {"text": part.text}
            if isinstance(part, Text)
            else {"picture": part.content_hash, "media_type": part.media_type}
            for part in self.parts
        ]
        return {"role": self.role, "parts": parts}
