"""What the next command acts on."""

from __future__ import annotations

import re

from psygnal import Signal

_ADDRESS = re.compile(r"[^/\\]+@[0-9a-z]+")


def is_version_address(source: str) -> bool:
    """Whether it is a dataset version's address, NAME@ID; paths may hold an @, too."""
    return _ADDRESS.fullmatch(source) is not None


class Selection:
    """The chosen things of the window; setting one to another value emits `changed` with its name."""

    changed = Signal(str)

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self.compared: tuple[str, ...] = ()  # further runs whose curves and settings stand beside the chosen one's

    def get(self, what: str) -> str:
        """The chosen `path`, `run`, `adapter`, `dataset`, `label` ...; empty if none is."""
        return self._values.get(what, "")

    def set(self, what: str, value: str) -> None:
        """Chooses one thing of a kind."""
        if self.get(what) != value:
            self._values[what] = value
            self.changed.emit(what)

    def choose_source(self, source: str) -> None:
        """Chooses a dataset version by its address, or a file by its path; the other is no longer chosen."""
        is_version = is_version_address(source)
        self.set("path", "" if is_version else source)
        self.set("dataset", source if is_version else "")

    def compare(self, *runs: str) -> None:
        """Chooses the runs to lay over the chosen one."""
        if runs != self.compared:
            self.compared = runs
            self.changed.emit("compared")

    def clear(self) -> None:
        """Chooses nothing, because another project was opened."""
        self._values.clear()
        self.compared = ()
        self.changed.emit("")
