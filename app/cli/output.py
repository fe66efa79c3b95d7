"""How every verb speaks: one JSON object on stdout with `--json`, text for people without; progress on stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import VibetuneError

if TYPE_CHECKING:
    from rich.console import Console

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def print_json(value: Any) -> None:
    """One JSON document on stdout, nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def people() -> Console:
    """The console for text that people read, on stdout."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def progress_console() -> Console:
    """The console for progress, on stderr, so that stdout stays clean for scripts."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False)


def print_error(error: VibetuneError, *, as_json: bool) -> None:
    """What happened, why, what to do: as `{"error": …}` on stdout, or as two lines on stderr."""
    if as_json:
        print_json({"error": error.as_json()})
        return
    sys.stderr.write(f"error: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"  try: {error.hint}\n")
    sys.stderr.write(f"  code: {error.code}\n")
