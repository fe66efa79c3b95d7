"""The same questions, asked again while a run trains: right or wrong at a few steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from app.desktop.theme.fonts import font
from app.desktop.theme.icons import icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.tables import ROW_HEIGHT, list_whole_rows
from app.workbench.run_curve import SampleRow, short

MOST_STEPS, MOST_ROWS = 4, 50


class SampleTable(QTableWidget):
    """A small table; it is filled anew only when the answers have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("run.samples")
        self.setAccessibleName("Answers to the same questions over time")
        self._shown: tuple[SampleRow, ...] = ()
        list_whole_rows(self)
        self.horizontalHeader().setToolTip("The same questions at every check, from rows that are never trained on")
        theme().changed.connect(self._recolour)

    def _recolour(self) -> None:
        self.show_rows(self._shown, is_forced=True)

    def show_rows(self, rows: Sequence[SampleRow], *, is_forced: bool = False) -> None:
        """Shows the answers at first, now, and in between."""
        rows = tuple(rows[:MOST_ROWS])
        if rows == self._shown and not is_forced:
            return
        self._shown = rows
        steps = chosen_steps(sorted({step for row in rows for step, _ in row.answers}))
        self.clear()
        self.setColumnCount(2 + len(steps))
        self.setRowCount(len(rows))
        heads = ["fixed question", "right answer", *(f"step {step:,}" for step in steps)]
        self.setHorizontalHeaderLabels(heads)
        for place, row in enumerate(rows):
            self._fill(place, row, steps)
        self.setMinimumHeight(34 + ROW_HEIGHT * min(4, len(rows)))
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, self.columnCount()):
            self.setColumnWidth(column, 118)

    def _fill(self, place: int, row: SampleRow, steps: Sequence[int]) -> None:
        self.setItem(place, 0, _item(row.prompt))
        self.setItem(place, 1, _item(row.expected, is_data=True, colour="muted"))
        answers = dict(row.answers)
        for column, step in enumerate(steps, 2):
            answer = answers.get(step, "")
            item = _item(answer, is_data=True, colour="text" if row.is_right(answer) else "muted")
            is_right = row.is_right(answer)
            item.setIcon(icon("check" if is_right else "close", "good" if is_right else "bad"))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{'right' if is_right else 'wrong'}: {answer}")
            self.setItem(place, column, item)


def chosen_steps(steps: Sequence[int]) -> list[int]:
    """At most `MOST_STEPS` of the steps, the first and the last among them."""
    if len(steps) <= MOST_STEPS:
        return list(steps)
    last = len(steps) - 1
    return [steps[round(place * last / (MOST_STEPS - 1))] for place in range(MOST_STEPS)]


def _item(text: str, *, is_data: bool = False, colour: str = "text") -> QTableWidgetItem:
    made = QTableWidgetItem(short(text, 140))
    made.setToolTip(text)
    made.setForeground(QColor(theme().color(colour)))
    made.setFont(font(12, is_mono=is_data))
    return made
