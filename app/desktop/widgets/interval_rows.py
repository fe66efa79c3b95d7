"""Values with their intervals below each other on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.widgets.painted import Painted, Table, elide, text_width

ROW, HEAD, FOOT = 40, 22, 20
WIDE, LEAST_SHARE = 400, 38  # pixels
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class IntervalRow:
    """One value with its interval, on the scale's units.

    Args:
        note: second line, grey.
        text: the value in words, drawn beside its point.
        aside: at the right, such as a lead; `aside_colour` is its colour.
        is_strong: drawn in the accent, with its interval as a band through all rows.
    """

    title: str
    note: str
    value: float
    low: float
    high: float
    text: str
    aside: str = ""
    colour: str = "muted"
    aside_colour: str = "text"
    is_strong: bool = False


class IntervalRows(Painted):
    """The picture; `reference` draws a dashed line through all rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: tuple[IntervalRow, ...] = ()
        self._head = self._aside_head = ""
        self._low, self._high = 0.0, 1.0
        self._reference: float | None = None
        self._has_scale = True

    def show_rows(
        self,
        rows: Sequence[IntervalRow],
        *,
        head: str = "",
        aside_head: str = "",
        low: float = 0.0,
        high: float = 1.0,
        reference: float | None = None,
        has_scale: bool = True,
    ) -> None:
        """Shows other rows on a scale of shares from `low` to `high`."""
        self._rows, self._head, self._aside_head = tuple(rows), head, aside_head
        self._low, self._high, self._reference, self._has_scale = low, high, reference, has_scale
        self.say("; ".join(_said(row) for row in self._rows) or "Nothing was measured yet")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(420, ROW * len(self._rows) + (HEAD if self._head else 0) + (FOOT if self._has_scale else 4))

    def minimumSizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(280, self.sizeHint().height())

    def table(self) -> Table:
        head = ["what", "value", "low", "high", self._aside_head or "note"]
        rows = [[r.title, f"{r.value:.4f}", f"{r.low:.4f}", f"{r.high:.4f}", r.aside or r.note] for r in self._rows]
        return [head, *rows]

    def _columns(self) -> tuple[float, float, float]:
        width = float(self.width())
        names = min(176.0, width * (0.36 if width >= WIDE else 0.3))
        said = [text_width(row.aside, 12, weight=600) for row in self._rows if row.aside]
        aside = max(*said, text_width(self._aside_head, 12, weight=500)) + 10 if said else 8.0
        return names, max(names + 60, width - aside - 12), aside

    def _x(self, value: float) -> float:
        left, right, _ = self._columns()
        inner_left, inner_right = left + 8, right - 44
        share = (value - self._low) / ((self._high - self._low) or 1)
        return inner_left + (inner_right - inner_left) * max(0.0, min(1.0, share))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = float(HEAD if self._head else 0)
        bottom = top + ROW * len(self._rows)
        self._draw_scale(painter, top, bottom)
        for number, row in enumerate(self._rows):
            self._draw_row(painter, row, top + ROW * number)

    def _draw_scale(self, painter: QPainter, top: float, bottom: float) -> None:
        painter.setFont(font(12, 500))
        painter.setPen(theme().color("muted"))
        left, right, aside = self._columns()
        if self._head:
            head = elide(self._head, 12, right - left, weight=500)
            painter.drawText(QRectF(left, 0, right - left, 18), Qt.AlignmentFlag.AlignLeft, head)
            box = QRectF(self.width() - aside, 0, aside, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, self._aside_head)
        strong = next((row for row in self._rows if row.is_strong), None)
        if strong is not None:
            band = theme().color("accentbg")
            painter.fillRect(
                QRectF(self._x(strong.low), top, self._x(strong.high) - self._x(strong.low), bottom - top), band
            )
        if self._has_scale:
            painter.setFont(font(11, is_tabular=True))
            for share in _shares_that_fit(self._x(self._high) - self._x(self._low)):
                value = self._low + share * (self._high - self._low)
                x = self._x(value)
                painter.setPen(QPen(theme().color("border"), 1))
                painter.drawLine(QPointF(x, top), QPointF(x, bottom))
                painter.setPen(theme().color("muted"))
                box = QRectF(x - 30, bottom + 2, 60, 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, f"{100 * value:.0f} %")
        if self._reference is not None:
            x = self._x(self._reference)
            painter.setPen(QPen(theme().color("accent"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))

    def _draw_row(self, painter: QPainter, row: IntervalRow, top: float) -> None:
        left, _right, aside = self._columns()
        middle = top + ROW / 2
        painter.setPen(theme().color("strong" if row.is_strong else ("text" if row.colour == "muted" else row.colour)))
        painter.setFont(font(13, 600 if row.is_strong else 400))
        weight = 600 if row.is_strong else 400
        title = elide(row.title, 13, left - 6, weight=weight)
        painter.drawText(QRectF(0, top + 3, left, 18), Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(theme().color("muted"))
        painter.setFont(font(11))
        painter.drawText(QRectF(0, top + 20, left, 16), Qt.AlignmentFlag.AlignLeft, elide(row.note, 11, left - 6))
        colour = theme().color("accent" if row.is_strong else row.colour)
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(self._x(row.low), middle), QPointF(self._x(row.high), middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(self._x(row.value), middle), 4.5, 4.5)
        painter.setPen(theme().color("strong" if row.is_strong else "text"))
        painter.setFont(font(12, 600, is_tabular=True))
        box = QRectF(self._x(row.high) + 8, middle - 9, 110, 18)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, row.text)
        if row.aside:
            painter.setPen(theme().color(row.aside_colour))
            box = QRectF(self.width() - aside, middle - 9, aside, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.aside)


def _shares_that_fit(width: float) -> tuple[float, ...]:
    """The places of the scale's numbers, which must not touch each other."""
    return next((shares for shares in (SHARES, SHARES[::2]) if width >= LEAST_SHARE * (len(shares) - 1)), SHARES[::4])


def _said(row: IntervalRow) -> str:
    lead = f", {row.aside}" if row.aside else ""
    return f"{row.title} {row.text}, {100 * row.low:.1f} to {100 * row.high:.1f}{lead}"
