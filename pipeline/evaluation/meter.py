"""How far an evaluation is, for its event log and for whoever waits."""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.runs.events import EventLog, Progress

OnProgress = Callable[[Progress], None]
_EVERY_S = 0.5
_ENOUGH = 32  # answers: the first ones wait for a cold server and tell nothing about the rest


class Meter:
    """Counts answers and tells about them, twice a second at most.

    Args:
        log: the evaluation's own event log.
        on_progress: called with what is logged.
    """

    def __init__(self, log: EventLog, on_progress: OnProgress | None) -> None:
        self._log, self._on_progress = log, on_progress
        self._total = self._done = self._asked = 0
        self._start = self._told = time.monotonic()

    def expect(self, answers: int) -> None:
        """Answers that are still to come."""
        self._total += answers

    def skip(self, answers: int) -> None:
        """Answers that were there already."""
        self._done += answers

    def step(self) -> None:
        """One answer more."""
        self._done += 1
        self._asked += 1
        now = time.monotonic()
        if now - self._told >= _EVERY_S or self._done == self._total:
            self._told = now
            self._tell(now)

    def _tell(self, now: float) -> None:
        seconds_each = (now - self._start) / max(1, self._asked)
        event = Progress(
            stage="evaluating",
            done=self._done,
            total=self._total,
            unit="answers",
            eta_s=seconds_each * (self._total - self._done) if self._asked >= _ENOUGH else None,
        )
        self._log.write(event)
        if self._on_progress is not None:
            self._on_progress(event)
