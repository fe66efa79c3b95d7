"""Base of the painted widgets: a statement for those who don't see them, and the table behind the picture."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme

Table = list[list[str]]
KEPT = 4_096  # measured texts: pictures are painted again and again with the same ones


class Painted(QWidget):
    """A widget that is drawn; it repaints when the theme changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme().changed.connect(self.update)

    def say(self, statement: str) -> None:
        """Sets what a screen reader says of the whole picture."""
        self.setAccessibleName(statement)

    def table(self) -> Table:
        """The same values as a table, head first."""
        return []

    def as_text(self) -> str:
        """The table as tab-separated lines."""
        return "\n".join("\t".join(line) for line in self.table())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802, Qt's name
        menu = QMenu(self)
        menu.addAction("Copy as table", lambda: QGuiApplication.clipboard().setText(self.as_text()))
        menu.exec(event.globalPos())


@lru_cache(KEPT)
def elide(text: str, size: int, width: float, *, weight: int = 400, is_mono: bool = False) -> str:
    """A text that fits into `width` pixels."""
    from PySide6.QtCore import Qt

    metrics = QFontMetricsF(font(size, weight, is_mono=is_mono))
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, width))


@lru_cache(KEPT)
def text_width(text: str, size: int, *, weight: int = 400, is_mono: bool = False) -> float:
    """Width of a text in pixels."""
    return QFontMetricsF(font(size, weight, is_mono=is_mono)).horizontalAdvance(text)
