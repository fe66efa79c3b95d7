"""A matrix of counts: what was expected down, what was given across; cells can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.theme.tokens import blend, readable_on
from app.desktop.widgets.painted import Painted, Table, elide, text_width

HEAD, CELL_H, ASIDE = 40, 24, 104
CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
STRENGTHS = ((0.5, 1.0), (0.12, 0.5), (0.0, 0.35))  # from this share of the row on: how strong its colour is


class _Grid(NamedTuple):
    """Left edge, width of a cell, and whether there is room for the shares at the right."""

    left: float
    width: float
    has_aside: bool

    def cell(self, row: int, column: int) -> QRectF:
        return QRectF(self.left + column * self.width, HEAD + row * CELL_H, self.width, CELL_H).adjusted(1, 1, -1, -1)


class ConfusionMatrix(Painted):
    """The matrix; arrow keys move, Enter chooses."""

    chosen = Signal(str, str)  # expected, given

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._expected: tuple[str, ...] = ()
        self._given: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._chosen: tuple[str, str] | None = None
        self._at = (0, 0)

    def show_counts(self, expected: Sequence[str], given: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Shows counts [expected][given]."""
        self._expected, self._given = tuple(expected), tuple(given)
        self._counts = tuple(tuple(row) for row in counts)
        self._at = (0, 0)
        right = sum(self._right(row)[0] for row in range(len(self._expected)))
        total = sum(map(sum, self._counts))
        self.say(f"Confusion matrix: {right} of {total} given as expected. {self.text_of(*self._at)}")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def choose(self, cell: tuple[str, str] | None) -> None:
        """Marks a cell without telling."""
        self._chosen = cell
        if cell is not None and cell[0] in self._expected and cell[1] in self._given:
            self._at = self._expected.index(cell[0]), self._given.index(cell[1])
            self.setAccessibleDescription(self.text_of(*self._at))
        self.update()

    def text_of(self, row: int, column: int) -> str:
        """One cell in words."""
        if not self._counts:
            return ""
        return f"expected {self._expected[row]}, given {self._given[column]}: {self._counts[row][column]} rows"

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(420, HEAD + CELL_H * len(self._expected) + 4)

    def minimumSizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return QSize(300, self.sizeHint().height())

    def table(self) -> Table:
        body = [[name, *map(str, self._counts[row])] for row, name in enumerate(self._expected)]
        return [["expected", *self._given], *body]

    def _right(self, row: int) -> tuple[int, int]:
        name = self._expected[row]
        right = self._counts[row][self._given.index(name)] if name in self._given else 0
        return right, sum(self._counts[row])

    def _grid(self) -> _Grid:
        widest = max((text_width(name, 12) for name in self._expected), default=40.0)
        left = min(widest + 12, self.width() * 0.34)
        has_aside = self.width() > left + ASIDE + 26 * max(1, len(self._given))
        width = (self.width() - left - (ASIDE if has_aside else 4)) / max(1, len(self._given))
        return _Grid(left, min(width, 44.0), has_aside)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        grid = self._grid()
        left, width, has_aside = grid
        painter.setFont(font(12, 500))
        painter.setPen(theme().color("muted"))
        painter.drawText(QRectF(left, 0, 200, 18), Qt.AlignmentFlag.AlignLeft, "sent to")
        if has_aside:
            box = QRectF(left + width * len(self._given) + 12, 0, ASIDE, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "right")
        painter.setFont(font(11))
        for column, name in enumerate(self._given):
            box = QRectF(left + column * width, 20, width, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, elide(name, 11, width - 2))
        weakest = min(self._shares())
        for row in range(len(self._expected)):
            self._draw_row(painter, row, grid, weakest)
        if self.hasFocus() and self._counts:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("strong"), 1.5))
            painter.drawRoundedRect(grid.cell(*self._at), 3, 3)

    def _draw_row(self, painter: QPainter, row: int, grid: _Grid, weakest: float) -> None:
        left, width, has_aside = grid
        top = HEAD + row * CELL_H
        right, total = self._right(row)
        share = right / total if total else 0.0
        is_weakest = total > 0 and share == weakest
        painter.setFont(font(12))
        painter.setPen(theme().color("bad" if is_weakest else "text"))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        name = elide(self._expected[row], 12, left - 8)
        painter.drawText(QRectF(0, top, left - 8, CELL_H), flags, name)
        for column in range(len(self._given)):
            self._draw_cell(painter, grid.cell(row, column), row, column)
        if has_aside:
            x = left + width * len(self._given) + 12
            painter.setFont(font(12, 600, is_tabular=True))
            painter.setPen(theme().color("bad" if is_weakest else "text"))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(x, top, 44, CELL_H), flags, f"{100 * share:.0f} %")
            painter.setFont(font(12, is_tabular=True))
            painter.setPen(theme().color("muted"))
            painter.drawText(QRectF(x + 42, top, 60, CELL_H), flags, f"of {total:,}")

    def _shares(self) -> list[float]:
        pairs = [self._right(row) for row in range(len(self._expected))]
        return [right / total for right, total in pairs if total] or [0.0]

    def _draw_cell(self, painter: QPainter, rect: QRectF, row: int, column: int) -> None:
        count = self._counts[row][column]
        ground = self.cell_colour(row, column)
        is_chosen = self._chosen == (self._expected[row], self._given[column])
        painter.setPen(QPen(theme().color("strong"), 2) if is_chosen else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(rect, 3, 3)
        if count:
            is_right = self._expected[row] == self._given[column]
            painter.setPen(QColor(readable_on(ground, theme().tokens)))
            painter.setFont(font(12, 600 if is_right else 400, is_tabular=True))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, f"{count:,}")

    def cell_colour(self, row: int, column: int) -> str:
        """Ground of a cell: the accent where it is right, red where it is wrong, stronger with its share of the row."""
        tokens, count = theme().tokens, self._counts[row][column]
        if not count:
            return tokens.bg2 if theme().is_dark else tokens.bg3
        is_right = self._expected[row] == self._given[column]
        share = count / max(1, sum(self._counts[row]))
        strength = next(alpha for limit, alpha in STRENGTHS if share >= limit)
        return blend(tokens.accent if is_right else tokens.bad, tokens.bg1, strength)

    def _move(self, row: int, column: int) -> None:
        rows, columns = len(self._expected), len(self._given)
        self._at = max(0, min(rows - 1, self._at[0] + row)), max(0, min(columns - 1, self._at[1] + column))
        self.setAccessibleDescription(self.text_of(*self._at))
        self.update()

    def event(self, event: QEvent) -> bool:
        """Enter and Space belong to the matrix while it has the focus, whatever shortcuts the window has for them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in CHOOSING:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if self._counts and event.key() in moves:
            self._move(*moves[Qt.Key(event.key())])
        elif self._counts and event.key() in CHOOSING:
            self.chosen.emit(self._expected[self._at[0]], self._given[self._at[1]])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802, Qt's name
        grid = self._grid()
        for row in range(len(self._expected)):
            for column in range(len(self._given)):
                if grid.cell(row, column).contains(event.position()):
                    self._at = row, column
                    self.chosen.emit(self._expected[row], self._given[column])
                    return

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusInEvent(event)
        self.setAccessibleDescription(self.text_of(*self._at))
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusOutEvent(event)
        self.update()
