"""Labels to choose from, each with its key and its rows; letters go to the filter above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.widgets.painted import elide, text_width

HEIGHT = 32
NOW, LIKELY = "now", "likely"
KEYS = 9  # labels that a number key gives
_DIGITS = frozenset("123456789")
_CHOICE = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True)
class Choice:
    """One label.

    Args:
        note: `NOW` or `LIKELY`; empty for nothing to say.
        is_new: whether choosing it makes it.
    """

    name: str
    rows: int
    note: str = ""
    is_new: bool = False

    def statement(self, key: str) -> str:
        """What a screen reader says."""
        what = "new label" if self.is_new else f"{self.rows:,} rows"
        return ", ".join(filter(None, (f"{key} {self.name}".strip(), what, self.note)))


class LabelList(QListWidget):
    """Enter or a click chooses; with Ctrl or Shift several are marked, to be merged."""

    chosen = Signal(str)
    typed = Signal(str)  # a letter
    menu_wanted = Signal(QPoint)  # in screen coordinates

    def __init__(self, name: str) -> None:
        super().__init__()
        self._is_proposed = True  # the mark is ours: it doesn't count among those that a person makes
        self.setObjectName(name)
        self.setAccessibleName("Labels")
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self.itemClicked.connect(self._clicked)
        theme().changed.connect(self.viewport().update)

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Shows other labels; the likely one is marked, else the one that holds, else the first."""
        self.clear()
        for number, choice in enumerate(choices, start=1):
            item = QListWidgetItem(choice.name, self)
            item.setData(_CHOICE, choice)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, choice.statement(key_of(number)))
            item.setToolTip(choice.name)
        marked = sorted(range(len(choices)), key=lambda at: (choices[at].note != LIKELY, choices[at].note != NOW))
        self.setCurrentRow(marked[0] if marked else -1)
        self._is_proposed = True

    @property
    def marked(self) -> list[Choice]:
        """The labels that are marked and have rows, in their order."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        found = [self.item(row).data(_CHOICE) for row in rows]
        return [choice for choice in found if not choice.is_new]

    @property
    def choices(self) -> list[Choice]:
        """All labels that have rows, in their order."""
        found = [self.item(row).data(_CHOICE) for row in range(self.count())]
        return [choice for choice in found if not choice.is_new]

    def name_at(self, number: int) -> str:
        """The label with a number from 1; empty if there is none."""
        found = self.item(number - 1)
        return found.text() if found is not None else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        text = event.text()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if plain and text in _DIGITS and (item := self.item(int(text) - 1)) is not None:
            self._choose(item)
        elif plain and len(text) == 1 and text.isprintable() and not text.isspace():
            self.typed.emit(text)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (item := self.currentItem()) is not None:
            self._choose(item)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        if self._is_proposed and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.clearSelection()
        self._is_proposed = False
        super().mousePressEvent(event)

    def _clicked(self, item: QListWidgetItem) -> None:
        if QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier:
            self._choose(item)

    def _ask_for_menu(self, place: QPoint) -> None:
        self.menu_wanted.emit(self.viewport().mapToGlobal(place))

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.text())


def key_of(number: int) -> str:
    """The key that gives the label at a place; empty from the tenth on."""
    return str(number) if number <= KEYS else ""


class _Rows(QStyledItemDelegate):
    """Key, name, note and count on one line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802, Qt's name
        return QSize(160, HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        choice, shades = index.data(_CHOICE), theme()
        if not isinstance(choice, Choice):
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if is_current:
            painter.fillRect(rect, shades.color("sel"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, shades.color("hover"))
        middle = Qt.AlignmentFlag.AlignVCenter
        if key := key_of(index.row() + 1):
            cap = QRectF(rect.left() + 8.5, rect.center().y() - 9.5, 19, 19)
            painter.setPen(shades.color("edge"))
            painter.drawRoundedRect(cap, 4, 4)
            painter.setPen(shades.color("text"))
            painter.setFont(font(11))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
        right = rect.right() - 10
        count = "new" if choice.is_new else f"{choice.rows:,}"
        painter.setFont(font(12, is_tabular=True))
        painter.setPen(shades.color("muted"))
        wide = int(text_width(count, 12)) + 4
        painter.drawText(
            QRect(right - wide, rect.top(), wide, rect.height()), middle | Qt.AlignmentFlag.AlignRight, count
        )
        right -= wide + 8
        if choice.note:
            wide = int(text_width(choice.note, 12)) + 4
            painter.setFont(font(12))
            painter.setPen(shades.color("accent" if choice.note == LIKELY else "good"))
            painter.drawText(QRect(right - wide, rect.top(), wide, rect.height()), middle, choice.note)
            right -= wide + 8
        painter.setPen(shades.color("strong" if is_current else "text"))
        painter.setFont(font(13))
        left = rect.left() + 38
        painter.drawText(
            QRect(left, rect.top(), right - left, rect.height()), middle, elide(choice.name, 13, right - left)
        )
        painter.restore()
