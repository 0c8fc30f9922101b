"""``run.toml``: what was asked of a run, of which files, with which versions. Written once, when the run begins."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

import behaviorvlm
from behaviorvlm.errors import RunCorruptError, RunMismatchError, RunStorageError, SessionError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.toml_file import toml_key, toml_table
from behaviorvlm.runs.session_record import SessionRecord
from behaviorvlm.runs.storage import storage_errors
from behaviorvlm.types import RecordingSession

MANIFEST_FILE = "run.toml"
MANIFEST_VERSION = 1
POSE, BEHAVIOR = "pose", "behavior"
PACKAGES = ("numpy", "scipy", "opencv-python-headless", "av")
CODE_ROOMS = ("types", "geometry", "imaging", "prompts", "chat", "io")
"""The rooms of this package whose code every result comes from; a pipeline's own room joins them."""
DECISIVE = ("settings.", "inputs.", "session.", "recordings.", "versions.behaviorvlm", "versions.code")
"""What must be the same when a run is taken up again. The number of workers and other packages' versions are on record
but may differ: the first changes no result, and a patch of the second must not strand a long run."""
INDIFFERENT = re.compile(
    r"session\.(name|folder)|settings\.models\.\w+\.(url|timeout_s|patience_s|max_in_flight|structured)"
)
"""A session may be moved or renamed; so may a model's server, and be asked more patiently."""
HEADER = "# What was asked of this run. Written once by behaviorvlm; do not edit.\n"


class InputFile(BaseModel):
    """One file a run depends on: where it was, and what was in it."""

    model_config = ConfigDict(frozen=True)

    path: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, path: str) -> Self:
        """Return the record of the file at `path`, read in pieces.

        Raises:
            SessionError: If it cannot be read.
        """
        try:
            with Path(path).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                return cls(path=path, size_bytes=stream.tell(), sha256=digest)
        except OSError as error:
            raise SessionError("an input file cannot be read", where=path, actual=str(error)) from error


class Manifest(BaseModel):
    """What ``run.toml`` says of any run.

    Attributes:
        kind: The pipeline whose runs this describes.
        format: Version of this file's layout.
        created_at: When the run began, UTC, ISO 8601. No table depends on it.
        asked: What the user stated, before defaults were filled in.
        settings: What that came to; what is None is left out.
        versions: Package (and Python) to version.
        inputs: Every file the run depends on, by role.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str] = POSE

    format: int = MANIFEST_VERSION
    created_at: str
    asked: dict[str, Any]
    settings: dict[str, Any]
    versions: dict[str, str]
    inputs: dict[str, InputFile]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the manifest of the run in `folder`.

        Raises:
            RunStorageError: If there is none, or it cannot be read.
            RunMismatchError: If another pipeline made the run.
            RunCorruptError: If it is not what was written.
        """
        values = _values(folder)
        _refuse_other_pipeline(values, cls.kind, folder=folder)
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _unreadable(folder / MANIFEST_FILE, error) from error

    def write(self, folder: Path) -> None:
        """Write ``run.toml`` into `folder`, whole or not at all.

        Raises:
            RunStorageError: If it cannot be written.
        """
        text = "".join(_toml(self.model_dump(mode="json", exclude_none=True)))
        write_text(folder / MANIFEST_FILE, f"{HEADER}{text}".rstrip("\n") + "\n")

    def refuse_other(self, asked: Manifest, *, folder: Path) -> None:
        """Refuse to go on with a run of which something else is asked now.

        Raises:
            RunMismatchError: Naming each difference: what stands in the run, and what is asked.
        """
        held, wanted = self._decisive(), asked._decisive()
        keys = [key for key in {**held, **wanted} if held.get(key) != wanted.get(key)]
        if keys:
            raise RunMismatchError(
                f"the run holds other inputs or settings: {', '.join(keys)}",
                where=str(folder),
                expected="; ".join(f"{key} = {held.get(key, 'not set')}" for key in keys) + " (in the run)",
                actual="; ".join(f"{key} = {wanted.get(key, 'not set')}" for key in keys) + " (asked now)",
                remedy="ask for what stands in the run, or name another folder with --run",
            )

    def _decisive(self) -> dict[str, str]:
        leaves = dict(_leaves(self.model_dump(mode="json", exclude={"inputs"}, exclude_none=True)))
        leaves |= {f"inputs.{role}": f"sha256 {file.sha256[:12]}" for role, file in self.inputs.items()}
        return {
            key: value for key, value in leaves.items() if key.startswith(DECISIVE) and not INDIFFERENT.fullmatch(key)
        }


