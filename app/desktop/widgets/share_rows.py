"""Shares with their intervals, one row each: a dot, a line, and the numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme

ROW = 24
NUMBERS = 126  # px


@dataclass(frozen=True)
class ShareRow:
    """One row; `value`, `low` and `high` from 0 to 1."""

    name: str
    value: float
    low: float
    high: float

    @property
    def numbers(self) -> str:
        """`71 % (56 to 82)`."""
        return f"{self.value:.0%} ({self.low * 100:.0f} to {self.high * 100:.0f})".replace("%", " %")


class ShareRows(QWidget):
    """The first row is the leader's; a dashed line says where chance would be."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ShareRow, ...] = ()
        self._chance = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_rows(self, rows: Sequence[ShareRow], chance: float) -> None:
        """Shows them."""
        self._rows, self._chance = tuple(rows), chance
        self.setFixedHeight(max(1, len(rows)) * ROW)
        self.setAccessibleName("; ".join(f"{row.name} {row.numbers}" for row in rows))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(320, max(1, len(self._rows)) * ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        names = min(180.0, self.width() * 0.36)
        left, right = names + 8, self.width() - NUMBERS - 8
        if self._chance and self._rows:
            painter.setPen(QPen(theme().color("border2"), 1, Qt.PenStyle.DashLine))
            across = left + self._chance * (right - left)
            painter.drawLine(QPointF(across, 0), QPointF(across, len(self._rows) * ROW))
        for number, each in enumerate(self._rows):
            self._paint_row(painter, each, number, (names, left, right))

    def _paint_row(self, painter: QPainter, each: ShareRow, number: int, places: tuple[float, float, float]) -> None:
        names, left, right = places
        is_first = number == 0
        middle = number * ROW + ROW / 2
        painter.setFont(font(12, 600 if is_first else 400))
        painter.setPen(theme().color("strong" if is_first else "text"))
        name = painter.fontMetrics().elidedText(each.name, Qt.TextElideMode.ElideMiddle, round(names))
        rect = QRectF(0, number * ROW, names, ROW)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        colour = theme().color("accent" if is_first else "muted")
        painter.setPen(QPen(colour, 2))
        start, end = (QPointF(left + share * (right - left), middle) for share in (each.low, each.high))
        painter.drawLine(start, end)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(left + each.value * (right - left), middle), 4, 4)
        painter.setFont(font(12, 600 if is_first else 400, is_tabular=True))
        painter.setPen(theme().color("strong" if is_first else "text"))
        rect = QRectF(self.width() - NUMBERS, number * ROW, NUMBERS, ROW)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, each.numbers)
