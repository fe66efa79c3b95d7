"""The palette's list: entries under the headings of their groups, with the letters that the search found."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.desktop.palette_entries import Entry
from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme

ROW, HEADING = 30, 27  # pixels
TALLEST = 13 * ROW
CAP_PADDING, CAP_HEIGHT, GAP, EDGE = 7, 20, 6, 12
Index = QModelIndex | QPersistentModelIndex


class EntryList(QListView):
    """The entries; the field above it keeps the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("palette.list")
        self.setAccessibleName("Results")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.entries = _Model()
        self.setModel(self.entries)
        self._painter = _Painter(self.entries)
        self.setItemDelegate(self._painter)

    def show_entries(self, rows: list[Entry]) -> None:
        """Shows other ones and chooses the first, in a list as tall as they need."""
        self.entries.show(rows)
        if rows:
            self.choose(0)
        self.scrollToTop()
        headings = sum(map(self.entries.is_first, range(len(rows))))
        self.setFixedHeight(min(TALLEST, ROW * max(1, len(rows)) + HEADING * headings) + 4)

    @property
    def chosen(self) -> Entry | None:
        """The entry that Enter would take."""
        number = self.currentIndex().row()
        return self.entries.rows[number] if 0 <= number < len(self.entries.rows) else None

    def choose(self, number: int) -> None:
        """Chooses the entry at a place, or the nearest."""
        self.setCurrentIndex(self.entries.index(max(0, min(self.entries.rowCount() - 1, number))))


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Entry] = []

    def show(self, rows: list[Entry]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def is_first(self, number: int) -> bool:
        """Whether its group begins with it."""
        return number == 0 or self.rows[number - 1].group != self.rows[number].group

    def rowCount(self, _parent: Index | None = None) -> int:  # noqa: N802, Qt's name
        return len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " ".join(part for part in (entry.title, entry.detail, entry.keys, entry.reason) if part)
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, model: _Model) -> None:
        super().__init__()
        self._model = model

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802, Qt's name
        return QSize(100, ROW + (HEADING if self._model.is_first(index.row()) else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry, rect = self._model.rows[index.row()], QRect(option.rect)
        state: QStyle.StateFlag = option.state
        if self._model.is_first(index.row()):
            _draw_heading(painter, QRect(rect.left(), rect.top(), rect.width(), HEADING), entry)
            rect.setTop(rect.top() + HEADING)
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        if is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("sel"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 6, 6)
        colour = "dis" if entry.reason else "muted"
        draw_icon(painter, QRect(rect.left() + EDGE, rect.top() + 7, 16, 16), entry.icon, colour)
        inside = rect.adjusted(EDGE + 28, 0, -EDGE, 0)
        title = _title(entry)
        if entry.keys:
            inside.setRight(_draw_keys(painter, inside, entry.keys, is_chosen=is_chosen))
        else:
            room = inside.width() - round(title.lineAt(0).naturalTextWidth()) - 16
            _draw_side(painter, inside, entry.reason or entry.detail, room)
        painter.save()
        painter.setClipRect(inside)
        painter.setPen(theme().color("dis" if entry.reason else "text"))
        height = title.lineAt(0).height()
        title.draw(painter, QPointF(inside.left(), inside.top() + (inside.height() - height) / 2))
        painter.restore()


def _draw_heading(painter: QPainter, rect: QRect, entry: Entry) -> None:
    inside = rect.adjusted(EDGE, 0, -EDGE, 0)
    painter.setPen(theme().color("muted"))
    painter.setFont(font(12))
    painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, entry.count)
    painter.setFont(font(12, 600))
    painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, entry.group)


def _draw_side(painter: QPainter, rect: QRect, text: str, room: int) -> None:
    """What stands at the right; it gives way to the title."""
    painter.setFont(font(12))
    painter.setPen(theme().color("muted"))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
    painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)


def _draw_keys(painter: QPainter, rect: QRect, keys: str, *, is_chosen: bool) -> int:
    """Each stroke of a shortcut as a key of its own, from the right; returns where they begin."""
    painter.setFont(font(11))
    right = rect.right() + 1
    for stroke in reversed(keys.split(", ")):
        width = painter.fontMetrics().horizontalAdvance(stroke) + 2 * CAP_PADDING
        cap = QRectF(right - width + 0.5, rect.center().y() - CAP_HEIGHT / 2 + 0.5, width - 1, CAP_HEIGHT - 1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme().color("edge" if is_chosen else "border2"))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(theme().color("muted"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, stroke)
        right -= width + GAP
    return right


def _title(entry: Entry) -> QTextLayout:
    """The title on one line, with what was found in it."""
    layout = QTextLayout(entry.title, font(13))
    ranges = []
    for place in entry.places:
        piece = QTextLayout.FormatRange()
        piece.start, piece.length = place, 1
        form = QTextCharFormat()
        form.setForeground(QColor(theme().color("accent")))
        form.setFontWeight(600)
        piece.format = form
        ranges.append(piece)
    layout.setFormats(ranges)
    layout.beginLayout()
    layout.createLine().setLineWidth(10_000)
    layout.endLayout()
    return layout
