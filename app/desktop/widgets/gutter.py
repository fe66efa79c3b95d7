"""The column beside an editor's text: lamp, line number, bar of what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme

if TYPE_CHECKING:
    from app.desktop.widgets.code_editor import CodeEditor

LAMP, GAP, BAR = 24, 10, 3  # pixels
BARS = {"added": "good", "changed": "accent", "removed": "bad"}
SIGNS = {"added": "+", "removed": "\u2212"}


class Gutter(QWidget):
    """Painted beside the lines that are in sight."""

    lamp_clicked = Signal(int)

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def wanted_width(self) -> int:
        """Pixels for lamp, numbers and bar."""
        digits = self._editor.gutter_digits()
        return LAMP + digits * self._editor.fontMetrics().horizontalAdvance("0") + GAP + BAR + 8

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(self.wanted_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("bg1"))
        painter.setFont(font(12, is_mono=True))
        current = self._editor.current_line()
        right = self.width() - BAR - 8 - GAP
        for line, rect in self._editor.visible_rows():
            row = QRect(0, round(rect.top()), right, round(rect.height()))
            self._paint_number(painter, line, row, is_current=line == current)
            kind = self._editor.row_kind(line)
            if kind in BARS:
                bar = QRect(self.width() - BAR - 8, row.top(), BAR, row.height())
                painter.fillRect(bar, theme().color(BARS[kind]))
            if line in self._editor.lamps:
                tone = self._editor.lamps[line]
                draw_icon(painter, QRect(4, row.top() + 2, 16, 16), "lightbulb-autofix", tone)

    def _paint_number(self, painter: QPainter, line: int, row: QRect, *, is_current: bool) -> None:
        text = self._editor.gutter_text(line)
        painter.setPen(theme().color("strong" if is_current else "faint"))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        sign = SIGNS.get(self._editor.row_kind(line), "")
        if sign and self._editor.shows_signs:
            painter.setPen(theme().color(BARS[self._editor.row_kind(line)]))
            painter.drawText(QRect(0, row.top(), LAMP, row.height()), Qt.AlignmentFlag.AlignCenter, sign)

    def _line_at(self, point: QPoint) -> int:
        for line, rect in self._editor.visible_rows():
            if rect.top() <= point.y() < rect.bottom():
                return line
        return 0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        is_lamp = event.position().x() < LAMP and self._line_at(event.position().toPoint()) in self._editor.lamps
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_lamp else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        line = self._line_at(event.position().toPoint())
        if line in self._editor.lamps and event.position().x() < LAMP:
            self.lamp_clicked.emit(line)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            line = self._line_at(event.pos())
            QToolTip.showText(event.globalPos(), "Show fixes (Ctrl+.)" if line in self._editor.lamps else "", self)
            return True
        return super().event(event)
