"""A table of any length whose rows are fetched by page in the background; only the last pages stay in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFont

from app.desktop.theme.theme import theme

Cells = tuple[int, tuple[str, ...]]  # a row's own number and its one-line previews
Take = Callable[[int, Sequence[Cells]], None]
Fetch = Callable[[int, int, Take], None]
Style = Callable[[int, str], tuple[QFont | None, str]]  # of a column and a text: font, colour token
AnyIndex = QModelIndex | QPersistentModelIndex

PAGE_ROWS = 256  # source: measured, a page this long is read in 2 to 5 ms
PAGES = 64
MOST_UNDER_WAY = 2
WAITING = "…"


class PagedTable(QAbstractTableModel):
    """Rows by page. The first column is the row's own number.

    `fetch(start, count, take)` must return at once and call `take` later, in this thread.
    """

    page_loaded = Signal(int)  # first row of the page

    def __init__(self, fetch: Fetch, style: Style, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fetch, self._style = fetch, style
        self._columns: tuple[str, ...] = ()
        self.numbers: frozenset[int] = frozenset({0})  # columns that stand to the right
        self._total = 0
        self._pages: OrderedDict[int, Sequence[Cells]] = OrderedDict()
        self._wanted: list[int] = []  # the newest last: that is where the user looks now
        self._under_way: set[int] = set()
        self._stale: set[int] = set()  # pages that are shown until their new rows are there
        self._generation = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._start)

    def show_rows(self, columns: Sequence[str], total: int, first: Sequence[Cells] = ()) -> None:
        """Shows other rows; `first` are the first page's, if they are there already."""
        self.beginResetModel()
        self._generation += 1
        self._columns, self._total = tuple(columns), total
        self._pages.clear()
        self._wanted.clear()
        self._under_way.clear()
        self._stale.clear()
        if first:
            self._pages[0] = first
        self.endResetModel()

    def refresh(self) -> None:
        """Reads again what is shown: the same rows, whose cells have changed."""
        self._generation += 1
        self._wanted.clear()
        self._under_way.clear()
        self._stale = set(self._pages)
        if self._pages:
            last = self.index(self._total - 1, len(self._columns))
            self.dataChanged.emit(self.index(0, 0), last)  # views ask for what they show

    @property
    def kept_pages(self) -> int:
        """Pages that are in memory."""
        return len(self._pages)

    def number_at(self, row: int) -> int | None:
        """The row's own number, None while it isn't there."""
        found = self._row(row)
        return found[0] if found else None

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008, Qt's name
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008, Qt's name
        return 0 if parent.isValid() else len(self._columns) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802, Qt's name
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return "row" if section == 0 else self._columns[section - 1]
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            row = self._row(index.row())
            if row is None:
                return WAITING if column else f"{index.row() + 1:,}"
            return f"{row[0]:,}" if column == 0 else row[1][column - 1]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in self.numbers else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role in (Qt.ItemDataRole.FontRole, Qt.ItemDataRole.ForegroundRole):
            font, token = self._style(column, self._text(index.row(), column))
            return font if role == Qt.ItemDataRole.FontRole else theme().color(token)
        return None

    def _text(self, row: int, column: int) -> str:
        found = self._pages.get(row // PAGE_ROWS)
        return found[row % PAGE_ROWS][1][column - 1] if found and column else ""

    def _row(self, row: int) -> Cells | None:
        number, offset = divmod(row, PAGE_ROWS)
        page = self._pages.get(number)
        if page is not None:
            self._pages.move_to_end(number)
            if number in self._stale:
                self._want(number)
            return page[offset] if offset < len(page) else None
        self._want(number)
        return None

    def _want(self, number: int) -> None:
        if number not in self._under_way:
            if number in self._wanted:
                self._wanted.remove(number)
            self._wanted = [*self._wanted[-3:], number]  # pages that were scrolled past are not fetched
            if not self._soon.isActive():
                self._soon.start()

    def _start(self) -> None:
        while self._wanted and len(self._under_way) < MOST_UNDER_WAY:
            number = self._wanted.pop()
            self._under_way.add(number)
            generation = self._generation
            self._fetch(
                number * PAGE_ROWS,
                PAGE_ROWS,
                partial(self._take, generation),
            )

    def _take(self, generation: int, start: int, rows: Sequence[Cells]) -> None:
        if generation != self._generation:
            return  # of rows that are no longer shown
        number = start // PAGE_ROWS
        self._under_way.discard(number)
        self._stale.discard(number)
        self._pages[number] = rows
        while len(self._pages) > PAGES:
            self._pages.popitem(last=False)
        if rows:
            last = min(start + len(rows), self._total) - 1
            self.dataChanged.emit(self.index(start, 0), self.index(last, len(self._columns)))
        self.page_loaded.emit(start)
        if self._wanted:
            self._soon.start()
