"""Counts along a scale as bars, with named lines across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.widgets.painted import Painted, Table, text_width

HEIGHT, NAMES, FOOT = 140, 14, 18  # of the widget, of one row of names, of the scale
GAP = 1.0  # pixels between two bars


@dataclass(frozen=True)
class Line:
    """A place on the scale with its name."""

    name: str
    value: int
    colour: str = "muted"


class Histogram(Painted):
    """Bars from 0 to `longest`; lines that lie beyond are named at the right end."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self._counts: tuple[int, ...] = ()
        self._longest, self._lines = 0, tuple[Line, ...]()

    def show_counts(self, counts: Sequence[int], longest: int, lines: Sequence[Line], statement: str) -> None:
        """Shows other counts; all bars are equally wide."""
        self._counts, self._longest, self._lines = tuple(counts), longest, tuple(lines)
        self.say(statement)
        self.update()

    def table(self) -> Table:
        width = (self._longest + 1) / max(1, len(self._counts))
        steps = [(round(at * width), round((at + 1) * width) - 1) for at in range(len(self._counts))]
        rows = [[f"{low} to {high}", str(count)] for (low, high), count in zip(steps, self._counts, strict=True)]
        return [["tokens", "rows"], *rows]

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(300, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        if not self._counts:
            return
        painter = QPainter(self)
        head = NAMES * len(self._lines) + 4
        ground = QRectF(0, head, self.width() - 1, self.height() - head - FOOT)
        self._paint_bars(painter, ground)
        for number, line in enumerate(self._lines):
            self._paint_line(painter, ground, line, number * NAMES)
        painter.setPen(theme().color("muted"))
        painter.setFont(font(11, is_tabular=True))
        foot = QRectF(0, ground.bottom() + 2, ground.width(), FOOT - 2)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, "0 tokens")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{self._longest:,}")
        painter.end()

    def _paint_bars(self, painter: QPainter, ground: QRectF) -> None:
        highest, width = max(self._counts) or 1, ground.width() / len(self._counts)
        for at, count in enumerate(self._counts):
            if count:
                height = max(2.0, ground.height() * count / highest)
                bar = QRectF(at * width, ground.bottom() - height, max(1.0, width - GAP), height)
                painter.fillRect(bar, theme().color("accent"))
        painter.fillRect(QRectF(0, ground.bottom(), ground.width(), 1), theme().color("border2"))

    def _paint_line(self, painter: QPainter, ground: QRectF, line: Line, top: int) -> None:
        is_beyond = line.value > self._longest
        at = ground.width() if is_beyond else ground.width() * line.value / max(1, self._longest + 1)
        if not is_beyond:
            painter.setPen(QPen(theme().color(line.colour), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(at, top + NAMES), QPointF(at, ground.bottom()))
        text = f"{line.name} {line.value:,}" + (" →" if is_beyond else "")
        painter.setFont(font(11, is_tabular=True))
        painter.setPen(theme().color(line.colour))
        wide = text_width(text, 11) + 6
        left = min(max(0.0, at - wide / 2), ground.width() - wide)
        painter.drawText(QRectF(left, top, wide, NAMES), Qt.AlignmentFlag.AlignHCenter, text)
