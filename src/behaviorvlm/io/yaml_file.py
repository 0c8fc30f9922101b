"""YAML, as DeepLabCut and Lightning Pose keep their settings: written here, read with PyYAML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.extras import require

UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What may stand in a text of JSON but not of YAML."""
INDENT = "  "


def read_yaml(path: Path) -> dict[str, object]:
    """Return the content of a YAML file.

    Raises:
        SettingsError: If PyYAML is not installed.
        FormatError: If it cannot be read, or does not hold names and values.
    """
    require("labels", "reading YAML needs the package PyYAML", where=str(path))
    import yaml

    try:
        content = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FormatError("the file cannot be read", where=str(path), expected="YAML", actual=str(error)) from error
    if not isinstance(content, dict):
        raise FormatError(
            "the file holds no settings",
            where=str(path),
            expected="names and values",
            actual=type(content).__name__,
        )
    return {str(key): value for key, value in content.items()}


def yaml_text(values: Mapping[str, object], indent: str = "") -> str:
    """Return names and values, lists and mappings among them, as YAML."""
    return "".join(f"{indent}{_scalar(key)}:{_value(value, indent)}\n" for key, value in values.items())


def _value(value: object, indent: str) -> str:
    if isinstance(value, Mapping) and value:
        return "\n" + yaml_text(value, indent + INDENT).rstrip("\n")
    if isinstance(value, list | tuple) and value:
        return "".join(f"\n{indent}- {_scalar(item)}" for item in value)
    return f" {_scalar(value)}"


def _scalar(value: object) -> str:
    """Return a value on one line: JSON, which is YAML but for a few characters; plain words without quotes."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z_]{2,}[\w-]*", value, re.ASCII) and value.lower() not in WORDS:
        return value
    text = json.dumps(value, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


WORDS = {"true", "false", "null", "yes", "no", "on", "off", "nan", "inf"}
"""Words that YAML takes for something else than text."""
