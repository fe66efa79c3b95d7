"""Undo for files that grow by lines: labels, edits and typed examples, thousands of them, kept across restarts.

A step is a text at the end of a file. Steps are written to a log as they are done and undone, so that one key costs one
line, however many there are already.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
        start: bytes of the file before.
        text: with its line's end.
        time: seconds since the epoch.
        checkpoint: number of the plan's checkpoint that belongs to it, and is undone with it; 0 for none.
    """

    title: str
    file: str
    start: int
    text: str
    time: float
    checkpoint: int = 0

    @property
    def end(self) -> int:
        """Bytes of the file with the step."""
        return self.start + len(self.text.encode())


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
        if project is not None:
            self._settle(project)

    @property
    def last(self) -> LineStep | None:
        """The step that an undo takes back."""
        return self.steps[self.position - 1] if self.position else None

    @property
    def next(self) -> LineStep | None:
        """The step that a redo does again."""
        return self.steps[self.position] if self.position < len(self.steps) else None

    def add(self, path: Path, text: str, title: str, checkpoint: int = 0) -> LineStep:
        """Writes a text to the end of a file; what had been undone can't be redone after it."""
        project = require_open(self._project)
        made = LineStep(title, str(path.relative_to(project.path)), _size(path), text, time.time(), checkpoint)
        self._note({"done": vars(made)})  # first: what was being written when something stopped can be told apart then
        try:
            _append(path, text)
        except BaseException:
            self._note({"undone": True})
            raise
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

    def _settle(self, project: ProjectFolder) -> None:
        """Brings log and file together where something stopped between the two."""
        last, following = self.last, self.next
        if last is not None and _is_torn(project.path / last.file, last):
            _truncate(project.path / last.file, last.start)
            self._note({"undone": True})
            self.position -= 1
        elif following is not None and _ends_with(project.path / following.file, following):
            self._note({"redone": True})
            self.position += 1

    def _note(self, what: object) -> None:
        _append(_log(require_open(self._project)), json.dumps(what, ensure_ascii=False) + "\n")


def mend(path: Path) -> None:
    """Ends the last line of a file of JSON lines; one that was being written when something stopped is cut off."""
    content = path.read_bytes() if path.is_file() else b""
    if not content or content.endswith(b"\n"):
        return
    start = content.rfind(b"\n") + 1
    try:
        json.loads(content[start:])
    except (ValueError, RecursionError):
        _truncate(path, start)
    else:
        _append(path, "\n")


def _append(path: Path, text: str) -> None:
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())


def _cut(path: Path, step: LineStep) -> None:
    """Takes a step's text off the end of its file."""
    if not _ends_with(path, step):
        message = f"{step.file} was changed after “{step.title}”: going back would lose that."
        raise BadInput("history.changed", message, "Take your own change back first, or edit the file by hand.")
    _truncate(path, _size(path) - len(step.text.encode()))


def _ends_with(path: Path, step: LineStep) -> bool:
    text = step.text.encode()
    if _size(path) < len(text):
        return False
    with path.open("rb") as file:
        file.seek(-len(text), os.SEEK_END)
        return file.read() == text


def _is_torn(path: Path, step: LineStep) -> bool:
    """Whether the file ends within the step's text: nobody else has written behind it."""
    if not step.start <= _size(path) < step.end:
        return False
    with path.open("rb") if path.is_file() else io.BytesIO() as file:
        file.seek(step.start)
        return step.text.encode().startswith(file.read())


def _truncate(path: Path, size: int) -> None:
    with disk_errors(path), path.open("r+b" if path.is_file() else "w+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _log(project: ProjectFolder) -> Path:
    return project.state / "history" / "lines.jsonl"


def _replayed(path: Path) -> tuple[tuple[LineStep, ...], int]:
    mend(path)
    try:
        return _folded(path.read_text("utf-8").splitlines())
    except FileNotFoundError:
        return (), 0
    except (ValueError, TypeError, RecursionError):
        path.replace(path.with_suffix(".unreadable.jsonl"))  # kept for a person; the files themselves are not touched
        return (), 0


def _folded(lines: Iterable[str]) -> tuple[tuple[LineStep, ...], int]:
    """Steps and position after all entries of the log."""
    steps: list[LineStep] = []
    position = 0
    for entry in map(json.loads, lines):
        if "done" in entry:
            del steps[position:]
            steps.append(LineStep(**entry["done"]))
            position = len(steps)
        else:
            position += 1 if "redone" in entry else -1
        position = max(0, min(position, len(steps)))
    return tuple(steps), position
