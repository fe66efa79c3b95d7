"""What the user should know now: short, with at most two actions, kept until put away."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Literal

from psygnal import Signal

from pipeline.errors import VibetuneError

Tone = Literal["info", "good", "warn", "bad"]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Notice:
    """One message.

    Args:
        title: what happened.
        text: why, with the numbers; and what to do.
        actions: pairs of a button's text and the id of the command that it runs.
        code: of the error, if it is one.
    """

    title: str
    text: str = ""
    tone: Tone = "info"
    actions: tuple[tuple[str, str], ...] = ()
    code: str = ""
    number: int = field(default_factory=lambda: next(_numbers))
    time: float = field(default_factory=time.time)


class Notices:
    """All notices of this window, newest first."""

    added = Signal(Notice)
    changed = Signal()
    most = 100

    def __init__(self) -> None:
        self.items: list[Notice] = []

    def add(self, notice: Notice) -> Notice:
        """Shows a notice."""
        self.items = [notice, *self.items[: self.most - 1]]
        self.added.emit(notice)
        self.changed.emit()
        return notice

    def say(self, title: str, text: str = "", tone: Tone = "info", *actions: tuple[str, str]) -> Notice:
        """Shows a short notice."""
        return self.add(Notice(title, text, tone, actions))

    def error(self, error: VibetuneError) -> Notice:
        """Shows an error as what happened and what to do."""
        return self.add(Notice(error.message, error.hint, "bad", code=error.code))

    def put_away(self, notice: Notice) -> None:
        """Takes a notice off the screen."""
        self.items = [each for each in self.items if each.number != notice.number]
        self.changed.emit()
