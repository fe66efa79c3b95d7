"""Markdown as high as its text, cheap to extend while it is being written."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme

_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class MarkdownView(QTextBrowser):
    """Shows a text that somebody else wrote: no HTML, no images, no files, and links only by name."""

    link_chosen = Signal(str)

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setStyleSheet("background: transparent;")
        self.document().setDocumentMargin(0)
        self.document().setDefaultFont(font(13))
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.anchorClicked.connect(lambda url: self.link_chosen.emit(url.toString()))
        theme().changed.connect(self._repaint_text)
        self._settled = ""  # the part whose blocks are finished
        self._tail = 0  # position in the document where the unfinished part begins
        self._whole = ""

    def show_text(self, text: str, *, is_final: bool = True) -> None:
        """Shows Markdown; while it grows, only what is behind the last finished block is laid out again."""
        if text == self._whole and not is_final:
            return
        if is_final:
            self.document().setMarkdown(text, _FEATURES)
            self._settled, self._tail = "", 0
        else:
            self._extend(text)
        self._whole = text
        self.setAccessibleName(text)

    def _extend(self, text: str) -> None:
        if not self._whole.startswith(self._settled) or not text.startswith(self._settled) or not self._whole:
            self.document().clear()
            self._settled, self._tail = "", 0
        rest = text[len(self._settled) :]
        finished = _finished(rest)
        if finished:
            self._put(rest[:finished])
            self._settled += rest[:finished]
            self._tail = max(0, self.document().characterCount() - 1)
        self._put(rest[finished:])

    def _put(self, markdown: str) -> None:
        """Puts Markdown in place of the unfinished part."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._tail)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        if not markdown.strip():
            return
        if self._tail:
            cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
        cursor.insertMarkdown(markdown, _FEATURES)

    def _fit(self, size: QSizeF) -> None:
        height = math.ceil(size.height()) + 2
        if height != self.height():
            self.setFixedHeight(height)

    def _repaint_text(self) -> None:
        if self._whole:
            self.show_text(self._whole)

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:  # noqa: N802, Qt's name
        return None  # an image in an answer must not read files or the network

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802, Qt's name
        event.ignore()  # the list of messages scrolls


def _finished(text: str) -> int:
    """Characters up to the last empty line that is outside a code fence."""
    end, place, is_code = 0, 0, False
    for line in text.splitlines(keepends=True):
        place += len(line)
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        elif not line.strip() and line.endswith("\n") and not is_code:
            end = place
    return end
