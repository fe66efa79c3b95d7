"""Work that takes long: where it runs is the face's business, how it goes is told here."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from psygnal import Signal

from pipeline.errors import VibetuneError

Result = TypeVar("Result")
JobState = Literal["running", "done", "failed", "cancelled"]
_numbers = itertools.count(1)


class Cancelled(Exception):
    """Raised inside a job's work by `Job.check` after the user cancelled it."""


@dataclass
class Job:
    """One piece of work; the worker thread reports into it, the faces read it."""

    title: str
    number: int = field(default_factory=lambda: next(_numbers))
    fraction: float | None = None  # 0 to 1; None: can't be told
    detail: str = ""
    state: JobState = "running"
    error: VibetuneError | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    def report(self, detail: str, fraction: float | None = None) -> None:
        """Says how far the work is; raises `Cancelled` when nobody wants it any more."""
        self.check()
        self.detail, self.fraction = detail, fraction

    def check(self) -> None:
        """Raises `Cancelled` after `cancel`."""
        if self._stop.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Asks the work to stop at its next report or check."""
        self._stop.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()

    @property
    def seconds(self) -> float:
        """How long it has been running, or ran."""
        return (self.ended or time.monotonic()) - self.started


Work = Callable[[Job], Result]


class Tasks(Protocol):
    """Runs work away from the caller and brings its result back to the caller's thread."""

    def submit(
        self,
        work: Work[Result],
        *,
        title: str = "",
        done: Callable[[Result], None] | None = None,
        failed: Callable[[VibetuneError], None] | None = None,
    ) -> Job:
        """Starts `work`. `done` or `failed` is called later in the thread that owns the state.

        Args:
            title: shown in the list of jobs; work without a title is not listed.
            failed: where the error goes; without it, it becomes a notice.
        """
        ...


class InlineTasks:
    """Runs work at once, in the caller's thread: for scripts and tests."""

    def submit(
        self,
        work: Work[Result],
        *,
        title: str = "",
        done: Callable[[Result], None] | None = None,
        failed: Callable[[VibetuneError], None] | None = None,
    ) -> Job:
        job = Job(title)
        try:
            result = work(job)
        except Cancelled:
            job.state, job.ended = "cancelled", time.monotonic()
            return job
        except VibetuneError as error:
            job.state, job.error, job.ended = "failed", error, time.monotonic()
            if failed is None:
                raise
            failed(error)
            return job
        job.state, job.fraction, job.ended = "done", 1.0, time.monotonic()
        if done is not None:
            done(result)
        return job


class JobList:
    """The jobs that have a title, newest first."""

    changed = Signal()
    most = 50

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def add(self, job: Job) -> None:
        """Lists a job; the oldest ended ones fall out."""
        self.jobs = [job, *self.jobs[: self.most - 1]]
        self.changed.emit()

    @property
    def running(self) -> list[Job]:
        """Those under way."""
        return [job for job in self.jobs if job.state == "running"]
