"""How much memory a run needs, and of what."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme

_TOKENS = ("accent", "kw", "num", "cyan", "edge")
_BAR, _ROW = 8, 18


class MemoryBar(QWidget):
    """Parts of a whole as one bar with its legend, which wraps; a part is its name, its amount, and that in words."""

    def __init__(self, parts: Sequence[tuple[str, float, str]], whole: float) -> None:
        super().__init__()
        self._parts, self._whole = list(parts), whole
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Memory: " + ", ".join(f"{name} {text}" for name, _value, text in parts))
        theme().changed.connect(self.update)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(240, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        self._fit()

    def _places(self) -> list[tuple[float, int, str]]:
        """Left edge, row and text of each entry of the legend."""
        metrics = QFontMetrics(font(12, is_tabular=True))
        places, left, row = [], 0.0, 0
        for name, _value, said in self._parts:
            text = f"{name}  {said.removesuffix(' GiB')}"  # the head says the unit
            width = metrics.horizontalAdvance(text) + 30
            if left and left + width > self.width():
                left, row = 0.0, row + 1
            places.append((left, row, text))
            left += width
        return places

    def _fit(self) -> None:
        rows = 1 + max((row for _left, row, _text in self._places()), default=0)
        self.setFixedHeight(_BAR + 8 + rows * _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, self.width(), _BAR), theme().color("bg3"))
        left, scale = 0.0, self.width() / max(self._whole, sum(value for _name, value, _text in self._parts), 1e-9)
        for number, (_name, value, _text) in enumerate(self._parts):
            width = max(1.0, value * scale)
            painter.fillRect(QRectF(left, 0, width, _BAR), theme().color(_TOKENS[number % len(_TOKENS)]))
            left += width
        painter.setFont(font(12, is_tabular=True))
        for number, (x, row, text) in enumerate(self._places()):
            top = _BAR + 8 + row * _ROW
            painter.fillRect(QRectF(x, top + 5, 8, 8), theme().color(_TOKENS[number % len(_TOKENS)]))
            painter.setPen(theme().color("muted"))
            painter.drawText(QRectF(x + 14, top, self.width(), _ROW), text)
