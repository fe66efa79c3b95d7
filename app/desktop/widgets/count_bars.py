"""Counts as bars: how often each value occurs, and how a whole is made of parts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.widgets.summary_header import SERIES, paint_shares

LINE = 22


class CountBars(QWidget):
    """A line for each value: name, bar, count and share. A click, or Enter on the chosen line, emits `chosen`."""

    chosen = Signal(str)

    def __init__(self, name: str, *, most: int = 12) -> None:
        super().__init__()
        self._counts: tuple[tuple[str, int], ...] = ()
        self._most, self._current = most, 0
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme().changed.connect(self.update)

    def set_counts(self, counts: Sequence[tuple[str, int]]) -> None:
        """Shows other counts; what comes after the most frequent ones is one line."""
        shown = list(counts[: self._most])
        rest = counts[self._most :]
        if rest:
            shown.append((f"{len(rest)} others", sum(count for _, count in rest)))
        self._counts, self._current = tuple(shown), 0
        self.setFixedHeight(max(1, len(shown)) * LINE)
        total = sum(count for _, count in shown) or 1
        told = ", ".join(f"{label} {count:,} ({100 * count / total:.1f} %)" for label, count in shown)
        self.setAccessibleName(f"Rows of each value: {told}" if told else "No values")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(300, max(1, len(self._counts)) * LINE)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        shades, total = theme(), sum(count for _, count in self._counts) or 1
        highest = max((count for _, count in self._counts), default=1) or 1
        names = min(130, self.width() // 3)
        room = max(20, self.width() - names - 112)
        for line, (label, count) in enumerate(self._counts):
            top = line * LINE
            if self.hasFocus() and line == self._current:
                painter.fillRect(QRect(0, top, self.width(), LINE), shades.color("hover"))
            painter.setFont(font(12, is_mono=True))
            painter.setPen(shades.color("text"))
            text = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideMiddle, names - 8)
            painter.drawText(QRect(2, top, names, LINE), Qt.AlignmentFlag.AlignVCenter, text)
            width = max(2.0, room * count / highest)
            painter.fillRect(QRectF(names, top + 6, width, LINE - 12), shades.color("accent"))
            painter.setFont(font(12, is_tabular=True))
            painter.setPen(shades.color("strong"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(self.width() - 112, top, 56, LINE), right, f"{count:,}")
            painter.setPen(shades.color("muted"))
            painter.drawText(QRect(self.width() - 58, top, 56, LINE), right, f"{100 * count / total:.1f} %")
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        self._choose(int(event.position().y()) // LINE)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step and 0 <= self._current + step < len(self._counts):
            self._current += step
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._current)
        else:
            super().keyPressEvent(event)

    def _choose(self, line: int) -> None:
        if 0 <= line < min(len(self._counts), self._most):
            self._current = line
            self.update()
            self.chosen.emit(self._counts[line][0])


class ShareBar(QWidget):
    """One bar whose parts are as wide as their counts; the legend is the caller's."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: tuple[int, ...] = ()
        self.setFixedHeight(8)
        theme().changed.connect(self.update)

    def set_counts(self, counts: Sequence[int], statement: str) -> None:
        """Shows other counts; `statement` is what a screen reader says."""
        self._counts = tuple(counts)
        self.setAccessibleName(statement)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        paint_shares(painter, QRectF(0, 1, self.width(), 6), self._counts, ("warn", "kw", "cyan", "num", "faint"))
        painter.end()


__all__ = ["SERIES", "CountBars", "ShareBar"]
