"""Typed errors. Each says where (file, line, value) and what to do next; the command line prints them as they are.

Belongs here: every error a person can cause with an input, a setting or a command. Not here: programming errors, which
stay ordinary exceptions.
"""

from __future__ import annotations

from pathlib import Path


class TenureError(Exception):
    """An error with a place and a next step.

    Args:
        message: what is wrong, with the offending value.
        file: the file it was found in.
        line: 1-based line in that file.
        next_step: what the person should do.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        next_step: str | None = None,
    ) -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.line = line
        self.next_step = next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ""
        if self.file:
            place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        hint = f"\n  next: {self.next_step}" if self.next_step else ""
        return f"{place}{self.message}{hint}"

    def as_dict(self) -> dict[str, object]:
        """The error as `--json` prints it."""
        return {
            "error": type(self).__name__,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "next_step": self.next_step,
        }


class UsageError(TenureError):
    """The command or its arguments make no sense."""

    exit_code = 2


class InputError(TenureError):
    """A delivered file cannot be loaded as it is."""

    exit_code = 3


class UnknownFileError(InputError):
    """No source recognises the file."""


class IncompleteDeliveryError(InputError):
    """A manifest names a file that is not there, or its counts disagree."""


class RegisterError(InputError):
    """A register kept by hand breaks its contract."""


class ScenarioError(InputError):
    """A scenario or assumption file is wrong or contradicts itself."""


class QualityGateError(TenureError):
    """A gate found what must not be published."""

    exit_code = 4


class LockedError(TenureError):
    """Another process writes this home."""

    exit_code = 5


class NoDataError(TenureError):
    """What was asked for has no data yet."""

    exit_code = 6


class StorageError(TenureError):
    """The disk or a stored file is not as it should be."""

    exit_code = 7
