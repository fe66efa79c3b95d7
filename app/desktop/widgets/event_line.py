"""A list of what happened: icon, sentence, second line, and how long ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.painted import elide, text_width

Index = QModelIndex | QPersistentModelIndex
ROW = 40


@dataclass(frozen=True)
class EventLine:
    """One line; `colour` is the icon's colour."""

    icon: str
    colour: str
    title: str
    detail: str = ""
    age: str = ""


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: tuple[EventLine, ...] = ()

    def show(self, lines: Sequence[EventLine]) -> None:
        lines = tuple(lines)
        if len(lines) != len(self.lines):
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()
        elif lines != self.lines:
            self.lines = lines
            self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008, Qt's
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{line.title}. {line.detail}. {line.age}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{line.title}\n{line.detail}".strip()
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802, Qt's name
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Model)  # noqa: S101 - the delegate is only ever set beside this model
        line = model.lines[index.row()]
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme().color("sel"))
        draw_icon(painter, QRectF(rect.left(), rect.top() + 5, 14, 14), line.icon, line.colour)
        age = text_width(line.age, 12) + 8 if line.age else 0
        width = rect.width() - 26 - age
        painter.setFont(font(12))
        painter.setPen(theme().color("text"))
        painter.drawText(QRectF(rect.left() + 24, rect.top() + 3, width, 17), 0, elide(line.title, 12, width))
        painter.setPen(theme().color("muted"))
        painter.drawText(QRectF(rect.left() + 24, rect.top() + 19, width, 17), 0, elide(line.detail, 12, width))
        box = QRectF(rect.right() - age, rect.top() + 3, age, 17)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, line.age)
        painter.restore()


class EventLines(QListView):
    """The list."""

    def __init__(self, name: str, accessible: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        theme().changed.connect(self.viewport().update)

    def show_lines(self, lines: Sequence[EventLine]) -> None:
        """Shows other lines, the first on top."""
        self._model.show(lines)

    @property
    def lines(self) -> tuple[EventLine, ...]:
        """What is shown."""
        return self._model.lines
