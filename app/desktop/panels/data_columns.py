"""The table of the data view: its lines, the order of its columns, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.desktop.item_models.paged_table import PagedTable
from app.desktop.widgets.summary_header import SummaryHeader
from app.desktop.widgets.tables import list_whole_rows
from app.workbench.data_rows import Page


def row_view(model: PagedTable) -> QTableView:
    """A table of lines of one height over rows that come by page."""
    table = QTableView()
    table.setObjectName("data.table")
    table.setAccessibleName("Rows")
    header = SummaryHeader(table)
    table.setHorizontalHeader(header)
    table.setModel(model)
    list_whole_rows(table)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    header.setMinimumSectionSize(56)
    return table


def put_roles_first(table: QTableView, roles: Sequence[str]) -> None:
    """Shows what is read and what is learned before the columns that are neither."""
    header, wanted = table.horizontalHeader(), ("system", "prompt", "messages", "completion")
    ordered = sorted(range(len(roles)), key=lambda at: wanted.index(roles[at]) if roles[at] in wanted else len(wanted))
    if not any(roles):
        return
    for place, position in enumerate(ordered, start=1):
        header.moveSection(header.visualIndex(position + 1), place)


def set_widths(table: QTableView, page: Page) -> None:
    """Widths from what the first rows hold; the widest text takes what is left."""
    sample = page.rows[:50]
    lengths = [_typical([len(row.cells[at]) for row in sample]) for at in range(len(page.columns))]
    widths = [max(80, min(420, round(7.4 * max(length, len(name) + 2)) + 24))
              for length, name in zip(lengths, page.columns, strict=True)]  # fmt: skip
    header = table.horizontalHeader()
    table.setColumnWidth(0, 72)
    for position, width in enumerate(widths, start=1):
        header.setSectionResizeMode(position, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(position, width)
    widest = max(range(len(widths)), key=lambda at: lengths[at], default=None)
    if widest is not None and 72 + sum(widths) - widths[widest] + 160 < max(table.width(), 700):
        header.setSectionResizeMode(widest + 1, QHeaderView.ResizeMode.Stretch)


def _typical(lengths: Sequence[int]) -> int:
    """The length that nine of ten rows keep."""
    return sorted(lengths)[int(0.9 * (len(lengths) - 1))] if lengths else 0
