"""Two texts side by side, compared word by word: left what was taken out, right what came in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QSplitter, QTextEdit, QVBoxLayout, QWidget

from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import column, label, row
from app.desktop.widgets.word_diff import Kind, Piece, word_difference


class SideDiff(QWidget):
    """Both texts in full."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._pieces: list[Piece] = []
        self._titles = label("", "section", name=f"{name}.old"), label("", "section", name=f"{name}.new")
        self._notes = label("", "muted"), label("", "muted")
        self._sides = _text(f"{name}.old_text"), _text(f"{name}.new_text")
        across = QSplitter(Qt.Orientation.Horizontal)
        for title, note, side in zip(self._titles, self._notes, self._sides, strict=True):
            half = QWidget()
            body = column(row(title, note, None, margins=(16, 8, 12, 6)), spacing=0)
            body.addWidget(side, 1)
            half.setLayout(body)
            half.setMinimumWidth(160)
            across.addWidget(half)
        across.setChildrenCollapsible(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(across)
        theme().changed.connect(self._draw)

    def show_texts(self, old: str, new: str, titles: tuple[str, str], notes: tuple[str, str]) -> None:
        """Shows two texts; an empty one is not there."""
        self._pieces = word_difference(old, new)
        for part, title in zip(self._titles, titles, strict=True):
            part.setText(title)
        for part, note in zip(self._notes, notes, strict=True):
            part.setText(note)
        for side, title, text in zip(self._sides, titles, (old, new), strict=True):
            side.setAccessibleName(f"{title}: {text or 'not there'}")
        self._draw()

    def _draw(self) -> None:
        for side, kind, token, ground in zip(
            self._sides, ("removed", "added"), ("bad", "good"), ("delbg", "addbg"), strict=True
        ):
            side.clear()
            cursor = QTextCursor(side.document())
            for piece in self._pieces:
                if piece.kind in ("same", kind):
                    cursor.insertText(piece.text, _format(piece.kind, token, ground))
            side.moveCursor(QTextCursor.MoveOperation.Start)


def _text(name: str) -> QTextEdit:
    made = QTextEdit()
    made.setReadOnly(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setTabChangesFocus(True)
    made.setObjectName(name)
    made.document().setDocumentMargin(16)
    return made


def _format(kind: Kind, token: str, ground: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme().color("text" if kind == "same" else token))
    if kind != "same":
        made.setBackground(theme().color(ground))
        made.setFontStrikeOut(kind == "removed")
        made.setFontUnderline(kind == "added")
    return made
