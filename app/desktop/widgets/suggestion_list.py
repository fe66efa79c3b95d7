"""The list below the caret from which a word is chosen without the editor losing the focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem
from PySide6.QtWidgets import QWidget as Widget

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import column

ROW, WIDTH, SHOWN = 26, 440, 9
_DATA = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Choice:
    """One word: how it is listed, what is inserted, what it means, its icon."""

    text: str
    insert: str
    detail: str = ""
    icon: str = "symbol-field"


class _Row(QStyledItemDelegate):
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        choice: Choice = index.data(_DATA)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme().color("sel"))
        draw_icon(painter, QRect(rect.left() + 8, rect.top() + 5, 16, 16), choice.icon, "accent")
        painter.setFont(font(13, is_mono=True))
        painter.setPen(theme().color("strong"))
        name = rect.adjusted(32, 0, -8, 0)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, choice.text)
        used = painter.fontMetrics().horizontalAdvance(choice.text) + 16
        painter.setFont(font(12))
        painter.setPen(theme().color("muted"))
        rest = name.adjusted(used, 0, 0, 0)
        detail = painter.fontMetrics().elidedText(choice.detail, Qt.TextElideMode.ElideRight, max(0, rest.width()))
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, detail)
        painter.restore()

    def sizeHint(  # noqa: N802, Qt's name
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(WIDTH - 12, ROW)


class SuggestionList(QFrame):
    """Shown over an editor; the editor hands it its keys."""

    chosen = Signal(object)

    def __init__(self, editor: Widget) -> None:
        super().__init__(editor)
        self.setProperty("kind", "popup")
        self.setObjectName("editor.suggestions")
        self._list = QListWidget()
        self._list.setItemDelegate(_Row(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName("Suggestions")
        self._list.itemClicked.connect(self._choose)
        self.setLayout(column(self._list, margins=4))
        self.hide()

    def fill(self, choices: Sequence[Choice]) -> None:
        """Shows these; the first is current."""
        self._list.clear()
        for choice in choices:
            item = QListWidgetItem(choice.text)
            item.setData(_DATA, choice)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, choice.detail)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self.resize(WIDTH, min(len(choices), SHOWN) * ROW + 14)

    @property
    def texts(self) -> list[str]:
        """What is listed."""
        return [self._list.item(number).text() for number in range(self._list.count())]

    def take_key(self, event: QKeyEvent) -> bool:
        """Whether the key was for the list."""
        if not self.isVisible():
            return False
        key = event.key()
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: SHOWN, Qt.Key.Key_PageUp: -SHOWN}
        if key in moves:
            last = self._list.count() - 1
            self._list.setCurrentRow(max(0, min(last, self._list.currentRow() + moves[Qt.Key(key)])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and self._list.currentItem() is not None:
            self._choose(self._list.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            return False
        return True

    def _choose(self, item: QListWidgetItem) -> None:
        self.hide()
        self.chosen.emit(item.data(_DATA))
