"""The project's undo: every applied proposal is a checkpoint of the text files it changed, kept across restarts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psygnal import Signal

from app.workbench.project import require_open
from pipeline.errors import BadInput
from pipeline.files import read_json, write_json, write_text
from pipeline.runs.layout import ProjectFolder

Change = tuple[str | None, str | None]  # text before and after; None: the file isn't there


@dataclass(frozen=True)
class Checkpoint:
    """One step of the history.

    Args:
        files: by path relative to the project.
        time: seconds since the epoch.
    """

    number: int
    title: str
    sentence: str
    time: float
    files: Mapping[str, Change]


class History:
    """Checkpoints of the open project, oldest first; `position` of them are in force."""

    changed = Signal()

    def __init__(self) -> None:
        self._project: ProjectFolder | None = None
        self.checkpoints: tuple[Checkpoint, ...] = ()
        self.position = 0

    def open(self, project: ProjectFolder | None) -> None:
        """Reads the project's checkpoints."""
        self._project = project
        self.checkpoints, self.position = _read(project) if project is not None else ((), 0)
        self.changed.emit()

    def refresh(self) -> None:
        """Nothing: only this window writes it."""

    @property
    def can_undo(self) -> bool:
        """Whether a checkpoint is in force."""
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        """Whether a checkpoint was undone."""
        return self.position < len(self.checkpoints)

    def record(self, title: str, sentence: str, files: Mapping[Path, Change]) -> Checkpoint:
        """Adds a checkpoint for what was written; what had been undone can't be redone after it."""
        project = require_open(self._project)
        inside = {str(path.relative_to(project.path)): change for path, change in files.items()}
        made = Checkpoint(self.position + 1, title, sentence, time.time(), inside)
        self.checkpoints = (*self.checkpoints[: self.position], made)
        self._move(len(self.checkpoints))
        return made

    def undo(self) -> Checkpoint:
        """Takes the last checkpoint back.

        Raises:
            BadInput: nothing to undo; or a file was changed since, which undoing would lose.
        """
        if not self.can_undo:
            raise BadInput("history.nothing", "There is nothing to undo.", "Apply a proposal first.")
        step = self.checkpoints[self.position - 1]
        self._write(step, now=1, wanted=0)
        self._move(self.position - 1)
        return step

    def redo(self) -> Checkpoint:
        """Puts the checkpoint that was undone last in force again.

        Raises:
            BadInput: nothing to redo; or a file was changed since.
        """
        if not self.can_redo:
            raise BadInput("history.nothing", "There is nothing to redo.", "Undo something first.")
        step = self.checkpoints[self.position]
        self._write(step, now=0, wanted=1)
        self._move(self.position + 1)
        return step

    def text_at(self, number: int, path: Path) -> str | None:
        """A file's text after checkpoint `number` (0: before the first); None where it was not there or not touched."""
        project = require_open(self._project)
        if not path.is_relative_to(project.path):
            return None  # of a project that was elsewhere when its layout was saved
        name = str(path.relative_to(project.path))
        touching = [step for step in self.checkpoints if name in step.files]
        earlier = [step for step in touching if step.number <= number]
        if earlier:
            return earlier[-1].files[name][1]
        return touching[0].files[name][0] if touching else None

    def _write(self, step: Checkpoint, *, now: int, wanted: int) -> None:
        root = require_open(self._project).path
        for name, change in step.files.items():
            path = root / name
            if (path.read_text("utf-8") if path.is_file() else None) != change[now]:
                message = f"{name} was changed after checkpoint {step.number}: going back would lose that."
                raise BadInput("history.changed", message, "Take your own change back first, or edit the file by hand.")
        for name, change in step.files.items():
            text = change[wanted]
            if text is None:
                (root / name).unlink(missing_ok=True)
            else:
                write_text(root / name, text)

    def _move(self, position: int) -> None:
        self.position = position
        folder = _folder(require_open(self._project))
        folder.mkdir(parents=True, exist_ok=True)
        steps = [{**vars(step), "files": dict(step.files)} for step in self.checkpoints]
        write_json(folder / "checkpoints.json", {"version": 1, "position": position, "checkpoints": steps})
        self.changed.emit()


def _folder(project: ProjectFolder) -> Path:
    return project.state / "history"


def _read(project: ProjectFolder) -> tuple[tuple[Checkpoint, ...], int]:
    path = _folder(project) / "checkpoints.json"
    try:
        content = read_json(path)
        steps = tuple(
            Checkpoint(**{**each, "files": {name: (pair[0], pair[1]) for name, pair in each["files"].items()}})
            for each in content["checkpoints"]
        )
        return steps, max(0, min(int(content["position"]), len(steps)))
    except FileNotFoundError:
        return (), 0
    except (ValueError, KeyError, TypeError, IndexError):
        path.replace(path.with_suffix(".unreadable.json"))  # kept for a person; the plan itself is not touched
        return (), 0
