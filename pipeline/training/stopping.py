"""Wishes from outside: a word in the run's control file, or SIGTERM. Looked at between steps and stages."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Literal

from pipeline.runs.layout import RunFolder

Wish = Literal["cancel", "pause"]


class Stopped(Exception):
    """The run ends before it is finished because somebody wants it so; not an error."""

    def __init__(self, wish: Wish, step: int) -> None:
        super().__init__(wish)
        self.wish = wish
        self.step = step


class Wishes:
    """What somebody wants of the running worker.

    Args:
        run: whose `control` file is read.
    """

    def __init__(self, run: RunFolder) -> None:
        self._control = run.control
        self._terminated = False

    def listen(self) -> None:
        """Takes SIGTERM and SIGINT as the wish to cancel; call it in the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._terminated = True

    def wish(self) -> Wish | None:
        """The present wish; None to go on."""
        if self._terminated:
            return "cancel"
        try:
            word = self._control.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        return word if word in ("cancel", "pause") else None  # type: ignore[return-value]

    def stop_if_wanted(self, step: int) -> None:
        """Ends the run here if somebody wants it so.

        Raises:
            Stopped: with the step that the newest checkpoint is of.
        """
        wish = self.wish()
        if wish is not None:
            raise Stopped(wish, step)

    def forget(self) -> None:
        """Removes the wish once it is fulfilled, so that the next worker isn't stopped by it."""
        self._control.unlink(missing_ok=True)
