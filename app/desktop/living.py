"""Widgets end while work for them is still under way, and the state outlives them both."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

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
