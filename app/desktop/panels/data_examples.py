"""First rows by hand: examples typed or pasted become a table, and a meter says how far they reach."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QPlainTextEdit, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import Banner, Elided, EmptyState, button, clear, column, hairline, label, row
from app.desktop.widgets.flow import Flow
from app.desktop.widgets.sides import Sides
from app.desktop.widgets.stat import Bar
from app.desktop.widgets.tab_order import follow_layouts
from app.desktop.widgets.tables import list_whole_rows
from app.workbench.bench import Workbench
from app.workbench.data_examples import CoverageLine, Example, Examples, coverage, parse_pasted
from app.workbench.data_rows import preview
from pipeline.datasets.checks.texts import RARE
from pipeline.errors import VibetuneError

WIDE = 620  # pixels from which the meter stands beside the form
SHOWN, LABELS = 100, 12  # examples in the list; labels that are a click away


class DataExamples(QWidget):
    """The form, the rows so far, and the meter."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self.key = bench, key
        self.examples = Examples(bench.project, bench.edits.steps) if bench.project is not None else None
        self._pasted: list[Example] = []
        self.setObjectName("examples.view")
        self.setProperty("surface", "panel")
        body = column(spacing=0)
        self.setLayout(body)
        if self.examples is None:
            start = button("Open the sample project", icon="mortar-board", on=partial(bench.run, "data.sample"))
            text = "Examples are kept in a project: open one first."
            body.addWidget(EmptyState("edit", "No project is open", text, start))
            return
        body.addWidget(Sides(self._form(), self._meter(), wide=WIDE, sizes=(460, 280)))
        self.examples.changed.connect(self._show)
        bench.data.changed.connect(self._file_changed)
        bench.views.layout_requested.connect(self._do)
        self._show()

    def _form(self) -> QWidget:
        self.prompt = _field("examples.prompt", "What comes in", "A message, a question, a text", 96)
        self.completion = _field("examples.completion", "What should come out", "A label, or the answer in full", 58)
        for field in (self.prompt, self.completion):
            field.installEventFilter(self)
            field.textChanged.connect(self._typed)
        self._labels = Flow(6)
        self._labels_box = QWidget()
        self._labels_box.setLayout(self._labels)
        self._add = button("Add the example", kind="primary", icon="add", name="examples.add", tip="Ctrl+Enter",
                           on=partial(self._bench.run, "data.add_example"))  # fmt: skip
        self._undo = button("Undo", icon="discard", name="examples.undo", on=partial(self._bench.run, "data.undo"))
        self._rows_button = button("Show as a table", icon="table", name="examples.open", on=self._open_rows)
        self._note = label("", "muted", wraps=True, name="examples.note")
        self._banners = column(spacing=0)
        buttons = Flow(8)
        buttons.add(self._add, self._undo, self._rows_button)
        self._list = QTableWidget(0, 2)
        self._list.setObjectName("examples.list")
        self._list.setAccessibleName("Examples so far, the newest first")
        self._list.setHorizontalHeaderLabels(["prompt", "completion"])
        list_whole_rows(self._list)
        heads = self._list.horizontalHeader()
        heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        heads.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        self._list.setColumnWidth(1, 150)
        self._list.setMinimumHeight(120)
        form = column(
            label("Examples by hand", "card-title"),
            label("Type one after the other, or paste many: two columns of a spreadsheet, CSV, JSON lines, or "
                  "“question → answer” on each line.", "muted", wraps=True),
            self._banners,
            _named("What comes in", "prompt", self.prompt),
            _named("What should come out", "completion", self.completion),
            self._labels_box, self._note, buttons, spacing=8, margins=(16, 14, 16, 12),
        )  # fmt: skip
        page = QWidget()
        whole = column(form, hairline(), spacing=0)
        whole.addWidget(self._list, 1)
        page.setLayout(whole)
        return page

    def _meter(self) -> QWidget:
        self._total = label("", "figure", name="examples.total")
        self._sentence = label("", "", wraps=True, name="examples.sentence")
        self._lines = column(spacing=10)
        self._source = label("", "muted", wraps=True, name="examples.source")
        ask = button("Say what to do with them", icon="comment-discussion", name="examples.ask", on=self._ask)
        page = QWidget()
        page.setLayout(
            column(label("Covered so far", "section"), row(self._total, None), self._sentence, self._lines,
                   self._source, row(ask, None), None, spacing=10, margins=(16, 14, 16, 12))
        )  # fmt: skip
        return page

    # showing

    @while_living
    def _show(self) -> None:
        examples = self.examples
        if examples is None:
            return
        clear(self._banners)
        if examples.error is not None:
            error = examples.error
            self._banners.addWidget(Banner("bad", error.message, error.hint, code=error.code))
        self._show_list(examples.rows)
        self._show_meter(examples)
        self._typed()

    def _show_list(self, rows: tuple[Example, ...]) -> None:
        newest = rows[::-1][:SHOWN]
        self._list.setRowCount(len(newest))
        for at, each in enumerate(newest):
            self._list.setItem(at, 0, QTableWidgetItem(preview(each.prompt)))
            self._list.setItem(at, 1, QTableWidgetItem(preview(each.completion)))
        self._rows_button.setEnabled(bool(rows))
        self._undo.setEnabled(self._bench.commands["data.undo"].why_not(self._bench) is None)

    def _show_meter(self, examples: Examples) -> None:
        found = coverage(examples.rows)
        self._total.setText(f"{found.total:,} example{'s' * (found.total != 1)}")
        self._sentence.setText(found.sentence)
        self._source.setText(found.source if found.total else "")
        clear(self._lines)
        for line in found.lines[:LABELS]:
            self._lines.addLayout(_covered(line))
        if len(found.lines) > LABELS:
            self._lines.addWidget(label(f"and {len(found.lines) - LABELS:,} more labels", "muted"))
        clear(self._labels)
        names = [line.name for line in found.lines] if found.is_labels else []
        for name in names[:LABELS]:
            chip = button(name[:40], kind="chip", name=f"examples.label.{name}", on=partial(self._choose_label, name))
            chip.setToolTip(f"Fill in {name}")
            self._labels.addWidget(chip)
        self._labels_box.setVisible(bool(names))
        follow_layouts(self)

    @while_living
    def _typed(self) -> None:
        """Says whether the text is many rows, and what is missing of one."""
        text = self.prompt.toPlainText()
        has_answer = bool(self.completion.toPlainText().strip())
        self._pasted = [] if has_answer else parse_pasted(text)
        count = len(self._pasted)
        if count:
            self._add.setText(f"Add {count:,} examples" if count > 1 else "Add the example")
            first = self._pasted[0]
            sides = f"“{preview(first.prompt)[:60]}” → “{preview(first.completion)[:40]}”"
            self._note.setText(f"Read as {count:,} row{'s' * (count != 1)}; the first: {sides}.")
        else:
            self._add.setText("Add the example")
            self._note.setText("")
        self._note.setVisible(count > 0)
        is_whole = bool(text.strip()) and has_answer
        has_file = self.examples is not None and self.examples.error is None
        self._add.setEnabled(has_file and (is_whole or count > 0))
        self._add.setAccessibleName(self._add.text())

    # acting

    def add(self) -> None:
        """Adds what stands in the fields, and makes room for the next one."""
        if self.examples is None:
            return
        prompt, completion = self.prompt.toPlainText().strip(), self.completion.toPlainText().strip()
        rows = self._pasted or ([Example(prompt, completion)] if prompt and completion else [])
        try:
            self.examples.add(rows)
        except VibetuneError as error:
            self._bench.notices.error(error)
            return
        if rows:
            self._bench.data.refresh_now()
            self.prompt.clear()
            self.completion.clear()
        self.prompt.setFocus()

    def _choose_label(self, name: str) -> None:
        self.completion.setPlainText(name)
        self._add.setFocus()

    def _open_rows(self) -> None:
        if self.examples is not None:
            self._bench.views.open("data", str(self.examples.path))

    def _ask(self) -> None:
        if self.examples is not None:
            self._bench.selection.choose_source(str(self.examples.path))
            self._bench.run("data.ask")

    @while_living
    def _file_changed(self) -> None:
        if self.examples is not None:
            self.examples.refresh()

    @while_living
    def _do(self, verb: str) -> None:
        if verb == "examples add" and self._bench.views.active.kind == "examples":
            self.add()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        """Ctrl+Enter adds from within a field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.add()
                return True
        return False


def _field(name: str, words: str, hint: str, height: int) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setObjectName(name)
    made.setAccessibleName(words)
    made.setPlaceholderText(hint)
    made.setProperty("kind", "field")
    made.setTabChangesFocus(True)
    made.setFixedHeight(height)
    return made


def _named(words: str, term: str, field: QPlainTextEdit) -> QWidget:
    title = label(words)
    title.setBuddy(field)
    made = QWidget()
    made.setLayout(column(row(title, label(term, "term"), None), field, spacing=3))
    return made


def _covered(line: CoverageLine) -> QVBoxLayout:
    bar = Bar("good" if not line.missing else "warn" if line.count < RARE else "accent")
    bar.set_fraction(line.count / line.wanted)
    bar.setAccessibleName(f"{line.name}: {line.sentence}")
    return column(Elided(line.name, "strong"), bar, label(line.sentence, "muted", wraps=True), spacing=3)
