"""`events.jsonl`: the protocol between a run's worker and everyone who watches it.

One JSON object a line with `seq` (1, 2, 3 … within the file), `time` (seconds since the epoch) and `event`. Reading it
again from the start is always safe; a torn last line, left by a kill, is skipped by readers and cut off by the next
writer.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pipeline.errors import BadInput
from pipeline.files import disk_errors

Stage = Literal["preparing", "training", "probing", "serving", "evaluating"]


class Event(BaseModel):
    """What all events carry."""

    model_config = ConfigDict(extra="ignore")  # an older reader must get past a newer writer's fields

    seq: int = 0
    time: float = 0.0


class Started(Event):
    event: Literal["started"] = "started"
    pid: int
    resumed_from_step: int | None = None
    versions: dict[str, str] = Field(default_factory=dict)


class Progress(Event):
    event: Literal["progress"] = "progress"
    stage: Stage
    text: str = Field("", description="what is being done, where the stage alone doesn't say it")
    done: int
    total: int = Field(description="in the stage's own unit; 0 when unknown")
    unit: str = "steps"
    eta_s: float | None = None


class Metrics(Event):
    event: Literal["metrics"] = "metrics"
    step: int
    values: dict[str, float] = Field(description="loss, learning_rate, grad_norm, tokens_per_s, memory_gib …")


class Checkpoint(Event):
    event: Literal["checkpoint"] = "checkpoint"
    step: int
    path: str = Field(description="relative to the run folder")


class Warned(Event):
    event: Literal["warning"] = "warning"
    code: str
    message: str


class Sample(Event):
    event: Literal["sample"] = "sample"
    step: int
    prompt: str
    expected: str
    answer: str


class Paused(Event):
    event: Literal["paused"] = "paused"
    step: int


class Cancelled(Event):
    event: Literal["cancelled"] = "cancelled"
    step: int


class Failure(Event):
    event: Literal["failed"] = "failed"
    code: str
    message: str
    hint: str = ""
    details: dict[str, Any] = Field(default_factory=dict)


class Finished(Event):
    event: Literal["finished"] = "finished"
    step: int
    seconds: dict[str, float] = Field(default_factory=dict, description="seconds of each stage, over all attempts")
    adapter_sha256: str = ""


AnyEvent = Annotated[
    Started | Progress | Metrics | Checkpoint | Warned | Sample | Paused | Cancelled | Failure | Finished,
    Field(discriminator="event"),
]
_ADAPTER: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
KNOWN_EVENTS = frozenset(
    {
        "started",
        "progress",
        "metrics",
        "checkpoint",
        "warning",
        "sample",
        "paused",
        "cancelled",
        "failed",
        "finished",
    }
)


class EventLog:
    """Appends events; one writer at a time (the worker). Each line is on disk before `write` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = _cut_torn_line(path)
            self._file = path.open("ab")
        self._seq = whole.count(b"\n")

    def write(self, event: Event) -> Event:
        """Stamps `event` with the next `seq` and the wall time, and appends it.

        Raises:
            Failed: `disk.full`.
        """
        stamped = event.model_copy(update={"seq": self._seq + 1, "time": time.time()})
        with disk_errors(self._path):
            self._file.write(stamped.model_dump_json().encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        self._seq += 1
        return stamped

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> EventLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _cut_torn_line(path: Path) -> bytes:
    if not path.exists():
        return b""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    return whole


def parse_event(line: str | bytes) -> AnyEvent | None:
    """One line as an event; None for kinds that this version doesn't know.

    Raises:
        ValueError: it is no event.
    """
    value = json.loads(line)
    if not isinstance(value, dict):
        raise ValueError("it holds no JSON object")
    if value.get("event") not in KNOWN_EVENTS:
        return None
    return _ADAPTER.validate_python(value)


def read_events(path: Path) -> list[AnyEvent]:
    """All whole events of a log; empty where there is no log yet.

    Raises:
        BadInput: `run.bad_events`.
    """
    return list(Tail(path))


class Tail:
    """Reads a growing event log from where it stopped the last time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def __iter__(self) -> Iterator[AnyEvent]:
        """Yields what has been appended since the last call, whole lines only.

        Raises:
            BadInput: `run.bad_events`: a line that is no event; the next call goes on behind it.
        """
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                event = self._parsed(line)
                if event is not None:
                    yield event

    def _parsed(self, line: bytes) -> AnyEvent | None:
        try:
            return parse_event(line)
        except (ValueError, RecursionError) as error:
            text = f"The line of {self._path} that ends at byte {self._offset:,} is no event: {error}"
            hint = "Take the line out, or start the run again from its plan."
            raise BadInput("run.bad_events", text, hint, path=str(self._path)) from error
