"""`evaluation/MODEL.jsonl`: one model's answers as they come in, so that nothing is asked twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.files import disk_errors

VERSION = 1


class Prediction(BaseModel):
    """One answer to one row."""

    model_config = ConfigDict(extra="ignore")

    row: str
    answer: str
    expected: str
    correct: bool
    logprob: float | None = None  # nats, the end token included; None where the model tells none


class Predictions:
    """A file of predictions: its first line says what was asked how, every further line is one answer.

    Answers to another question (other prompt, weights, rows) are not taken over: the file starts anew.

    Args:
        path: the file.
        model: name in the verdict.
        asked: everything that the answers depend on, JSON-serialisable.

    Attributes:
        done: row id → its answer.
    """

    def __init__(self, path: Path, model: str, asked: dict[str, Any]) -> None:
        self._path = path
        head = json.dumps({"version": VERSION, "model": model, "asked": _digest(asked)}).encode() + b"\n"
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = _whole_lines(path)
            found = read_predictions(path) if lines[:1] == [head] else []
            path.write_bytes(head)
            self._file = path.open("ab")
            self._file.writelines(_line(prediction) for prediction in found)
            self._file.flush()
        self.done = {prediction.row: prediction for prediction in found}

    def add(self, prediction: Prediction) -> None:
        """Appends an answer.

        Raises:
            Failed: `disk.full`.
        """
        with disk_errors(self._path):
            self._file.write(_line(prediction))
            self._file.flush()
        self.done[prediction.row] = prediction

    def __enter__(self) -> Predictions:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with disk_errors(self._path):
            os.fsync(self._file.fileno())
            self._file.close()


def read_predictions(path: Path) -> list[Prediction]:
    """The answers in a file, without its head; a line that is none, torn by a kill or edited, is passed over."""
    found = []
    for line in _whole_lines(path)[1:]:
        with contextlib.suppress(ValidationError):
            found.append(Prediction.model_validate_json(line))
    return found


def _line(prediction: Prediction) -> bytes:
    return prediction.model_dump_json().encode() + b"\n"


def _digest(asked: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _whole_lines(path: Path) -> list[bytes]:
    """Complete lines; a torn last one, left by a kill, is dropped."""
    if not path.exists():
        return []
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
