"""The stages of an engine's start in the reader's words, timed as the engine tells of them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.files import write_text

if TYPE_CHECKING:
    from serving.engine.progress import StageEvent

TITLES = ("Memory free", "Engine loaded", "Weights read", "Room for answers", "Server open", "Adapters checked")
_LAST = len(TITLES) - 1
# What the engine says → the stage that is under way from then on.
_BEGINS = (
    ("starting", 0),
    ("process started", 1),
    ("vLLM imported", 2),
    ("reading the weights", 2),
    ("weights read", 3),
    ("KV cache ready", 4),
    ("opening the server", 4),
    ("loading adapter", _LAST),
)


@dataclass(frozen=True)
class Stage:
    """One stage of a start.

    Args:
        text: what is so when it is done.
        seconds: it took, or has taken so far; None: not begun.
        note: what it is at: `1 of 2`.
    """

    text: str
    seconds: float | None = None
    is_done: bool = False
    is_running: bool = False
    note: str = ""


class StageClock:
    """Times the stages of one start; the times of the last one tell how long the next will take."""

    def __init__(self) -> None:
        self._began = 0.0  # monotonic
        self._ended: float | None = None
        self._at = -1  # place of the stage under way
        self._begins: dict[int, float] = {}  # place → seconds since the start
        self._note = ""
        self._path: Path | None = None
        self._last_times: list[float] = []

    def remember_in(self, path: Path) -> None:
        """Where the times of the last start are kept; a file of a hundred bytes."""
        self._path = path
        try:
            self._last_times = [float(each) for each in json.loads(path.read_text("utf-8"))]
        except (FileNotFoundError, ValueError, TypeError):
            self._last_times = []

    def begin(self, elapsed_s: float = 0.0) -> None:
        """A start begins, or began some seconds ago."""
        self._began, self._ended = time.monotonic() - elapsed_s, None
        self._at, self._begins, self._note = 0, {0: 0.0}, ""

    def take(self, event: StageEvent, at: float | None = None) -> None:
        """Follows one report of the engine; `at` is when it came (monotonic), where that was not just now."""
        now = (at if at is not None else time.monotonic()) - self._began
        if event.state == "Ready":
            self.finish(now)
            return
        self._reach(event.text, now)
        self._note = f"{event.done + 1} of {event.total}" if event.total else ""

    def follow(self, text: str, launched: float) -> None:
        """Follows a start that somebody else made, from its state file."""
        if self._at < 0 or self._ended is not None:
            self.begin(max(0.0, time.time() - launched))
        self._reach(text, self.seconds)

    def finish(self, now: float | None = None) -> None:
        """The start has succeeded, `now` seconds after it began; keeps its times."""
        if self._at < 0 or self._ended is not None:
            return
        self._ended = self._began + now if now is not None else time.monotonic()
        self._at, self._note = _LAST + 1, ""
        times = [stage.seconds or 0.0 for stage in self.stages]
        if self._path is not None and self._path.parent.is_dir():
            write_text(self._path, json.dumps([round(each, 2) for each in times]) + "\n")
        self._last_times = times

    @property
    def seconds(self) -> float:
        """Since the start began, or that it took."""
        return (self._ended or time.monotonic()) - self._began if self._at >= 0 else 0.0

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages; empty before the first start."""
        return tuple(self._stage(place) for place in range(len(TITLES))) if self._at >= 0 else ()

    @property
    def seconds_left(self) -> float | None:
        """By the last start's times; None if there was none, 0 when it takes longer than that."""
        if not self._last_times or self._at < 0:
            return None
        return max(0.0, sum(self._last_times) - self.seconds)

    @property
    def fraction(self) -> float | None:
        """Part that is done, by the last start's times; by the count of stages where there was none."""
        if self._at < 0:
            return None
        if self._at > _LAST:
            return 1.0
        if sum(self._last_times) > 0:
            return min(0.97, self.seconds / sum(self._last_times))
        return self._at / len(TITLES)

    def _reach(self, text: str, now: float) -> None:
        place = next((place for words, place in _BEGINS if text.startswith(words)), self._at)
        if place > self._at:
            for passed in range(self._at + 1, place + 1):
                self._begins[passed] = now
            self._at = place

    def _stage(self, place: int) -> Stage:
        stage = Stage(TITLES[place])
        if place > self._at:
            return stage
        begin = self._begins.get(place, self.seconds)
        end = min((each for other, each in self._begins.items() if other > place), default=self.seconds)
        is_running = place == self._at
        note = self._note if is_running else ""
        return replace(stage, seconds=end - begin, is_done=not is_running, is_running=is_running, note=note)
