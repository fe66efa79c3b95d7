"""Things side by side that go on in the next line where the width ends; what expands takes what is left of its line."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QWidget, QWidgetItem

LEAST_ELIDED = 96  # pixels that a text which can be shortened keeps
LEAST_ITEM = 160  # pixels below which nothing is asked to shrink


class Flow(QLayout):
    """A layout as high as its lines."""

    def __init__(self, spacing: int = 6, margins: int | tuple[int, int, int, int] = 0) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._known: dict[QLayoutItem, tuple[int, bool]] = {}  # until something changes: Qt asks many times
        self._heights: dict[int, int] = {}
        self.setSpacing(spacing)
        around = (margins,) * 4 if isinstance(margins, int) else margins
        self.setContentsMargins(*around)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802, Qt's name
        """Keeps an item of our own for a widget: Qt may delete its item while Python still holds on to it."""
        widget = item.widget()
        self._items.append(item if widget is None else QWidgetItem(widget))

    def add(self, *items: QWidget | None) -> None:
        """Adds widgets; None takes what is left of a line."""
        for item in items:
            if item is None:
                self.add_stretch()
            else:
                self.addWidget(item)

    def insert(self, place: int, widget: QWidget) -> None:
        """Puts a widget before the item at a place."""
        self.addChildWidget(widget)
        self._items.insert(place, QWidgetItem(widget))
        self.invalidate()

    def add_stretch(self) -> None:
        """Takes what is left of the line that it falls into."""
        self.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum))

    def invalidate(self) -> None:
        """Qt's: an item wants another size, or is shown or hidden."""
        self._known, self._heights = {}, {}
        super().invalidate()

    def _wish(self, item: QLayoutItem) -> int:
        return self._wants(item)[0]

    def _wants(self, item: QLayoutItem) -> tuple[int, bool]:
        """The width that an item wants, and whether it takes more."""
        found = self._known.get(item)
        if found is None:
            found = self._known[item] = _wish(item), _grows(item)
        return found

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802, Qt's name
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802, Qt's name
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802, Qt's name
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802, Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802, Qt's name
        found = self._heights.get(width)
        if found is None:
            found = self._heights[width] = self._place(QRect(0, 0, width, 0), moves=False)
        return found

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        around = self.contentsMargins()
        shown = self._shown()
        width = sum(self._wish(item) for item in shown) + self.spacing() * max(0, len(shown) - 1)
        least = self.minimumSize()
        return QSize(max(least.width(), width + around.left() + around.right()), least.height())

    def minimumSize(self) -> QSize:  # noqa: N802, Qt's name
        size, around = QSize(), self.contentsMargins()
        for item in self._shown():
            size = size.expandedTo(QSize(min(LEAST_ITEM, self._wish(item)), item.sizeHint().height()))
        return size + QSize(around.left() + around.right(), around.top() + around.bottom())

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802, Qt's name
        super().setGeometry(rect)
        self._place(rect, moves=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if (widget := item.widget()) is None or not widget.isHidden()]

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = [[]]
        used = 0
        for item in self._shown():
            wish = min(self._wish(item), width)
            if lines[-1] and used + self.spacing() + wish > width and wish:
                is_held = isinstance(lines[-1][-1], QSpacerItem)  # what stands at the right stays there
                lines.append([lines[-1].pop()] if is_held else [])
                used = 0
            used += wish + (self.spacing() if lines[-1] else 0)
            lines[-1].append(item)
        return [line for line in lines if line]

    def _place(self, rect: QRect, *, moves: bool) -> int:
        around = self.contentsMargins()
        inside = rect.adjusted(around.left(), around.top(), -around.right(), -around.bottom())
        top = inside.top()
        for number, line in enumerate(self._lines(max(1, inside.width()))):
            top += self.spacing() if number else 0
            widths = self._widths(line, inside.width() - self.spacing() * (len(line) - 1))
            height = max(_height(item, width) for item, width in zip(line, widths, strict=True))
            if moves:
                self._set_line(line, widths, QRect(inside.left(), top, inside.width(), height))
            top += height
        return top + around.bottom() - rect.top()

    def _widths(self, line: list[QLayoutItem], room: int) -> list[int]:
        widths = [min(self._wish(item), room) for item in line]
        left = room - sum(widths)
        growing = [place for place, item in enumerate(line) if self._wants(item)[1]]
        for number, place in enumerate(growing):
            share = left // (len(growing) - number)
            most = line[place].maximumSize().width()
            taken = max(0, min(share, most - widths[place]))
            widths[place] += taken
            left -= taken
        return widths

    def _set_line(self, line: list[QLayoutItem], widths: list[int], place: QRect) -> None:
        left = place.left()
        for item, width in zip(line, widths, strict=True):
            height = _height(item, width)
            item.setGeometry(QRect(QPoint(left, place.top() + (place.height() - height) // 2), QSize(width, height)))
            left += width + self.spacing()


def _wish(item: QLayoutItem) -> int:
    """The width that an item wants; a text that can be shortened wants no more than a few words."""
    widget = item.widget()
    if widget is None or widget.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Ignored:
        return item.sizeHint().width()
    return max(widget.minimumWidth(), min(LEAST_ELIDED, widget.sizeHint().width()))


def _grows(item: QLayoutItem) -> bool:
    widget = item.widget()
    if widget is not None and widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored:
        return True
    return bool(item.expandingDirections() & Qt.Orientation.Horizontal)


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def flow(*items: QWidget | None, spacing: int = 8, margins: int | tuple[int, int, int, int] = 0) -> QWidget:
    """Widgets in lines, as one widget; None takes what is left of its line."""
    made, lines = QWidget(), Flow(spacing, margins)
    lines.add(*items)
    made.setLayout(lines)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made
