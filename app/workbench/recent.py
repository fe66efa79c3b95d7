"""The projects that were opened last."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.files import write_json

MOST = 20


@dataclass(frozen=True)
class RecentProject:
    """A project and when it was last open (seconds since the epoch)."""

    path: Path
    opened: float


class RecentProjects:
    """A list on disk, newest first; projects that are gone are left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()  # two windows open projects at once

    def items(self) -> list[RecentProject]:
        """Those that still exist."""
        try:
            entries = json.loads(self._path.read_text("utf-8"))
            found = [RecentProject(Path(entry["path"]), float(entry["opened"])) for entry in entries]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []  # a list of conveniences must never keep the window shut
        return [each for each in found if each.path.is_dir()]

    def add(self, path: Path) -> None:
        """Puts a project first."""
        with self._writing:
            rest = [each for each in self.items() if each.path != path]
            kept = [RecentProject(path, time.time()), *rest][:MOST]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._path, [{"path": str(each.path), "opened": each.opened} for each in kept])
