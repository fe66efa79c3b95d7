"""What an evaluation found: the sentence, the opponents, where answers went, which changed, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QTableView,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.desktop.living import while_living
from app.desktop.runs.answers import AnswerDelegate, AnswerRows
from app.desktop.runs.verdict_side import VerdictSide
from app.desktop.runs.verdict_text import coloured, opponent_row, whole_text
from app.desktop.theme.icons import icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import (
    Banner,
    EmptyState,
    Skeleton,
    button,
    clear,
    column,
    hairline,
    label,
    row,
    scrolled,
)
from app.desktop.widgets.confusion_matrix import ConfusionMatrix
from app.desktop.widgets.flow import Flow
from app.desktop.widgets.interval_rows import IntervalRow, IntervalRows
from app.desktop.widgets.sides import Sides, Turning
from app.desktop.widgets.stat import Bar
from app.desktop.widgets.tab_order import follow_layouts
from app.desktop.widgets.tables import list_whole_rows
from app.workbench.actions.verdicts import choose_cell, chosen_answer, chosen_cell, chosen_changes, listed_answers
from app.workbench.bench import Workbench
from app.workbench.run_row import RunRow
from app.workbench.run_words import OUTCOME_SIGNS, progress, time_left
from app.workbench.verdict_parts import ADAPTER, VerdictReading
from pipeline.errors import VibetuneError

WIDE, TWO_PICTURES = 960, 640  # pixels from which the side, and the matrix, stand at the right
COLUMNS = ("base", "base+prompt")  # opponents whose answers stand beside the adapter's
COMMANDS = {"fixed": "fixed", "closer": "fixed", "broken": "broken", "further off": "broken"}
COMMANDS |= {"both wrong": "both_wrong", "as close": "both_wrong", "both right": "both_right"}


class VerdictView(QWidget):
    """The verdict on the run whose name is the key."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._run = bench, key
        self._reading: VerdictReading | None = None
        self._metric = ""
        self._is_following = False
        self._pages = QStackedLayout()
        self._pages.addWidget(Skeleton(8))
        self._pages.addWidget(self._build_waiting())
        self._pages.addWidget(self._build())
        self.setLayout(self._pages)
        bench.runs.changed.connect(self._show)
        bench.runs.progressed.connect(self._progressed)
        bench.adapters.changed.connect(self._show_side)
        bench.selection.changed.connect(self._selected)
        theme().changed.connect(self._repaint)
        self._show()

    # building

    def _build_waiting(self) -> QWidget:
        bench = self._bench
        evaluate = button("Evaluate", icon="graph", kind="primary", name="verdict.evaluate")
        evaluate.clicked.connect(lambda: bench.run("run.evaluate"))
        self._empty = EmptyState(
            "graph",
            "Not measured yet",
            "The adapter and its base answer the same test rows, which neither was trained on.",
            evaluate,
        )
        self._doing, self._bar = label("", "section", name="verdict.progress"), Bar()
        self._left = label("", "muted")
        self._measuring = QWidget()
        self._measuring.setLayout(
            column(None, label("Measuring", "card-title"), self._doing, self._bar, self._left, None, margins=60)
        )
        self._problem = QVBoxLayout()
        made = QWidget()
        made.setLayout(column(self._problem, self._empty, self._measuring, margins=16))
        return made

    def _build(self) -> QWidget:
        main = QSplitter(Qt.Orientation.Vertical)
        main.addWidget(scrolled(self._build_pictures(), name="verdict.pictures"))
        main.addWidget(self._build_answers())
        main.setStretchFactor(0, 3)
        main.setStretchFactor(1, 2)
        main.setSizes([500, 260])
        self._side = VerdictSide(self._bench)
        parts = Sides(main, scrolled(self._side, name="verdict.side"), wide=WIDE, sizes=(960, 360))
        made = QWidget()
        box = column(self._build_head(), hairline(), spacing=0)
        box.addWidget(parts, 1)
        made.setLayout(box)
        return made

    def _build_head(self) -> QWidget:
        self._sign = QLabel()
        self._headline = label("", "figure", wraps=True, name="verdict.headline")
        self._headline.setTextFormat(Qt.TextFormat.RichText)
        self._rest = label("", "", wraps=True, name="verdict.rest")
        self._gates = Flow(8)
        copy = button("Copy as text", icon="copy", name="verdict.copy", on=lambda: self._bench.run("verdict.copy"))
        report = button("Full report", icon="file-text", name="verdict.report")
        report.clicked.connect(lambda: self._bench.run("verdict.report"))
        line = row(spacing=14, margins=(20, 14, 16, 12))
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(column(self._headline, self._rest, self._gates, spacing=6), 1)
        line.addLayout(column(copy, report, None))
        made = QWidget()
        made.setLayout(line)
        return made

    def _build_pictures(self) -> QWidget:
        self._opponents, self._places, self._matrix = IntervalRows(), IntervalRows(), ConfusionMatrix()
        self._opponents.setObjectName("verdict.opponents")
        self._matrix.setObjectName("verdict.matrix")
        self._places.setObjectName("verdict.places")
        self._matrix.chosen.connect(lambda one, other: choose_cell(self._bench, one, other))
        self._metrics = Flow(6)
        left = QWidget()
        inside = column(
            row(label("Against whom", "section"), None, label("paired bootstrap, 95 %", "term")),
            self._metrics,
            self._opponents,
            None,
            margins=(16, 12, 16, 12),
        )
        left.setLayout(inside)
        self._places_head = row(label("Weakest places", "section"), None, label("dashed: all rows", "muted"))
        self._right = QWidget()
        self._right.setLayout(
            column(
                row(label("Where the messages went", "section"), None, label("confusion matrix", "term")),
                self._matrix,
                hairline(),
                self._places_head,
                self._places,
                None,
                margins=(16, 12, 16, 12),
            )
        )
        return Turning(left, self._right, wide=TWO_PICTURES)

    def _build_answers(self) -> QWidget:
        self._chips: dict[str, QPushButton] = {}
        self._chip_row = Flow(6, (16, 8, 16, 6))
        self._keys = label("J K to move, Enter opens the row", "muted")
        self._cell = button("", icon="close", kind="chip", name="verdict.cell")
        self._cell.clicked.connect(lambda: self._bench.run("verdict.all_cells"))
        self._model = AnswerRows(self)
        table = QTableView()
        table.setObjectName("verdict.answers")
        table.setAccessibleName("Answers of the adapter and of the base")
        table.setModel(self._model)
        table.setItemDelegate(AnswerDelegate(table))
        list_whole_rows(table)
        table.setMouseTracking(True)
        table.setMinimumHeight(150)
        table.selectionModel().currentRowChanged.connect(lambda now, _old: self._row_chosen(now.row()))
        table.doubleClicked.connect(lambda _index: self._bench.run("verdict.open_answer"))
        self._table = table
        self._whole = QTextBrowser()
        self._whole.setObjectName("verdict.whole")
        self._whole.setAccessibleName("The whole row and all answers to it")
        self._whole.setMinimumWidth(220)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(table)
        both.addWidget(self._whole)
        both.setSizes([640, 320])
        self._chip_row.add(label("Changed answers", "section"), self._cell, None, self._keys)
        head = QWidget()
        head.setLayout(self._chip_row)
        made = QWidget()
        made.setLayout(column(hairline(), head, row(both, margins=(10, 0, 0, 0)), spacing=0))
        return made

    # reacting

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._show()

    @while_living
    def _progressed(self, name: str) -> None:
        if name == self._run:
            self._show()

    @while_living
    def _repaint(self) -> None:
        if self._reading is not None:
            self._show_head(self._reading)
        self._table.viewport().update()

    @while_living
    def _selected(self, what: str) -> None:
        if self._reading is None or not self.isVisible():
            return
        if what in {"changes", "cell"}:
            self._show_answers(self._reading)
        elif what in {"answer", "whole"}:
            self._show_chosen(self._reading)

    def _row_chosen(self, place: int) -> None:
        if not self._is_following and 0 <= place < len(self._model.answers):
            self._bench.selection.set("answer", self._model.answers[place].row)

    # showing

    @while_living
    def _show(self) -> None:
        if not self.isVisible() and self._reading is not None:
            return
        found = self._bench.runs.get(self._run)
        if found is None:
            self._pages.setCurrentIndex(0)
            return
        if found.verdict is None or found.state == "measuring":
            self._show_waiting(found, None)
            return
        reading = self._bench.runs.verdict(self._run)
        if reading is None:
            self._pages.setCurrentIndex(0)
        elif isinstance(reading, VibetuneError):
            self._show_waiting(found, reading)
        else:
            self._pages.setCurrentIndex(2)
            if reading is not self._reading:
                self._show_reading(reading)
            self._side.show_verdict(found, reading)

    @while_living
    def _show_side(self) -> None:
        found = self._bench.runs.get(self._run)
        if found is not None and self._reading is not None and self.isVisible():
            self._side.show_verdict(found, self._reading)

    def _show_waiting(self, found: RunRow, error: VibetuneError | None) -> None:
        self._pages.setCurrentIndex(1)
        is_measuring = found.state == "measuring"
        self._measuring.setVisible(is_measuring)
        self._empty.setVisible(not is_measuring)
        self._doing.setText(progress(found))
        self._left.setText(time_left(found))
        self._bar.set_fraction(found.fraction or 0.0)
        told = (error.code, error.message, error.hint) if error is not None else found.error
        clear(self._problem)
        if told is not None and not is_measuring:
            self._problem.addWidget(Banner("bad", told[1], told[2], code=told[0]))

    def _show_reading(self, reading: VerdictReading) -> None:
        self._reading = reading
        self._metric = self._metric if self._metric in reading.metrics else next(iter(reading.metrics), "")
        self._show_head(reading)
        self._show_metrics(reading)
        self._show_opponents(reading)
        self._right.setVisible(reading.matrix is not None)
        if reading.matrix is not None:
            matrix = reading.matrix
            self._matrix.show_counts(matrix.expected, matrix.given, matrix.counts)
            self._show_places(reading)
        self._make_chips(reading)
        self._show_answers(reading)
        follow_layouts(self)

    def _show_head(self, reading: VerdictReading) -> None:
        name, colour = OUTCOME_SIGNS.get(reading.outcome, ("question", "muted"))
        self._sign.setPixmap(icon(name, colour).pixmap(28, 28))
        self._sign.setAccessibleName(reading.outcome)
        self._headline.setText(coloured(reading.headline, colour))
        self._headline.setAccessibleName(reading.headline)
        self._rest.setText(reading.rest)
        clear(self._gates)
        if reading.gates:
            self._gates.addWidget(label("Conditions", "muted"))
        for gate in reading.gates:
            sign, kind = {True: ("✓", "pill-good"), False: ("×", "pill-bad"), None: ("?", "pill-warn")}[gate.passed]
            pill = label(f"{sign} {gate.text}", kind)
            pill.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            pill.setMinimumHeight(22)
            pill.setToolTip(f"measured: {gate.measured} points")
            self._gates.addWidget(pill)

    def _show_metrics(self, reading: VerdictReading) -> None:
        clear(self._metrics)
        for name in reading.metrics:
            chip = button(reading.metric_titles[name], kind="chip", name=f"verdict.metric.{name}")
            chip.setCheckable(True)
            chip.setChecked(name == self._metric)
            chip.clicked.connect(lambda _checked=False, name=name: self._choose_metric(name))
            self._metrics.addWidget(chip)

    def _choose_metric(self, name: str) -> None:
        self._metric = name
        if self._reading is not None:
            self._show_metrics(self._reading)
            self._show_opponents(self._reading)
            follow_layouts(self)

    def _show_opponents(self, reading: VerdictReading) -> None:
        found = self._bench.runs.get(self._run)
        address = found.adapter if found is not None and found.adapter else "as it is served"
        rows = [opponent_row(each, self._metric, address) for each in reading.contenders if self._metric in each.values]
        title = reading.metric_titles.get(self._metric, self._metric)
        self._opponents.show_rows(rows, head=f"{title} on {reading.n:,} rows (95 % CI)", aside_head="leads by, points")

    def _show_places(self, reading: VerdictReading) -> None:
        rows = []
        for place, each in enumerate(reading.places):
            interval = f"{100 * each.value:.0f} % ({100 * each.low:.0f} to {100 * each.high:.0f})"
            colour = "bad" if place == 0 else "muted"
            rows.append(IntervalRow(each.title, each.note, each.value, each.low, each.high, "", interval, colour))
        overall = sum(each.given[ADAPTER][1] for each in reading.answers) / max(1, len(reading.answers))
        self._places.show_rows(rows, reference=overall, has_scale=False)

    def _make_chips(self, reading: VerdictReading) -> None:
        for chip in self._chips.values():
            self._chip_row.removeWidget(chip)
            chip.deleteLater()
        self._chips = {}
        for place, change in enumerate(reading.changes, 1):
            command = f"verdict.{COMMANDS[change]}"
            chip = button(f"{change} {reading.count(change):,}", kind="chip", name=f"verdict.chip.{COMMANDS[change]}")
            chip.setCheckable(True)
            chip.clicked.connect(lambda _checked=False, command=command: self._toggle(command))
            self._chips[change] = chip
            self._chip_row.insert(place, chip)

    def _toggle(self, command: str) -> None:
        self._bench.run(command)
        if self._reading is not None:
            self._show_answers(self._reading)

    def _show_answers(self, reading: VerdictReading) -> None:
        shown, cell = chosen_changes(self._bench), chosen_cell(self._bench)
        for change, chip in self._chips.items():
            chip.setChecked(cell is None and change in shown)
        self._matrix.choose(cell)
        self._cell.setVisible(cell is not None)
        if cell is not None:
            self._cell.setText(f"{cell[0]} sent to {cell[1]}")
            self._cell.setAccessibleName(f"Showing {cell[0]} sent to {cell[1]}; press to show all")
        models = [name for name in COLUMNS if any(each.model == name for each in reading.contenders)]
        answers = listed_answers(self._bench, reading)
        self._is_following = True
        self._model.show(answers, [*models, ADAPTER], has_signs=reading.matrix is not None)
        self._is_following = False
        header = self._table.horizontalHeader()
        for section in range(self._model.columnCount()):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Interactive)
            self._table.setColumnWidth(section, 124)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        if reading.matrix is None:
            for section in range(1, self._model.columnCount()):
                header.setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
        self._show_chosen(reading)

    def _show_chosen(self, reading: VerdictReading) -> None:
        is_whole = bool(self._bench.selection.get("whole"))
        self._whole.setVisible(is_whole)
        if not self._model.answers:
            self._whole.setPlainText("No answer of this kind.")
            return
        place = chosen_answer(self._bench, reading)
        self._is_following = True
        if self._bench.selection.get("answer"):
            index = self._model.index(place, 0)
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self._table.selectionModel().setCurrentIndex(index, flags)
            self._table.scrollTo(index)
        self._is_following = False
        if is_whole:
            self._whole.setPlainText(whole_text(self._model.answers[place], has_signs=self._model.has_signs))
