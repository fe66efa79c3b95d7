"""Lines that go and lines that come, as a small picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme

_LINE = 19  # pixels


class DiffLines(QWidget):
    """Removed lines above added ones; signs say it beside the colours. At most `most` are drawn."""

    def __init__(self, removed: Sequence[str], added: Sequence[str], most: int = 8) -> None:
        super().__init__()
        lines = [("−", line) for line in removed] + [("+", line) for line in added]
        most = most if len(lines) > most + 1 else len(lines)  # a line that says "one more line" saves none
        self._left_out = len(lines) - most
        self._lines = lines[:most]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_LINE * (len(self._lines) + bool(self._left_out)))
        text = "\n".join(f"{sign} {line.rstrip()}" for sign, line in lines)
        self.setToolTip(text)
        self.setAccessibleName("; ".join(_spoken(sign, line) for sign, line in lines))
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(240, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setFont(font(12, is_mono=True))
        metrics = QFontMetrics(painter.font())
        for number, (sign, line) in enumerate(self._lines):
            ground, ink = ("delbg", "bad") if sign == "−" else ("addbg", "good")
            rect = QRect(0, number * _LINE, self.width(), _LINE)
            painter.fillRect(rect, theme().color(ground))
            painter.setPen(theme().color(ink))
            inner = rect.adjusted(12, 0, -8, 0)
            text = metrics.elidedText(f"{sign} {line.rstrip()}", Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)
        if self._left_out:
            painter.setPen(theme().color("faint"))
            rect = QRect(12, len(self._lines) * _LINE, self.width() - 12, _LINE)
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, f"and {self._left_out} more lines")


def _spoken(sign: str, line: str) -> str:
    return f"{'removes' if sign == '−' else 'adds'} {line.strip()}"
