"""One tree of errors. What a user can mend prints without a traceback.

::

    BehaviorVLMError
    ├── ShapeError            an array of the wrong shape, dtype or range reached a type
    ├── InputError            something the user gave cannot be used
    │   ├── SessionError      a session folder: names, files, channels
    │   ├── CalibrationError  cameras: units, finiteness, handedness, names
    │   ├── SkeletonError     keypoints, edges, symmetries, regions
    │   ├── SeedError         hand-labelled timepoints
    │   ├── VideoError        missing, truncated, unequal or empty video
    │   ├── FormatError       a file is not what its name or header claims
    │   ├── SettingsError     an option or a settings file
    │   └── PromptError       a prompt file: unknown or missing variables
    ├── ModelError            a model that is asked
    │   ├── ModelServerError  its server refuses, stalls, dies or serves another model
    │   ├── ModelFileError    a model in this process cannot be loaded
    │   └── RefusedAnswerError  one answer cannot be used; its message is shown to the model
    └── RunError              a run folder
        ├── RunMismatchError  it holds other inputs or other settings
        ├── RunStorageError   it cannot be written: read-only, full, locked
        └── RunCorruptError   what it holds is not what was written
"""

from __future__ import annotations


class BehaviorVLMError(Exception):
    """Base of everything this package raises on purpose.

    Args:
        message: What is wrong, in one sentence.
        where: File, camera, key or line it was found at.
        expected: What would have been right.
        actual: What was there instead.
        remedy: What the reader can do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        expected: str = "",
        actual: str = "",
        remedy: str = "",
    ) -> None:
        self.message = message
        self.where = where
        self.expected = expected
        self.actual = actual
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return the message and whichever of where, expected, actual and remedy are known, a line each."""
        lines = [self.message]
        for title in ("where", "expected", "actual", "remedy"):
            text = getattr(self, title)
            if text:
                lines.append(f"  {title}: {text}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the keyword fields, so that errors cross process borders whole."""
        fields = {"where": self.where, "expected": self.expected, "actual": self.actual, "remedy": self.remedy}
        return (_rebuild, (type(self), self.message, fields))


def _rebuild(kind: type[BehaviorVLMError], message: str, fields: dict[str, str]) -> BehaviorVLMError:
    return kind(message, **fields)


class ShapeError(BehaviorVLMError):
    """An array of the wrong shape, dtype or range reached a type."""


class InputError(BehaviorVLMError):
    """Something the user gave cannot be used."""


class SessionError(InputError):
    """A session folder: names, files, channels."""


class CalibrationError(InputError):
    """Cameras: units, finiteness, handedness, names."""


class SkeletonError(InputError):
    """Keypoints, edges, symmetries, regions."""


class SeedError(InputError):
    """Hand-labelled timepoints."""


class VideoError(InputError):
    """A missing, truncated, unequal or empty video."""


class FormatError(InputError):
    """A file is not what its name or header claims."""


class SettingsError(InputError):
    """An option or a settings file."""


class PromptError(InputError):
    """A prompt file: unknown or missing variables."""


class ModelError(BehaviorVLMError):
    """A model that is asked."""


class ModelServerError(ModelError):
    """The model's server refuses, stalls, dies or serves another model."""


class ModelFileError(ModelError):
    """A model in this process cannot be loaded."""


class RefusedAnswerError(ModelError):
    """One answer cannot be used; the message is shown to the model when it is asked again."""


class RunError(BehaviorVLMError):
    """A run folder."""


class RunMismatchError(RunError):
    """The run folder holds other inputs or other settings."""


class RunStorageError(RunError):
    """The run folder cannot be written: read-only, full, locked."""


class RunCorruptError(RunError):
    """What the run folder holds is not what was written."""
