"""Formats of bouts, as rows of the registry."""

from __future__ import annotations

from behaviorvlm.io.file_format import FileFormat

BEHAVIOR_FORMATS: tuple[FileFormat, ...] = ()
