"""What a command asks of the window, which alone knows how it is laid out."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.bench import Workbench


def window_verb(verb: str) -> Callable[[Workbench], object]:
    """A command that only the window can carry out; see `Views.layout`."""
    return lambda bench: bench.views.layout(verb)
