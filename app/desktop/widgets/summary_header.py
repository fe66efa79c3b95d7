"""A table's head with a second line: a few words or little bars about each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme

HEIGHT = 56
_BAR = 7


@dataclass(frozen=True)
class ColumnHead:
    """What stands above a column: its name, a term beside it, and below them bars or words.

    Args:
        shares: drawn as one bar of parts, with the colours of the series, instead of standing bars.
    """

    name: str
    term: str = ""
    text: str = ""
    bars: tuple[int, ...] = ()
    shares: tuple[int, ...] = ()


class SummaryHeader(QHeaderView):
    """Paints `heads` by column; columns without one show their name only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._heads: Mapping[int, ColumnHead] = {}
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        theme().changed.connect(self._repaint)

    def set_heads(self, heads: Mapping[int, ColumnHead]) -> None:
        """Shows other heads."""
        self._heads = heads
        told = [f"{head.name}: {head.text}" for head in heads.values() if head.text]
        self.setAccessibleDescription(". ".join(told))
        self._repaint()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(super().sizeHint().width(), HEIGHT)

    def _repaint(self) -> None:
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N802, N803, Qt's names
        shades = theme()
        painter.save()
        painter.fillRect(rect, shades.color("bg1"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), shades.color("border"))
        name = str(self.model().headerData(logicalIndex, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) or "")
        head = self._heads.get(logicalIndex, ColumnHead(name))
        inner = rect.adjusted(8, 6, -8, -6)
        side = Qt.AlignmentFlag.AlignRight if logicalIndex == 0 else Qt.AlignmentFlag.AlignLeft
        painter.setFont(font(12, 600))
        painter.setPen(shades.color("text"))
        painter.drawText(QRect(inner.left(), inner.top(), inner.width(), 18), side, head.name)
        if head.term:
            left = painter.fontMetrics().horizontalAdvance(head.name) + 8
            painter.setFont(font(11, is_mono=True))
            painter.setPen(shades.color("faint"))
            painter.drawText(QRect(inner.left() + left, inner.top() + 1, inner.width() - left, 18), side, head.term)
        below = QRect(inner.left(), inner.top() + 20, inner.width(), inner.height() - 20)
        if head.shares:
            paint_shares(painter, QRectF(below.left(), below.center().y() - 3, min(below.width(), 56), 6), head.shares)
        elif head.bars:
            _paint_bars(painter, below, head.bars)
        elif head.text:
            painter.setFont(font(12))
            painter.setPen(shades.color("muted"))
            text = painter.fontMetrics().elidedText(head.text, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, side | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


def _paint_bars(painter: QPainter, rect: QRect, counts: Sequence[int]) -> None:
    highest = max(counts) or 1
    shown = counts[: max(1, rect.width() // (_BAR + 2))]
    for position, count in enumerate(shown):
        height = max(2.0, rect.height() * count / highest)
        bar = QRectF(rect.left() + position * (_BAR + 2), rect.bottom() - height, _BAR, height)
        painter.fillRect(bar, theme().color("accent"))


SERIES = ("accent", "warn", "cyan", "kw", "num", "faint")


def paint_shares(painter: QPainter, rect: QRectF, counts: Sequence[int], series: Sequence[str] = SERIES) -> None:
    """One bar whose parts are as wide as their counts, with a gap of a pixel between them."""
    total = sum(counts)
    if not total:
        return
    left = rect.left()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for position, count in enumerate(counts):
        width = rect.width() * count / total
        painter.setBrush(theme().color(series[min(position, len(series) - 1)]))
        painter.drawRoundedRect(QRectF(left, rect.top(), max(1.5, width - 1.5), rect.height()), 1.5, 1.5)
        left += width
    painter.restore()
