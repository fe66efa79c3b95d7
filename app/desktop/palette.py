"""The palette: one field that finds commands, files, runs and adapters."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QWidget
from shiboken6 import isValid

from app.desktop.palette_entries import entries
from app.desktop.palette_list import EntryList
from app.desktop.widgets.basics import Picture, column, hairline, keycap, label, row
from app.desktop.widgets.field_frame import FieldFrame
from app.workbench.bench import Workbench

WIDTH = 640
PAGE = 11  # entries
SIGNS = (("commands", ">"), ("files", "/"), ("runs", "#"), ("adapters", "@"))
HINTS = (("move", "↑ ↓"), ("choose", "Enter"), ("open beside", "Ctrl+Enter"), ("close", "Esc"))
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def _pairs(told: Iterable[tuple[str, str]]) -> list[QWidget]:
    """Keys, each with what it does."""
    return [each for what, key in told for each in (keycap(key), label(what, "muted"))]


class Palette(QFrame):
    """Opens over the window; Esc closes it and gives the focus back."""

    def __init__(self, bench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._bench = bench
        self._before: QWidget | None = None
        self.setProperty("kind", "popup")
        self.setObjectName("palette")
        self.setAccessibleName("Palette")
        self._field = QLineEdit()
        self._field.setObjectName("palette.field")
        self._field.setAccessibleName("Search commands, files, runs and adapters")
        self._field.setPlaceholderText("Search")
        self._field.setProperty("kind", "bare")
        self._list = EntryList()
        self._nothing = label("", "muted")
        frame = FieldFrame(
            row(Picture("search", "muted"), self._field, *_pairs(SIGNS), spacing=6, margins=(12, 6, 10, 6)), self._field
        )
        hints = row(*_pairs(HINTS[:-1]), self._nothing, None, *_pairs(HINTS[-1:]), margins=(8, 4, 8, 6), spacing=6)
        self.setLayout(column(frame, self._list, hairline(), hints, margins=8, spacing=6))
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self._list.clicked.connect(lambda index: self._choose(index.row()))
        self.hide()

    def open(self, text: str = "") -> None:
        """Shows it with a first text."""
        self._before = QApplication.focusWidget()
        parent = self.parentWidget()
        if parent is None:
            return
        self.setFixedWidth(WIDTH)
        self.move((parent.width() - WIDTH) // 2, 6)
        self._field.setText(text)
        self._search(text)
        self.show()
        self.raise_()
        self._field.setFocus()

    def close_again(self) -> None:
        """Hides it; the focus returns to where it was."""
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if watched is self._field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                return self._key(event)
            if event.type() == QEvent.Type.ShortcutOverride and event.key() in _ENTER:
                event.accept()  # chooses here, also with Ctrl: no shortcut of the view below may take it
                return True
        if watched is self._field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key, at = event.key(), self._list.currentIndex().row()
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: PAGE, Qt.Key.Key_PageUp: -PAGE}
        rows = self._list.entries.rows
        if key in moves:
            self._list.choose(at + moves[Qt.Key(key)])
        elif key in _ENTER:
            self._choose(at, is_beside=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Tab and rows and rows[-1].group == "Ask":
            self._choose(len(rows) - 1)
        elif key == Qt.Key.Key_Escape:
            self.close_again()
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        found = entries(self._bench, text)
        self._list.show_entries(found)
        self._nothing.setText("" if found else "Nothing is called like that")
        self.adjustSize()

    def _choose(self, number: int, *, is_beside: bool = False) -> None:
        if not 0 <= number < len(self._list.entries.rows):
            return
        entry = self._list.entries.rows[number]
        self.close_again()
        act = entry.beside if is_beside and entry.beside is not None else entry.run
        if act is not None:
            act()
