"""The one root of our errors.

VibetuneError                 something the user can act on: code, message, hint
├── BadInput                  exit code 2: a file, a plan or an argument that can't be used as it is
├── NeedsApproval             exit code 3: nobody could be asked
└── Failed                    exit code 1: the work itself did not succeed

Packages derive their own classes in their `errors.py` only where somebody catches them apart; elsewhere a `code` is
enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

Error = TypeVar("Error", bound=BaseException)


class VibetuneError(Exception):
    """An error that is ready to be read by a person.

    Args:
        code: stable dotted name such as `data.missing_file`; scripts and the other side of a process match on it.
        message: what happened and why, with the value and the place.
        hint: what to do, one action first.
        details: further facts for `--json`, JSON-serialisable.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_json(self) -> dict[str, Any]:
        """The form that travels between processes and to `--json`."""
        return {"code": self.code, "message": self.message, "hint": self.hint, **self.details}


class BadInput(VibetuneError):
    """What the user gave can't be used as it is."""

    exit_code = 2


class NeedsApproval(VibetuneError):
    """An action that has to be allowed first, where nobody could be asked."""

    exit_code = 3


class Failed(VibetuneError):
    """The work itself did not succeed."""


def without_frames(error: Error) -> Error:
    """The error as a value to keep: its traceback would keep all that the failed work held, such as a file's rows."""
    chain: list[BaseException] = [error]
    while chain:
        each = chain.pop()
        each.__traceback__ = None
        chain += [one for one in (each.__cause__, each.__context__) if one is not None and one.__traceback__]
    return error


def error_from(told: Mapping[str, Any], exit_code: int) -> VibetuneError:
    """The error that another process told of, by `as_json` and its exit code."""
    rest = dict(told)
    kind: type[VibetuneError] = {2: BadInput, 3: NeedsApproval}.get(exit_code, Failed)
    code, message, hint = (str(rest.pop(name, "")) for name in ("code", "message", "hint"))
    return kind(code, message, hint, **rest)
