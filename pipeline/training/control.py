"""What the user wants of a running worker: the word in the `control` file, or a signal to end."""

from __future__ import annotations

import signal
from typing import Literal

from pipeline.runs.layout import RunFolder

Wish = Literal["pause", "cancel"]


class Wishes:
    """Asked between steps; cheap enough for every one."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._was_told_to_end = False

    def listen(self) -> None:
        """Takes SIGTERM as the wish to cancel, so that a checkpoint is written first."""
        signal.signal(signal.SIGTERM, lambda *_: self._end())

    def now(self) -> Wish | None:
        """The present wish."""
        if self._was_told_to_end:
            return "cancel"
        try:
            word = self._run.control.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        return "pause" if word == "pause" else "cancel" if word == "cancel" else None

    def _end(self) -> None:
        self._was_told_to_end = True
