"""What was found in files, kept while they are unchanged: a further turn of a conversation reads nothing again."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from pipeline.datasets.edits import lost_edits, read_edited
from pipeline.datasets.recognise.inspection import Inspection, inspect, inspect_tables

_Stamp = tuple[str, int, int]  # path, modified (ns), bytes


def inspected(files: Sequence[tuple[str, Path]], edits: Path | None = None) -> Inspection:
    """As `inspect`, of the rows with the project's edits over them; remembered.

    Args:
        files: each as the plan names it, and where it is.
        edits: file with the edits.

    Raises:
        BadInput: a file that can't be read.
    """
    stamps = tuple((name, stamp(file)) for name, file in files)
    return _inspected(stamps, None if edits is None else stamp(edits))


def stamp(file: Path) -> _Stamp:
    """What tells one state of a file from another."""
    try:
        facts = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), facts.st_mtime_ns, facts.st_size


@functools.lru_cache(maxsize=8)
def _inspected(stamps: tuple[tuple[str, _Stamp], ...], edits: _Stamp | None) -> Inspection:
    files = [(name, Path(path)) for name, (path, _, _) in stamps]
    if edits is None:
        return inspect([file for _, file in files])
    edited = read_edited(files, Path(edits[0]))
    found = inspect_tables([one.table for one in edited])
    found.problems += lost_edits([edit for one in edited for edit in one.lost])
    return found
