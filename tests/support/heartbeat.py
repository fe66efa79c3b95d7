"""How long the window did not answer: a timer beats in the event loop, and the longest pauses are kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 10
KEPT = 8


@dataclass(frozen=True)
class Gap:
    """A pause between two beats.

    Args:
        wall_ms: as a person felt it.
        cpu_ms: that this thread computed; the rest it waited, for a core or for a lock.
        during: the step of the story.
    """

    wall_ms: float
    cpu_ms: float
    during: str


class Heartbeat(QObject):
    """Beats every 10 ms; what the driver itself does is not counted."""

    def __init__(self) -> None:
        super().__init__()
        self.during = ""
        self.gaps: list[Gap] = []  # the longest, longest first
        self.beats = 0
        self._wall, self._cpu = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)

    @property
    def longest(self) -> Gap:
        """The longest pause so far."""
        return self.gaps[0] if self.gaps else Gap(0.0, 0.0, "")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What happens inside is the driver's work, not the window's."""
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            self._wall += time.perf_counter() - wall
            self._cpu += time.thread_time() - cpu

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()

    def _beat(self) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        self.beats += 1
        gap = Gap((wall - self._wall) * 1000, (cpu - self._cpu) * 1000, self.during)
        self._wall, self._cpu = wall, cpu
        if len(self.gaps) < KEPT or gap.wall_ms > self.gaps[-1].wall_ms:
            self.gaps = sorted([*self.gaps, gap], key=lambda each: -each.wall_ms)[:KEPT]
