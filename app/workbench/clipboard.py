"""What was copied last: commands put it here, the window hands it to the desktop."""

from __future__ import annotations

from psygnal import Signal


class Clipboard:
    """The last copied text."""

    copied = Signal(str)

    def __init__(self) -> None:
        self.text = ""

    def copy(self, text: str) -> None:
        """Copies a text."""
        self.text = text
        self.copied.emit(text)
