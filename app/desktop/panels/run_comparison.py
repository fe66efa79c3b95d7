"""Runs side by side: their curves over each other, and every setting that differs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QSplitter,
    QStackedLayout,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.desktop.living import while_living
from app.desktop.runs.curves import CHOICES
from app.desktop.theme.fonts import font
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import EmptyState, Segmented, button, column, hairline, label
from app.desktop.widgets.curve import CurveView, Line
from app.desktop.widgets.flow import flow
from app.desktop.widgets.tables import list_whole_rows
from app.workbench.actions.runs import compared_runs
from app.workbench.bench import Workbench
from app.workbench.quantities import duration
from app.workbench.run_row import RunRow
from app.workbench.run_words import pill

SERIES = {"unseen rows": "validation_loss", "training rows": "loss", "speed": "tokens_per_s"}
COLOURS = ("accent", "num", "cyan", "kw", "str_")
DIFFERENT, ALL = "What differs", "Everything"


class RunComparison(QWidget):
    """The chosen run and those chosen beside it."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._shown: list[list[str]] = []
        self._series = Segmented(list(SERIES), "unseen rows", name="compare.series")
        self._which = Segmented([DIFFERENT, ALL], DIFFERENT, name="compare.which")
        self._series.chosen.connect(lambda _value: self._show())
        self._which.chosen.connect(lambda _value: self._show())
        self._title = label("", "card-title", name="compare.title")
        self._curve = CurveView()
        self._curve.setObjectName("compare.curve")
        self._table = self._make_table()
        over = button("Choose runs", icon="list-unordered", name="compare.choose", on=lambda: bench.views.open("runs"))
        head = flow(self._title, None, self._series, self._which, over, margins=(16, 10, 16, 10))
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self._curve)
        split.addWidget(self._table)
        split.setSizes([380, 320])
        body = QWidget()
        body.setLayout(column(head, hairline(), split, spacing=0))
        choose = button("Choose runs", icon="list-unordered", on=lambda: bench.views.open("runs"))
        self._pages = QStackedLayout()
        self._pages.addWidget(
            EmptyState(
                "git-compare", "Select two runs", "Hold Ctrl in the list of runs and click the second one.", choose
            )
        )
        self._pages.addWidget(body)
        self.setLayout(self._pages)
        bench.selection.changed.connect(self._selected)
        bench.runs.changed.connect(self._show)
        bench.runs.progressed.connect(self._selected)
        theme().changed.connect(self._repaint)
        self._show()

    def _make_table(self) -> QTableWidget:
        made = QTableWidget()
        made.setObjectName("compare.table")
        made.setAccessibleName("Settings and results of the runs side by side")
        list_whole_rows(made)
        made.setMinimumHeight(150)
        return made

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._show()

    @while_living
    def _repaint(self) -> None:
        self._shown = []
        self._show()

    @while_living
    def _selected(self, _what: str) -> None:
        self._show()

    @while_living
    def _show(self) -> None:
        if not self.isVisible() and self._shown:
            return
        names = compared_runs(self._bench)
        rows = [found for name in names if (found := self._bench.runs.get(name)) is not None]
        self._pages.setCurrentIndex(1 if len(rows) > 1 else 0)
        if len(rows) < 2:
            return
        self._title.setText(f"{len(rows)} runs side by side")
        series = SERIES[self._series.value]
        lines = []
        for place, found in enumerate(rows):
            style = "noisy" if series != "validation_loss" else "dots"
            points = self._bench.runs.curve(found.name).series(series)
            lines.append(Line(found.short_name, points, COLOURS[place % len(COLOURS)], style, CHOICES.get(series, "")))  # type: ignore[arg-type]
        self._curve.show_lines(lines)
        self._show_table(rows)

    def _show_table(self, rows: list[RunRow]) -> None:
        plans = [self._bench.runs.plan_values(found.name) or {} for found in rows]
        fields = list(dict.fromkeys(name for plan in plans for name in plan))
        lines = [[name, *(plan.get(name, "–") for plan in plans)] for name in fields]
        if self._which.value == DIFFERENT:
            lines = [line for line in lines if len(set(line[1:])) > 1]
        lines = [*_results(rows), *lines]
        if lines == self._shown:
            return
        self._shown = lines
        table = self._table
        table.clear()
        table.setColumnCount(1 + len(rows))
        table.setRowCount(len(lines))
        table.setHorizontalHeaderLabels(["", *(found.short_name for found in rows)])
        for place, line in enumerate(lines):
            differs = len(set(line[1:])) > 1
            for number, text in enumerate(line):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setFont(font(12, 600 if differs and number else 400, is_mono=number == 0))
                item.setForeground(QColor(theme().color("muted" if number == 0 or not differs else "strong")))
                table.setItem(place, number, item)
        for number in range(table.columnCount()):
            table.horizontalHeader().setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)


def _results(rows: list[RunRow]) -> list[list[str]]:
    def loss(found: RunRow) -> str:
        return f"{found.validation_loss:.3g}" if found.validation_loss is not None else "–"

    def measured(found: RunRow) -> str:
        if found.verdict is None or found.verdict.value is None:
            return "not measured"
        return f"{100 * found.verdict.value:.1f} % {found.verdict.metric}"

    return [
        ["state", *(pill(found)[0] for found in rows)],
        ["measured", *(measured(found) for found in rows)],
        ["loss on unseen rows", *(loss(found) for found in rows)],
        ["time", *(duration(found.elapsed_s) for found in rows)],
        ["data", *(found.dataset for found in rows)],
    ]
