"""Two texts compared word by word: what was taken out is struck through, what came in is marked."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit

from app.desktop.theme.theme import theme

Kind = Literal["same", "removed", "added"]
MOST_WORDS = 4000  # of both texts: comparing takes their product
_WORD = re.compile(r"\n|[^\S\n]+|\w+(?:['’]\w+)*|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A run of words."""

    text: str
    kind: Kind


def word_difference(old: str, new: str) -> list[Piece]:
    """How `new` comes out of `old`, in runs of words; spaces between two changed words belong to the change."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        return [Piece(old, "removed"), Piece(new, "added")]
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("".join(before[i:j]), "same"))
            continue
        pieces += [Piece("".join(before[i:j]), "removed"), Piece("".join(after[k:m]), "added")]
    return _joined([piece for piece in pieces if piece.text])


def _joined(pieces: list[Piece]) -> list[Piece]:
    """A lone space between two changes is part of both: a row of single words would be hard to read."""
    found: list[Piece] = []
    place = 0
    while place < len(pieces):
        removed, added = "", ""
        while place < len(pieces):
            piece = pieces[place]
            between = piece.kind == "same" and not piece.text.strip() and "\n" not in piece.text
            if piece.kind == "removed":
                removed += piece.text
            elif piece.kind == "added":
                added += piece.text
            elif between and (removed or added) and place + 1 < len(pieces):
                removed, added = removed + piece.text, added + piece.text
            else:
                break
            place += 1
        found += [Piece(text, kind) for text, kind in _both(removed, added) if text]
        if place < len(pieces):
            found.append(pieces[place])
            place += 1
    return found


def _both(removed: str, added: str) -> list[tuple[str, Kind]]:
    return [(removed, "removed"), (added, "added")] if removed.strip() or added.strip() else [(added, "same")]


class WordDiff(QTextEdit):
    """Shows the difference of two texts."""

    def __init__(self) -> None:
        super().__init__()
        self._texts = ("", "")
        self._pieces: list[Piece] = []
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Difference of two answers, by word")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(0)
        theme().changed.connect(self._draw)

    def show_difference(self, old: str, new: str) -> None:
        """Shows how `new` differs from `old`."""
        if (old, new) != self._texts:
            self._texts = (old, new)
            self._pieces = word_difference(old, new)
            self._draw()

    def _draw(self) -> None:
        self.clear()
        cursor = QTextCursor(self.document())
        block = QTextBlockFormat()
        block.setLineHeight(140, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(block)
        before: Piece | None = None
        for piece in self._pieces:
            if before and "same" not in (before.kind, piece.kind) and not before.text[-1].isspace():
                cursor.insertText(" ", _format("same"))
            cursor.insertText(piece.text, _format(piece.kind))
            before = piece


def _format(kind: Kind) -> QTextCharFormat:
    made = QTextCharFormat()
    if kind == "removed":
        made.setForeground(theme().color("bad"))
        made.setBackground(theme().color("delbg"))
        made.setFontStrikeOut(True)
    elif kind == "added":
        made.setForeground(theme().color("good"))
        made.setBackground(theme().color("addbg"))
    else:
        made.setForeground(theme().color("text"))
    return made
