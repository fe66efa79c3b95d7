"""One number: what it is, its value, a bar, and a note."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import column, label


class Bar(QWidget):
    """A thin bar, filled from the left."""

    def __init__(self, colour: str = "accent", height: int = 4) -> None:
        super().__init__()
        self.setFixedHeight(height)
        self._colour, self._fraction = colour, 0.0
        theme().changed.connect(self.update)

    def set_fraction(self, fraction: float) -> None:
        """Fills the bar, 0 to 1."""
        if fraction != self._fraction:
            self._fraction = max(0.0, min(1.0, fraction))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(theme().color("bg3"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setBrush(theme().color(self._colour))
        painter.drawRoundedRect(QRectF(0, 0, self.width() * self._fraction, self.height()), radius, radius)


class Stat(QWidget):
    """A number with its words."""

    def __init__(self, title: str, *, has_bar: bool = True, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self._title = title
        self.value: QLabel = label("–", "card-title", name=f"{name}.value")
        self.note: QLabel = label("", "muted", wraps=True)
        self.bar = Bar()
        self.bar.setVisible(has_bar)
        self.setLayout(column(label(title, "muted"), self.value, self.bar, self.note, None, spacing=5))

    def show_value(self, value: str, note: str = "", fraction: float | None = None) -> None:
        """Shows another value."""
        if value != self.value.text():
            self.value.setText(value)
        if note != self.note.text():
            self.note.setText(note)
        self.note.setVisible(bool(note))
        self.bar.setVisible(fraction is not None)
        if fraction is not None:
            self.bar.set_fraction(fraction)
        self.setAccessibleName(f"{self._title}: {value}. {note}")