class RunManifest(Manifest):
    """The ``run.toml`` of a pose run.

    Attributes:
        session: What was filmed.
    """

    session: SessionRecord

    @classmethod
    def of(cls, session: RecordingSession, settings: BaseModel, *, workers: int) -> Self:
        """Return the manifest of a run that begins now; reads and hashes every input file.

        Raises:
            SessionError: If an input file cannot be read.
        """
        return cls(
            **begun(settings, asked={"session": session.folder, "workers": workers}, room=POSE),
            session=SessionRecord.of(session),
            inputs=input_files(session.source_files),
        )


def begun(settings: BaseModel, *, asked: Mapping[str, Any], room: str) -> dict[str, Any]:
    """Return what every manifest says of a run that begins now, but for its inputs."""
    stated = settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "asked": {**asked, "settings": stated},
        "settings": settings.model_dump(mode="json", exclude_none=True),
        "versions": installed_versions(room),
    }


def input_files(paths: Mapping[str, str]) -> dict[str, InputFile]:
    """Return the records of files, by role, in the order of roles.

    Raises:
        SessionError: If one cannot be read.
    """
    return {role: InputFile.of(path) for role, path in sorted(paths.items())}


def pipeline_of(folder: Path) -> str:
    """Return which pipeline made the run in `folder`: ``pose`` or ``behavior``.

    Raises:
        RunStorageError: If there is none, or it cannot be read.
        RunCorruptError: If its manifest is no TOML.
    """
    return str(_values(folder).get("pipeline", POSE))


def settings_of(folder: Path) -> dict[str, Any]:
    """Return the settings of the run in `folder`, whichever pipeline made it; errors as of `pipeline_of`."""
    return dict(_values(folder).get("settings", {}))


def _values(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise RunStorageError(
            "this folder holds no run",
            where=str(folder),
            expected=f"a {MANIFEST_FILE} in it",
            remedy="name the folder that was given to --run",
        )
    with storage_errors(path):
        content = path.read_bytes()
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _refuse_other_pipeline(values: Mapping[str, Any], wanted: str, *, folder: Path) -> None:
    made = values.get("pipeline", POSE)
    if made != wanted:
        raise RunMismatchError(
            "the folder holds the run of another pipeline",
            where=str(folder),
            expected=f"a {wanted} run",
            actual=f"a {made} run",
            remedy=f"name the folder of a {wanted} run",
        )


def _unreadable(path: Path, error: Exception) -> RunCorruptError:
    return RunCorruptError(
        f"{MANIFEST_FILE} is not what was written",
        where=str(path),
        actual=str(error),
        remedy="restore it from a copy, or run again in a new folder",
    )


def installed_versions(room: str = POSE) -> dict[str, str]:
    """Return the versions of Python and of all that a result can depend on; ``code`` is a hash of our own.

    The version alone would let somebody who works on the package mix the answers of two states of it in one run.
    """
    import platform
    from importlib.metadata import PackageNotFoundError, version

    versions = {"behaviorvlm": behaviorvlm.__version__, "code": _code_hash(room), "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # cv2 also comes under other names
            versions[package] = "unknown"
    return versions


def _code_hash(room: str) -> str:
    package = Path(behaviorvlm.__file__).parent
    digest = hashlib.sha256()
    paths = (path for name in (*CODE_ROOMS, room) for path in (package / name).rglob("*"))
    for path in sorted(path for path in paths if path.suffix in (".py", ".md")):
        digest.update(f"{path.relative_to(package).as_posix()} ".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _toml(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield `values` as TOML, a list to a line: plain values first, then a table per mapping."""
    tables = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in values.items() if key not in tables}
    text = toml_table(".".join(map(toml_key, path)), plain)
    if path and (plain or not tables):
        yield text
    elif plain:
        yield text.partition("\n")[2]  # the outermost values stand above all tables, without a header
    for key, table in tables.items():
        yield from _toml(table, (*path, key))


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
