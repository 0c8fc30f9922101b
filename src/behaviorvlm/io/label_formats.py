"""Formats of named points in pictures, as rows of the registry."""

from __future__ import annotations

from behaviorvlm.io.file_format import FileFormat

LABEL_FORMATS: tuple[FileFormat, ...] = ()
