"""Tokens as little boxes that flow over the lines, coloured by what they are for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme

LINE, HEIGHT, GAP, PAD = 24, 18, 3, 4
_COLOURS = {  # kind: ground and text
    "prompt": ("bg3", "text"),
    "special": ("bg1", "faint"),
    "trained": ("accent", "accentfg"),
    "end": ("good", "accentfg"),
    "cut": ("delbg", "bad"),
}


class TokenFlow(QWidget):
    """Paints tokens line by line; only the lines that are seen are drawn."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._tokens: tuple[tuple[str, str], ...] = ()
        self._boxes: list[QRectF] = []
        self._face = font(12, is_mono=True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def set_tokens(self, tokens: Sequence[tuple[str, str]], statement: str) -> None:
        """Shows other tokens: text and kind, `prompt special trained end cut`; a screen reader says the statement."""
        self._tokens = tuple(tokens)
        self.setAccessibleName(statement)
        self._place()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(400, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._place()

    def _place(self) -> None:
        measure, left, top = QFontMetricsF(self._face), 0.0, 0.0
        self._boxes = []
        for text, _kind in self._tokens:
            width = min(measure.horizontalAdvance(text or " ") + 2 * PAD, max(20.0, float(self.width())))
            if left and left + width > self.width():
                left, top = 0.0, top + LINE
            self._boxes.append(QRectF(left, top + (LINE - HEIGHT) / 2, width, HEIGHT))
            left += width + GAP
        self.setFixedHeight(int(top) + LINE)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._face)
        seen, shades = QRectF(event.rect()), theme()
        for box, (text, kind) in zip(self._boxes, self._tokens, strict=True):
            if not box.intersects(seen):
                continue
            ground, ink = _COLOURS[kind]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shades.color(ground))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(shades.color(ink))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class Swatch(QWidget):
    """The colour of a kind of token, for a legend."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._token = _COLOURS[kind][0]
        self.setFixedSize(10, 10)
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme().color("edge"))
        painter.setBrush(theme().color(self._token))
        painter.drawRoundedRect(QRectF(0.5, 0.5, 9, 9), 2, 2)
        painter.end()
