"""Runs as a list for Qt's views: one row each, changed in place while they work."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.painted import elide, text_width
from app.workbench.run_row import RunRow
from app.workbench.run_words import second_line, sign, statement

Index = QModelIndex | QPersistentModelIndex
HEIGHT = 50


class RunRows(QAbstractListModel):
    """The listed runs."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[RunRow, ...] = ()

    def show(self, rows: Sequence[RunRow]) -> bool:
        """Lists these rows; True if they are others than before, False if they only changed."""
        rows, before = tuple(rows), self.rows
        if [row.name for row in rows] != [row.name for row in before]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return True
        self.rows = rows
        for place, (new, old) in enumerate(zip(rows, before, strict=True)):
            if new != old:
                self.dataChanged.emit(self.index(place), self.index(place))
        return False

    def place(self, name: str) -> int:
        """Where a run stands; -1 if it isn't listed."""
        return next((place for place, row in enumerate(self.rows) if row.name == name), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008, Qt's
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.short_name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return statement(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (row.name, second_line(row), row.note) if part)
        return None


class RunDelegate(QStyledItemDelegate):
    """Two lines: name and age, what came of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.compared: frozenset[str] = frozenset()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802, Qt's name
        return QSize(200, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, RunRows)  # noqa: S101 - the delegate is only ever set beside this model
        row, rect = model.rows[index.row()], option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme().color("sel"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme().color("hover"))
        icon, token = sign(row)
        draw_icon(painter, QRectF(rect.left() + 12, rect.top() + 8, 16, 16), icon, token)
        self._draw_words(painter, row, rect)
        if row.is_live and row.fraction is not None:
            self._draw_bar(painter, row.fraction, rect)
        painter.restore()

    def _draw_words(self, painter: QPainter, row: RunRow, rect: QRect) -> None:
        left, right = rect.left() + 38, rect.right() - 12
        age = row.when  # two runs of one plan are told apart by it
        width = text_width(age, 11) + 10
        painter.setFont(font(11))
        painter.setPen(theme().color("muted"))
        painter.drawText(QRectF(right - width, rect.top() + 8, width, 16), Qt.AlignmentFlag.AlignRight, age)
        room = right - left - width
        for tag in reversed(row.tags[:2]):
            text = elide(f"#{tag}", 11, 80)
            room -= text_width(text, 11) + 8
            painter.setPen(theme().color("accent"))
            painter.drawText(QRectF(left + room + 8, rect.top() + 8, 90, 16), 0, text)
        is_compared = row.name in self.compared
        painter.setFont(font(13, 600 if is_compared else 500))
        painter.setPen(theme().color("accent" if is_compared else ("muted" if row.is_archived else "strong")))
        painter.drawText(QRectF(left, rect.top() + 6, room, 18), 0, elide(row.plan, 13, room, weight=500))
        painter.setFont(font(12))
        painter.setPen(theme().color("muted"))
        room = right - left
        painter.drawText(QRectF(left, rect.top() + 26, room, 17), 0, elide(second_line(row), 12, room))

    def _draw_bar(self, painter: QPainter, fraction: float, rect: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        left, width = rect.left() + 38, rect.width() - 50
        painter.setBrush(theme().color("bg3"))
        painter.drawRoundedRect(QRectF(left, rect.bottom() - 4, width, 2), 1, 1)
        painter.setBrush(theme().color("accent"))
        painter.drawRoundedRect(QRectF(left, rect.bottom() - 4, width * fraction, 2), 1, 1)
