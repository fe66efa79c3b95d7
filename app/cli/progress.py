"""Progress of a run on stderr: one line that renews itself on a terminal, a line per step of the work elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from app.cli.output import progress_console
from app.workbench.quantities import duration
from pipeline.runs.events import AnyEvent, Cancelled, Failure, Metrics, Paused, Progress, Warned

QUIET_EVERY_S = 10.0
WORDS = {
    "preparing": "preparing",
    "training": "training",
    "probing": "recording what the adapter answers",
    "serving": "starting the engine",
    "evaluating": "measuring",
}


class ProgressLine:
    """Shows events as they come. Use it in `with`.

    Args:
        title: in front of every line.
        is_renewed: one line that renews itself, where stderr is a terminal; otherwise a line per step.
    """

    def __init__(self, title: str = "", *, is_renewed: bool = True) -> None:
        self._title = f"{title}: " if title else ""
        self._loss: float | None = None
        self._said = ""
        self._said_at = 0.0
        self._status = progress_console().status("starting") if is_renewed and sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def show(self, event: AnyEvent) -> None:
        """Takes one event."""
        if isinstance(event, Metrics):
            self._loss = event.values.get("loss", self._loss)
        elif isinstance(event, Progress):
            self._say(self._sentence(event), event.text or event.stage)
        elif isinstance(event, Warned):
            self.note(f"warning: {event.message}")
        elif isinstance(event, Paused | Cancelled):
            self.note(f"{event.event} at step {event.step}")
        elif isinstance(event, Failure):
            self.note(f"failed: {event.message}")

    def note(self, text: str) -> None:
        """A line that stays."""
        sys.stderr.write(f"{self._title}{text}\n")

    def _sentence(self, event: Progress) -> str:
        parts = [event.text or WORDS[event.stage]]
        if event.total:
            parts.append(f"{event.done} of {event.total} {event.unit}")
        if event.stage == "training" and self._loss is not None:
            parts.append(f"loss {self._loss:.3f}")
        if event.eta_s is not None:
            parts.append(f"about {duration(event.eta_s)} left")
        return " · ".join(parts)

    def _say(self, sentence: str, topic: str) -> None:
        if self._status:
            from rich.text import Text

            self._status.update(Text(self._title + sentence))
            return
        now = time.monotonic()
        if topic != self._said or now - self._said_at > QUIET_EVERY_S:
            self._said, self._said_at = topic, now
            self.note(sentence)
