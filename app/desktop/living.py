"""Widgets end while work for them is still under way, and the state outlives them both; what can wait waits."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

AFTER_PAINT_MS = 10
Self = TypeVar("Self", bound=QObject)
Parameters = ParamSpec("Parameters")


def while_living(
    method: Callable[Concatenate[Self, Parameters], None],
) -> Callable[Concatenate[Self, Parameters], None]:
    """Makes a method do nothing once its Qt object is gone: for what the state's signals and tasks call."""

    @wraps(method)
    def guarded(self: Self, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        if isValid(self):
            method(self, *args, **kwargs)

    return guarded


class AfterPaint(QTimer):
    """Acts once, when what is there has been laid out and painted, and what came meanwhile was heard.

    It waits twice: what is due when the painting begins is done in the same turn of the event loop. It ends with its
    owner.
    """

    def __init__(self, owner: QObject, act: Callable[[], object]) -> None:
        super().__init__(owner)
        self._act, self._has_waited = act, False
        self.setSingleShot(True)
        self.timeout.connect(self._go_on)
        self.start(0)

    def _go_on(self) -> None:
        if not self._has_waited:
            self._has_waited = True
            self.start(AFTER_PAINT_MS)
            return
        self.deleteLater()
        self._act()
