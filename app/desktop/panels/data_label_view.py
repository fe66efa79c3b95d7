"""Labelling by keyboard: one row at a time, why it is asked about, and a key for each label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QSplitter, QStackedWidget, QWidget

from app.desktop.living import while_living
from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import Banner, EmptyState, Picture, button, clear, column, hairline, label, row
from app.desktop.widgets.chips import choice_chips, claims_escape
from app.desktop.widgets.flow import Flow
from app.desktop.widgets.label_list import LIKELY, NOW, Choice, LabelList
from app.desktop.widgets.stat import Bar
from app.desktop.widgets.turns import Turns
from app.workbench.bench import Workbench
from app.workbench.data_labelling import Labelling
from app.workbench.data_labels import KIND_NAMES, LabelItem
from app.workbench.data_merging import SHOWN
from app.workbench.data_rows import RowDetail
from pipeline.datasets.cell import label_key
from pipeline.datasets.checks.doubts import DoubtKind
from pipeline.datasets.problem import listed
from pipeline.errors import VibetuneError

ALL = "All to look at"


class DataLabelView(QWidget):
    """`key` is a data file's path."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self.key = bench, key
        self.work = Labelling(bench, _absolute(bench, key))
        self._shown: tuple[LabelItem | None, str] = (None, "")  # row and label
        self.setObjectName("labels.view")
        self.setProperty("surface", "panel")
        self._assemble()
        self.work.changed.connect(self._show)
        self.work.failed.connect(self._show_error)
        bench.edits.changed.connect(self._edits_changed)
        bench.views.layout_requested.connect(self._do)
        self.work.load()

    def _assemble(self) -> None:
        self._columns = QComboBox()
        self._columns.setObjectName("labels.column")
        self._columns.setAccessibleName("Column that the labels go to")
        self._columns.textActivated.connect(self.work.load)
        self._chips = choice_chips(self, ALL, KIND_NAMES, "labels.kind", self._choose_kind)
        bar = Flow(8, (12, 8, 12, 8))
        bar.add(label("Labels in", "muted"), self._columns)
        bar.add(*self._chips.values())
        self._progress = label("", "muted", name="labels.progress")
        again = button(
            "Look again", icon="refresh", name="labels.again", on=partial(self._bench.run, "data.label_again")
        )
        bar.add(None, self._progress, again)
        self._bar = Bar("good", 3)
        self._banners = column(spacing=0)
        self._stack = QStackedWidget()
        self._done = EmptyState("pass", "Nothing to label", "")
        self._done_text = label("", "muted", wraps=True, name="labels.done")
        self._stack.addWidget(self._row_area())
        self._stack.addWidget(self._nothing())
        body = column(spacing=0)
        body.addLayout(bar)
        body.addWidget(self._bar)
        body.addLayout(self._banners)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(self._stack)
        across.addWidget(self._label_side())
        across.setStretchFactor(0, 1)
        across.setSizes([520, 260])
        across.setChildrenCollapsible(False)
        body.addWidget(across, 1)
        self.setLayout(body)

    def _row_area(self) -> QWidget:
        self._title = label("", "section", name="labels.title")
        self._place = label("", "muted", name="labels.place")
        self._sign, self._why = Picture("info", "accent"), label("", "", wraps=True, name="labels.why")
        why = row(spacing=8, margins=(16, 8, 16, 0))
        why.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        why.addWidget(self._why, 1)
        self.turns = Turns("labels.row")
        left = QWidget()
        head = Flow(8, (16, 8, 16, 0))
        head.add(self._title, None, self._place)
        inside = column(head, why, spacing=0)
        inside.addWidget(self.turns, 1)
        left.setLayout(inside)
        left.setMinimumWidth(190)
        return left

    def _label_side(self) -> QWidget:
        self.field = QLineEdit()
        self.field.setObjectName("labels.filter")
        self.field.setAccessibleName("Find or add a label")
        self.field.setPlaceholderText("Find or add a label")
        self.field.addAction(icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.textChanged.connect(self._show_choices)
        self.field.installEventFilter(self)
        self.names = LabelList("labels.names")
        self.names.chosen.connect(self._label)
        self.names.typed.connect(self._type)
        self.names.menu_wanted.connect(self._offer_merge)
        skip = button("Skip", icon="arrow-right", name="labels.skip", tip="Right arrow",
                      on=partial(self._bench.run, "data.label_skip"))  # fmt: skip
        back = button(
            "Undo", icon="discard", name="labels.undo", tip="Ctrl+Z", on=partial(self._bench.run, "data.undo")
        )
        buttons = Flow(8, (12, 8, 12, 10))
        merge = button("Merge …", icon="combine", name="labels.merge", on=partial(self._bench.run, "data.merge_labels"),
                       tip="Ctrl+M: the labels that are marked; Ctrl or Shift marks several")  # fmt: skip
        buttons.add(skip, back, merge)
        right = QWidget()
        inside = column(row(self.field, margins=(12, 8, 12, 8)), hairline(), spacing=0)
        inside.addWidget(self.names, 1)
        inside.addWidget(hairline())
        inside.addLayout(buttons)
        right.setLayout(inside)
        right.setMinimumWidth(200)
        return right

    def _nothing(self) -> QWidget:
        open_rows = button("Show the rows", icon="table", name="labels.open", on=self._open_rows)
        page = QWidget()
        page.setLayout(column(None, row(None, Picture("pass", "good", 40), None), row(None, self._done_text, None),
                              row(None, open_rows, None), None, spacing=10, margins=24))  # fmt: skip
        self._done_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._done_text.setMinimumWidth(180)
        return page

    # showing

    @while_living
    def _show(self) -> None:
        queue = self.work.queue
        if queue is None:
            return
        clear(self._banners)
        if queue.note:
            self._banners.addWidget(Banner("info", queue.note))
        if queue.is_new and self.work.labels:
            write = button("Write the file with its edits", icon="save-as", name="labels.write", on=self._write)
            title = f"“{queue.column}” is a new column, which the file itself lacks."
            self._banners.addWidget(Banner("info", title, "A plan is made from a file that has it.", write))
        self._columns.clear()
        self._columns.addItems(queue.columns)
        self._columns.setCurrentText(queue.column)
        self._show_counts()
        item = self.work.current
        self._stack.setCurrentIndex(0 if item is not None and self.work.items else 1)
        if item is None:
            self._shown = (None, "")
            self._done_text.setText(_nothing_left(queue.rows, queue.unlabelled, bool(queue.note)))
            self._show_choices()
            return
        self._show_row(item)
        self._show_choices()

    def _show_counts(self) -> None:
        counts, total = self.work.counts, len(self.work.items)
        for kind, chip in self._chips.items():
            count = sum(counts.values()) if kind is None else counts.get(kind, 0)
            chip.setText(f"{ALL if kind is None else KIND_NAMES[kind]} {count:,}")
            chip.setAccessibleName(chip.text())
            chip.setChecked(kind == self.work.kind)
        decided = self.work.decided
        self._progress.setText(f"{decided:,} of {total:,} decided")
        self._bar.set_fraction(decided / total if total else 1.0)
        self._bar.setAccessibleName(self._progress.text())

    def _show_row(self, item: LabelItem) -> None:
        now = self.work.label_of(item)
        is_other, is_same = item != self._shown[0], (item, now) == self._shown
        self._shown = (item, now)
        self._title.setText(f"Row {item.number:,} · {self.work.position:,} of {len(self.work.items):,}")
        if is_same:
            return
        self._place.setText(item.place)
        is_decided = item.mark in self.work.labels
        self._why.setText(f"You labelled it “{now}”. Another key changes that." if is_decided else item.why)
        signs = {"unlabelled": ("circle-large", "muted")}
        self._sign.show_icon(*(("check", "good") if is_decided else signs.get(item.kind, ("warning", "warn"))))
        if is_other:
            self.field.clear()
            self._bench.selection.set("row", str(item.number))
            self._bench.data.detail(str(self.work.path), item.number, self._take_row, failed=self._show_error)

    @while_living
    def _take_row(self, detail: RowDetail) -> None:
        item, queue = self.work.current, self.work.queue
        if item is None or queue is None or item.number != detail.number:
            return
        self._bench.selection.set("row_id", detail.identity)
        self._put(detail, ())
        if item.other is not None:
            self._bench.data.detail(
                str(self.work.path), item.other, partial(self._take_other, detail, item), failed=self._show_error
            )

    @while_living
    def _take_other(self, detail: RowDetail, item: LabelItem, other: RowDetail) -> None:
        if self.work.current == item:
            turns = [turn.text for turn in other.turns if turn.role != "assistant"]
            text = "\n".join(turns or [text for _, text in _texts(other, self._column)])
            self._put(detail, ((f"row {other.number:,}, labelled “{item.other_label}”", text),))

    def _put(self, detail: RowDetail, more: Sequence[tuple[str, str]]) -> None:
        turns = [(turn.role, turn.text) for turn in detail.turns if turn.role != "assistant"]
        fields = _texts(detail, self._column) if not turns else ()
        self.turns.set_turns(turns, [*fields, *more])

    @property
    def _column(self) -> str:
        return self.work.queue.column if self.work.queue is not None else ""

    def _show_choices(self) -> None:
        item, wanted = self.work.current, self.field.text().strip()
        now = label_key(self.work.label_of(item)) if item is not None else None
        likely = label_key(item.guess) if item is not None else None
        found = [
            Choice(name, rows, NOW if label_key(name) == now else LIKELY if label_key(name) == likely else "")
            for name, rows in self.work.names
            if wanted.casefold() in name.casefold()
        ]
        if item is not None and wanted and label_key(wanted) not in {label_key(each.name) for each in found}:
            found.append(Choice(wanted, 0, is_new=True))
        self.names.show_choices(found)

    @while_living
    def _show_error(self, error: VibetuneError) -> None:
        clear(self._banners)
        again = button("Look again", icon="refresh", on=self.work.load)
        self._banners.addWidget(Banner("bad", error.message, error.hint, again, code=error.code))

    # acting

    def _choose_kind(self, kind: DoubtKind | None) -> None:
        self.work.show(kind)

    def _label(self, name: str) -> None:
        try:
            self.work.label(name)
        except VibetuneError as error:
            self._bench.notices.error(error)
        self.field.clear()
        self.names.setFocus()

    def merge_menu(self) -> QMenu:
        """Into which label the marked ones can be merged: one of them; a single one, into any other."""
        menu = QMenu(self.window())
        menu.setObjectName("labels.merge_menu")
        marked = self.names.marked
        targets = sorted(marked, key=lambda each: -each.rows) if len(marked) > 1 else self.names.choices
        what = f"{len(marked)} labels" if len(marked) > SHOWN else listed([each.name for each in marked])
        for target in targets if marked else ():
            if len(marked) > 1 or target != marked[0]:
                action = menu.addAction(f"Merge {what} into “{target.name}” · {target.rows:,}")
                action.triggered.connect(_after_click(self._merge, [each.name for each in marked], target.name))
        return menu

    def _offer_merge(self, place: QPoint) -> None:
        menu = self.merge_menu()
        if menu.isEmpty():
            menu.deleteLater()
            self._bench.notices.say("Nothing to merge", "Mark two labels or more, with Ctrl or Shift.", "info")
            return
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _merge(self, names: list[str], into: str) -> None:
        self.work.merge(names, into)
        self.names.setFocus()

    def _type(self, text: str) -> None:
        self.field.setFocus()
        self.field.insert(text)

    def _write(self) -> None:
        self._bench.selection.set("dataset", "")
        self._bench.selection.set("path", str(self.work.path))
        self._bench.run("data.write_edited")

    def _open_rows(self) -> None:
        self._bench.views.open("data", self.key)

    @while_living
    def _edits_changed(self) -> None:
        self.work.follow_edits()

    @while_living
    def _do(self, verb: str) -> None:
        """Commands of labelling; only the view in front acts."""
        active = self._bench.views.active
        if active.kind != "labels" or active.key != self.key:
            return
        if verb.startswith("label ") and verb[6:].isdecimal():
            if name := self.names.name_at(int(verb[6:])):
                self._label(name)
        elif verb in ("label skip", "label back"):
            self.work.step(1 if verb == "label skip" else -1)
        elif verb == "label find":
            self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.field.selectAll()
        elif verb == "label merge":
            self._offer_merge(self.names.mapToGlobal(QPoint(12, 12)))
        elif verb == "label again":
            self.work.load(self._column)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        """In the filter, Enter takes the label that is marked, arrows mark another, Esc goes back to the keys."""
        if not isinstance(event, QKeyEvent):
            return False
        if claims_escape(event):
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.names.currentItem() is not None:
            self._label(self.names.currentItem().text())
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            by = 1 if event.key() == Qt.Key.Key_Down else -1
            self.names.setCurrentRow(max(0, min(self.names.count() - 1, self.names.currentRow() + by)))
        elif event.key() == Qt.Key.Key_Escape:
            self.field.clear()
            self.names.setFocus()
        else:
            return False
        return True


def _after_click(do: Callable[[list[str], str], object], names: list[str], into: str) -> Callable[[], object]:
    return lambda: do(names, into)


def _texts(detail: RowDetail, column_name: str) -> list[tuple[str, str]]:
    """Cells of a row but for the label and what is empty."""
    return [(each.name, each.text) for each in detail.cells if each.name != column_name and each.text.strip()]


def _nothing_left(rows: int, unlabelled: int, is_left_out: bool) -> str:
    if unlabelled:
        return f"{unlabelled:,} of {rows:,} rows have no label."
    return (
        f"All {rows:,} rows have a label."
        if is_left_out
        else f"All {rows:,} rows have a label that nothing speaks against."
    )


def _absolute(bench: Workbench, key: str) -> Path:
    path = Path(key)
    return path if path.is_absolute() or bench.project is None else bench.project.path / path
