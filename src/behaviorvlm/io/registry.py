"""All file formats: which can be read, which written, what each keeps and loses, and who judged what we write.

Functions are named by their place, and loaded when a format is used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.extras import require
from behaviorvlm.io.behavior_formats import BEHAVIOR_FORMATS
from behaviorvlm.io.file_format import Content, FileFormat, function
from behaviorvlm.io.label_formats import LABEL_FORMATS
from behaviorvlm.io.rig_formats import RIG_FORMATS
from behaviorvlm.io.toml_file import did_you_mean

FORMATS: tuple[FileFormat, ...] = (*LABEL_FORMATS, *RIG_FORMATS, *BEHAVIOR_FORMATS)


def find_format(name: str, content: Content, *, to: Literal["read", "write"]) -> FileFormat:
    """Return the format called `name` that holds `content` and can be read or written.

    Raises:
        SettingsError: If there is none, or a package it needs is not installed.
    """
    able = [one for one in FORMATS if one.content == content and (one.read if to == "read" else one.write)]
    found = next((one for one in able if one.name == name), None)
    if found is None:
        names = [one.name for one in able]
        raise SettingsError(
            f"no format of that name can be {'read' if to == 'read' else 'written'} with {content} in it",
            expected=", ".join(names),
            actual=name,
            remedy=did_you_mean(name, names) or "`behaviorvlm formats` lists all of them",
        )
    if found.needs:
        require(found.extra, f"{found.title} needs the package {found.needs}", packages=(found.needs,), where=name)
    return found


def recognized(path: Path, *, name: str | None = None) -> FileFormat:
    """Return which readable format a file or folder is, told by its content.

    Args:
        path: The file or folder.
        name: Name of its format, where somebody said it; its content then only says which of that name.

    Raises:
        FormatError: If it is missing, or of none of them.
        SettingsError: If there is no such name, or a package it needs is not installed.
    """
    if not path.exists():
        raise FormatError("there is no such file", where=str(path))
    readable = [one for one in FORMATS if one.read and name in (None, one.name)]
    if not readable:
        names = list(dict.fromkeys(one.name for one in FORMATS if one.read))
        raise SettingsError(
            "no format of that name can be read", expected=", ".join(names), actual=str(name),
            remedy=did_you_mean(str(name), names),
        )  # fmt: skip
    able = (one for one in readable if one.recognize and one.is_ready and function(one.recognize)(path))
    found = next(able, readable[0] if name else None)
    if found is None:
        raise FormatError(
            "the file is of no known format",
            where=str(path),
            expected=", ".join(dict.fromkeys(one.title for one in readable)),
            remedy="name it with --from; `behaviorvlm formats` lists all of them",
        )
    return find_format(found.name, found.content, to="read")


def writable_names(content: Content) -> list[str]:
    """Return the names of the formats that can be written with such content."""
    return list(dict.fromkeys(one.name for one in FORMATS if one.write and one.content == content))


def told_by_ending(path: Path, content: Content) -> FileFormat | None:
    """Return the writable format that a path's ending says, None where it says none."""
    able = [one for one in FORMATS if one.content == content and one.write]
    pairs = [(ending, one) for one in able for ending in one.endings if path.name.lower().endswith(ending)]
    return max(pairs, key=lambda pair: len(pair[0]))[1] if pairs else None
