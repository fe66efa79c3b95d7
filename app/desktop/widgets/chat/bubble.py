"""One message: what the user said in a bubble, what the assistant says as text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.desktop.widgets.basics import Banner, Elided, Picture, button, column, label, row
from app.desktop.widgets.chat.markdown_view import MarkdownView
from app.desktop.widgets.flow import flow


class UserBubble(QFrame):
    """What the user said, as it was typed; the files below it."""

    def __init__(self, text: str, files: Sequence[str], name: str) -> None:
        super().__init__()
        self.setProperty("kind", "bubble")
        self.setObjectName(name)
        self.setAccessibleName(f"You: {text}")
        box = column(spacing=6, margins=(12, 8, 12, 8))
        if text:
            said = label(text, wraps=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            box.addWidget(said)
        if files:
            box.addWidget(flow(*(_file_chip(file) for file in files[:6]), spacing=6))
        self.setLayout(box)


def _file_chip(file: str) -> QLabel:
    name = file.rpartition("/")[2]
    chip = label(name if len(name) <= 40 else f"{name[:20]}…{name[-18:]}", "pill")
    chip.setToolTip(file)
    return chip


class AssistantText(QWidget):
    """What the assistant says, growing while it writes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.view = MarkdownView(f"{name}.text")
        self._progress = label("", "muted", wraps=True)
        self._box: QVBoxLayout = column(self.view, self._progress, spacing=4)
        self._banner: Banner | None = None
        self.setLayout(self._box)

    def show_message(
        self, text: str, *, progress: str = "", is_streaming: bool = False, is_error: bool = False
    ) -> None:
        """Shows the text so far."""
        self.setAccessibleName(f"Assistant: {text or progress}")
        self._progress.setText(f"{progress} …" if progress and not text else "")
        self._progress.setVisible(bool(progress) and not text)
        if is_error:
            self._show_error(text)
            return
        self.view.setVisible(bool(text))
        self.view.show_text(text, is_final=not is_streaming)

    def _show_error(self, text: str) -> None:
        self.view.setVisible(False)
        if self._banner is None:
            what, _dot, rest = text.partition(". ")
            self._banner = Banner("bad", what if what.endswith((".", ":")) or not rest else f"{what}.", rest)
            self._banner.setObjectName(f"{self.objectName()}.error")
            self._box.addWidget(self._banner)


class OutcomeLine(QFrame):
    """What became of a proposal: applied, with Undo; or put away."""

    undone = Signal()
    redone = Signal()

    def __init__(self, outcome: str, title: str, checkpoint: int | None) -> None:
        super().__init__()
        self.setProperty("kind", "card" if outcome == "applied" else "")
        self.setObjectName(f"outcome.{outcome}")
        is_applied = outcome == "applied"
        words = {"applied": "Applied", "rejected": "Rejected, nothing changed", "replaced": "Replaced by a later one"}
        line = row(spacing=8, margins=(12, 6, 12, 6) if is_applied else 0)
        line.addWidget(Picture("pass-filled" if is_applied else "circle-slash", "good" if is_applied else "faint", 14))
        self._said = words.get(outcome, outcome)
        self._text = label(self._said, "" if is_applied else "muted")
        line.addWidget(self._text)
        if title and is_applied:
            line.addWidget(Elided(title, "muted"), 1)
        else:
            line.addStretch(1)
        if checkpoint is not None:
            line.addWidget(label(f"checkpoint {checkpoint}", "muted"))
        self.undo = button("Undo", kind="link", name="outcome.undo", on=self.undone.emit)
        self.redo = button("Apply again", kind="link", name="outcome.redo", on=self.redone.emit)
        line.addWidget(self.undo)
        line.addWidget(self.redo)
        self.setLayout(line)
        self.show_history()

    def show_history(self, *, can_undo: bool = False, can_redo: bool = False, is_undone: bool = False) -> None:
        """Shows where the project's history stands."""
        self._text.setText("Undone" if is_undone else self._said)
        self.undo.setVisible(can_undo)
        self.redo.setVisible(can_redo)
