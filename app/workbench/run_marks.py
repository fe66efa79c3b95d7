"""What a user adds to runs: tags, notes, archive; in one file of the project, so that run folders stay as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.workbench.run_row import RunRow
from pipeline.files import read_json, write_json

FILE = "run-marks.json"


class Marks:
    """Tags, notes and archive by run; never changed in place, since another thread may be reading."""

    def __init__(self, values: dict[str, dict[str, Any]] | None = None) -> None:
        self._values = values or {}

    def on(self, row: RunRow) -> RunRow:
        """A row with its marks."""
        mark = self._values.get(row.name, {})
        return replace(
            row,
            tags=tuple(mark.get("tags", ())),
            note=str(mark.get("note", "")),
            is_archived=bool(mark.get("archived", False)),
        )

    def changed(self, run: str, **values: Any) -> Marks:
        """New marks with some of a run's values set."""
        return Marks({**self._values, run: {**self._values.get(run, {}), **values}})

    def save(self, state: Path) -> None:
        """Writes them into a project's state folder."""
        write_json(state / FILE, {"version": 1, "runs": self._values})

    @classmethod
    def read(cls, state: Path) -> Marks:
        """Reads a project's marks; none where there is no file, or none that can be read."""
        try:
            marks = dict(read_json(state / FILE)["runs"])
        except (OSError, ValueError, KeyError, TypeError):
            return cls()
        return cls({run: mark for run, mark in marks.items() if isinstance(mark, dict)})
