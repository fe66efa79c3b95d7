"""Which files a sentence is about, where none were given with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_DATA = {".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".txt", ".xlsx"}
_NAMED = re.compile(r"""[^\s"'“”‘’«»,;]+\.(?:csv|tsv|tab|jsonl?|ndjson|parquet|txt|xlsx)\b""", re.IGNORECASE)


@dataclass(frozen=True)
class FoundFiles:
    """The files, or those that could be meant."""

    files: tuple[Path, ...] = ()
    candidates: tuple[Path, ...] = ()


def find_files(sentences: Sequence[str], project: Path | None) -> FoundFiles:
    """The files that the sentences name, or the only one in the project's data folder."""
    named = [path for text in sentences for name in _NAMED.findall(text) if (path := _existing(name, project))]
    if named:
        return FoundFiles(tuple(dict.fromkeys(named)))
    there = data_files(project)
    return FoundFiles(there) if len(there) == 1 else FoundFiles(candidates=there)


def data_files(project: Path | None) -> tuple[Path, ...]:
    """What lies in the project's data folder and can be read as rows."""
    folder = project / "data" if project is not None else None
    if folder is None or not folder.is_dir():
        return ()
    return tuple(path for path in sorted(folder.iterdir()) if path.suffix.lower() in _DATA and path.is_file())


def _existing(name: str, project: Path | None) -> Path | None:
    given = Path(name).expanduser()
    places = [given] if given.is_absolute() else [project / "data" / name, project / name] if project else []
    return next((place for place in places if place.is_file()), None)
