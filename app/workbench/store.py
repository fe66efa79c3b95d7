"""The parts of the state: each watches one thing of the open project and says when it changed."""

from __future__ import annotations

from typing import Protocol

from pipeline.runs.layout import ProjectFolder


class Store(Protocol):
    """A part of the workbench's state. It lives in one thread, the one that made the workbench."""

    def open(self, project: ProjectFolder | None) -> None:
        """Forgets the old project and looks at the new one; must return at once."""
        ...

    def refresh(self) -> None:
        """Looks again, because time has passed; must return at once: real work goes to `Tasks`."""
        ...
