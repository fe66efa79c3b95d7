"""Edits of a document that leave the rest of it as it is."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor, QTextDocument

INDENT = "  "


def replace_text(document: QTextDocument, text: str) -> None:
    """Makes the document say `text` by one edit of what differs, which can be undone."""
    old = document.toPlainText()
    start = common(old, text)
    tail = common(old[start:][::-1], text[start:][::-1])
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(len(old) - tail, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(text[start : len(text) - tail])


def shift_lines(cursor: QTextCursor, by: int) -> None:
    """Indents the chosen lines by one level, or with -1 takes one level away."""
    document = cursor.document()
    first = document.findBlock(cursor.selectionStart())
    last = document.findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - 1)).blockNumber()
    cursor.beginEditBlock()
    block = first
    while block.isValid() and block.blockNumber() <= last:
        edit = QTextCursor(block)
        if by > 0 and block.text():
            edit.insertText(INDENT)
        elif by < 0 and (there := min(len(INDENT), len(block.text()) - len(block.text().lstrip(" ")))):
            edit.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, there)
            edit.removeSelectedText()
        block = block.next()
    cursor.endEditBlock()


def common(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low
