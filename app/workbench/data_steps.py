"""Undo for files that grow by lines: labels, edits and typed examples, thousands of them, kept across restarts.

A step is a text at the end of a file. Steps are written to a log as they are done and undone, so that one key costs one
line, however many there are already.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psygnal import Signal

from app.workbench.project import require_open
from pipeline.errors import BadInput
from pipeline.files import disk_errors
from pipeline.runs.layout import ProjectFolder


@dataclass(frozen=True)
class LineStep:
    """Text that was added to the end of a file.

    Args:
        file: relative to the project.
        text: with its line's end.
        time: seconds since the epoch.
    """

    title: str
    file: str
    text: str
    time: float


class LineSteps:
    """Steps of the open project, oldest first; `position` of them are in force."""

    changed = Signal(str)  # the file, relative to the project

    def __init__(self) -> None:
        self._project: ProjectFolder | None = None
        self.steps: tuple[LineStep, ...] = ()
        self.position = 0

    def open(self, project: ProjectFolder | None) -> None:
        """Reads the project's steps."""
        self._project = project
        self.steps, self.position = _replayed(_log(project)) if project is not None else ((), 0)

    @property
    def last(self) -> LineStep | None:
        """The step that an undo takes back."""
        return self.steps[self.position - 1] if self.position else None

    @property
    def next(self) -> LineStep | None:
        """The step that a redo does again."""
        return self.steps[self.position] if self.position < len(self.steps) else None

    def add(self, path: Path, text: str, title: str) -> LineStep:
        """Writes a text to the end of a file; what had been undone can't be redone after it."""
        project = require_open(self._project)
        made = LineStep(title, str(path.relative_to(project.path)), text, time.time())
        _append(path, text)
        self._note({"done": vars(made)})
        self.steps = (*self.steps[: self.position], made)
        self.position = len(self.steps)
        self.changed.emit(made.file)
        return made

    def undo(self) -> LineStep:
        """Takes the last step back.

        Raises:
            BadInput: nothing to undo; or the file doesn't end with the step any more.
        """
        if (step := self.last) is None:
            raise BadInput("history.nothing", "There is nothing to undo.", "Label or edit a row first.")
        _cut(require_open(self._project).path / step.file, step)
        self._note({"undone": True})
        self.position -= 1
        self.changed.emit(step.file)
        return step

    def redo(self) -> LineStep:
        """Does the step again that was undone last.

        Raises:
            BadInput: nothing to redo.
        """
        if (step := self.next) is None:
            raise BadInput("history.nothing", "There is nothing to redo.", "Undo something first.")
        _append(require_open(self._project).path / step.file, step.text)
        self._note({"redone": True})
        self.position += 1
        self.changed.emit(step.file)
        return step

    def _note(self, what: object) -> None:
        _append(_log(require_open(self._project)), json.dumps(what, ensure_ascii=False) + "\n")


def mend(path: Path) -> None:
    """Cuts off a last line that was being written when something stopped."""
    if not path.is_file():
        return
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        with disk_errors(path), path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)
            os.fsync(file.fileno())


def _append(path: Path, text: str) -> None:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())


def _cut(path: Path, step: LineStep) -> None:
    """Takes a step's text off the end of its file."""
    text = step.text.encode()
    with disk_errors(path):
        size = path.stat().st_size if path.is_file() else 0
        with path.open("r+b") if size else path.open("w+b") as file:
            file.seek(max(0, size - len(text)))
            if file.read() != text:
                message = f"{step.file} was changed after “{step.title}”: going back would lose that."
                raise BadInput("history.changed", message, "Take your own change back first, or edit the file by hand.")
            file.truncate(size - len(text))
            os.fsync(file.fileno())


def _log(project: ProjectFolder) -> Path:
    return project.state / "history" / "lines.jsonl"


def _replayed(path: Path) -> tuple[tuple[LineStep, ...], int]:
    mend(path)
    steps: list[LineStep] = []
    position = 0
    for entry in _entries(path):
        if "done" in entry:
            del steps[position:]
            steps.append(LineStep(**entry["done"]))
            position = len(steps)
        else:
            position += 1 if "redone" in entry else -1
        position = max(0, min(position, len(steps)))
    return tuple(steps), position


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text("utf-8").splitlines()
        yield from [json.loads(line) for line in lines]
    except FileNotFoundError:
        return
    except ValueError:
        path.replace(path.with_suffix(".unreadable.jsonl"))  # kept for a person; the files themselves are not touched
