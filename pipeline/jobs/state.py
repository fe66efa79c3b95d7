"""What a run is doing and what came of it, from its files and its worker's record alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from pipeline.jobs.worker import find_worker
from pipeline.processes.record import ProcessRecord
from pipeline.runs.events import (
    AnyEvent,
    Cancelled,
    Failure,
    Finished,
    Metrics,
    Paused,
    Progress,
    Started,
    Warned,
    read_events,
)
from pipeline.runs.layout import RunFolder

RunState = Literal["preparing", "training", "paused", "cancelled", "failed", "interrupted", "finished"]
STATES: tuple[RunState, ...] = get_args(RunState)
RUNNING: frozenset[RunState] = frozenset({"preparing", "training"})

LOSS_VALUES = 50  # of the curve in a summary; the whole curve is in the event log
LOG_LINES = 5
LOG_TAIL_BYTES = 4096

_ENDS: dict[type, RunState] = {
    Paused: "paused",
    Cancelled: "cancelled",
    Failure: "failed",
    Finished: "finished",
}


@dataclass
class RunSummary:
    """A run at one moment."""

    run: str
    state: RunState = "preparing"
    stage: str = "preparing"
    step: int = 0
    total: int = 0  # steps; 0 while it is not known
    eta_s: float | None = None
    loss: list[tuple[int, float]] = field(default_factory=list)  # step and training loss, the last values
    validation_loss: float | None = None
    memory_gib: float | None = None  # the most that the worker said it held
    memory_estimate_gib: float | None = None  # what it expected before the first step
    seconds: dict[str, float] = field(default_factory=dict)  # of each stage, once it is finished
    elapsed_s: float = 0.0  # over all attempts, without the time between them
    attempts: int = 0
    adapter: str | None = None  # folder, relative to the run
    adapter_sha256: str = ""
    warnings: list[dict[str, str]] = field(default_factory=list)
    error: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The form for `--json`."""
        return asdict(self)


class Follower:
    """Folds events into a summary, one at a time, so that a long log is read once."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._ended: AnyEvent | None = None
        self._pid: int | None = None  # of the process that the last events are from
        self._began_s = 0.0
        self._earlier_s = 0.0
        self._summary = RunSummary(run.name)

    def add(self, events: Iterable[AnyEvent]) -> None:
        """Takes the next events of the log."""
        for event in events:
            self._time(event)
            self._take(event)

    def _time(self, event: AnyEvent) -> None:
        if isinstance(event, Started):
            self._earlier_s = self._summary.elapsed_s
            self._began_s = event.time
        self._summary.elapsed_s = self._earlier_s + max(0.0, event.time - self._began_s)

    def _take(self, event: AnyEvent) -> None:
        summary = self._summary
        if isinstance(event, Started):
            self._ended, self._pid = None, event.pid
            summary.attempts += 1
            summary.stage, summary.error, summary.eta_s = "preparing", None, None
        elif isinstance(event, Progress):
            summary.stage, summary.eta_s = event.stage, event.eta_s
            if event.stage == "training":
                summary.step, summary.total = event.done, event.total
        elif isinstance(event, Metrics):
            self._take_metrics(event)
        elif isinstance(event, Warned):
            summary.warnings.append({"code": event.code, "message": event.message})
        elif type(event) in _ENDS:
            self._ended = event
            self._take_end(event)

    def _take_metrics(self, event: Metrics) -> None:
        summary = self._summary
        if "loss" in event.values:
            # A resumed run repeats the steps after its last checkpoint.
            kept = [point for point in summary.loss if point[0] < event.step]
            summary.loss = [*kept, (event.step, event.values["loss"])][-LOSS_VALUES:]
        if (held := event.values.get("memory_gib")) is not None:
            summary.memory_gib = max(held, summary.memory_gib or 0.0)
        summary.memory_estimate_gib = event.values.get("memory_estimate_gib", summary.memory_estimate_gib)
        summary.validation_loss = event.values.get("validation_loss", summary.validation_loss)

    def _take_end(self, event: AnyEvent) -> None:
        summary = self._summary
        summary.eta_s = None
        if isinstance(event, Failure):
            summary.error = {"code": event.code, "message": event.message, "hint": event.hint, **event.details}
        elif isinstance(event, Finished):
            summary.step, summary.seconds = event.step, event.seconds
            summary.adapter, summary.adapter_sha256 = self._run.adapter.name, event.adapter_sha256
        elif isinstance(event, Paused | Cancelled):
            summary.step = event.step

    def summary(self, worker: ProcessRecord | None) -> RunSummary:
        """The summary, given whether a worker lives; ask for the worker before reading the log."""
        self._summary.state = self._state(worker)
        if self._summary.state == "interrupted":
            self._summary.error = _interruption(self._run, self._summary)
        return self._summary

    def _state(self, worker: ProcessRecord | None) -> RunState:
        if worker is None:
            return "interrupted" if self._ended is None else _ENDS[type(self._ended)]
        if self._ended is None:
            return "preparing" if self._summary.stage == "preparing" else "training"
        # Another process than the one that wrote the end is resuming, and has not yet said so.
        return _ENDS[type(self._ended)] if worker.pid == self._pid else "preparing"


def state(run: RunFolder) -> RunState:
    """What the run is doing now."""
    return summary(run).state


def summary(run: RunFolder) -> RunSummary:
    """State, progress, loss, time, result and error of a run."""
    worker = find_worker(run)  # first: its last event is then sure to be in the log when it is gone
    follower = Follower(run)
    follower.add(read_events(run.events))
    return follower.summary(worker)


def _interruption(run: RunFolder, summary: RunSummary) -> dict[str, Any]:
    where = f"at step {summary.step} of {summary.total}" if summary.total else "before its first step"
    return {
        "code": "run.interrupted",
        "message": f"The worker of {run.name} is gone without having ended, {where}: killed, or the machine restarted.",
        "hint": f"Go on where it stopped: vibetune runs resume {run.name}",
        "log": _last_lines(run),
    }


def _last_lines(run: RunFolder) -> list[str]:
    if not run.log.is_file():
        return []
    with run.log.open("rb") as file:
        file.seek(max(0, run.log.stat().st_size - LOG_TAIL_BYTES))
        text = file.read().decode(errors="replace")
    return [line for line in text.splitlines() if line.strip()][-LOG_LINES:]
