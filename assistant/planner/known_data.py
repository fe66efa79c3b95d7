"""What was found in files, kept while they are unchanged: a further turn of a conversation reads nothing again."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from pipeline.datasets.recognise.inspection import Inspection, inspect

_Stamp = tuple[str, int, int]  # path, modified (ns), bytes


def inspected(files: Sequence[Path]) -> Inspection:
    """As `inspect`, remembered.

    Raises:
        BadInput: a file that can't be read.
    """
    return _inspected(tuple(stamp(file) for file in files))


def stamp(file: Path) -> _Stamp:
    """What tells one state of a file from another."""
    try:
        facts = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), facts.st_mtime_ns, facts.st_size


@functools.lru_cache(maxsize=8)
def _inspected(stamps: tuple[_Stamp, ...]) -> Inspection:
    return inspect([Path(path) for path, _, _ in stamps])
