"""All runs of the project: filter, choose, compare; hundreds of them."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QStackedLayout, QWidget

from app.desktop.item_models.run_rows import RunDelegate, RunRows
from app.desktop.living import while_living
from app.desktop.menus import context_menu
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import EmptyState, Skeleton, button, column, hairline, label, row
from app.desktop.widgets.flow import flow
from app.workbench.actions.runs import COMPARED_MOST, shows_archived
from app.workbench.bench import Workbench
from app.workbench.run_row import RunRow

QUICK = (("running", "training"), ("better", "better"), ("stopped", "stopped"))  # chip and what it filters by
FILTER_WAIT_MS = 60


class RunList(QWidget):
    """The list. Choosing a run opens it; choosing several lays them side by side."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._is_following = False
        self._build()
        bench.runs.changed.connect(self._show)
        bench.selection.changed.connect(self._selection_changed)
        self._show()

    def _build(self) -> None:
        bench = self._bench
        self._filter = QLineEdit()
        self._filter.setObjectName("runs.filter")
        self._filter.setPlaceholderText("Filter: words, #tag, state")
        self._filter.setAccessibleName("Filter runs by words, tag or state")
        self._filter.setClearButtonEnabled(True)
        self._wait = QTimer(self, singleShot=True, interval=FILTER_WAIT_MS)
        self._wait.timeout.connect(self._show)
        self._filter.textChanged.connect(lambda _text: self._wait.start())
        self._chips = [button(text, kind="chip", name=f"runs.chip.{text}") for text, _ in QUICK]
        for chip in self._chips:
            chip.setCheckable(True)
            chip.clicked.connect(lambda _checked=False: self._show())
        archived = button("archived", kind="chip", name="runs.archived", on=lambda: bench.run("run.show_archived"))
        archived.setCheckable(True)
        self._archived = archived
        self._model = RunRows(self)
        self._list = self._make_list()
        self._count = label("", "muted", name="runs.count")
        self._compare = button("Compare", icon="git-compare", name="runs.compare", on=lambda: bench.run("run.compare"))
        self._empty = EmptyState(
            "beaker",
            "No runs yet",
            "A run trains what the plan says and measures it. Yours needs a data file.",
            button("Start run", icon="play", name="runs.start", on=lambda: bench.run("run.start")),
            button("Open the sample", kind="link", name="runs.sample", on=lambda: bench.run("data.sample")),
        )
        self._none = EmptyState("filter", "No run fits the filter", "Take a word away, or show archived runs too.")
        head = QWidget()
        head.setLayout(column(self._filter, flow(*self._chips, archived, spacing=6), margins=(12, 10, 12, 8)))
        self._head = head
        self._pages = QStackedLayout()
        for page in (self._list, self._empty, self._none, Skeleton(6)):
            self._pages.addWidget(page)
        foot = row(self._count, None, self._compare, margins=(12, 6, 12, 6))
        self.setLayout(column(head, self._pages, hairline(), foot, spacing=0))
        theme().changed.connect(self._list.viewport().update)

    def _make_list(self) -> QListView:
        made = QListView()
        made.setObjectName("runs.list")
        made.setAccessibleName("Runs, newest first")
        made.setModel(self._model)
        self._delegate = RunDelegate(made)
        made.setItemDelegate(self._delegate)
        made.setUniformItemSizes(True)
        made.setMouseTracking(True)
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setFrameShape(QListView.Shape.NoFrame)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.customContextMenuRequested.connect(self._show_menu)
        made.selectionModel().selectionChanged.connect(self._chosen)
        made.activated.connect(self._opened)
        made.clicked.connect(self._opened)
        return made

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._show()

    # what is listed

    def _listed(self) -> list[RunRow]:
        words = self._filter.text()
        rows = [row for row in self._bench.runs.runs if shows_archived(self._bench) or not row.is_archived]
        chosen = [kind for chip, (_, kind) in zip(self._chips, QUICK, strict=True) if chip.isChecked()]
        if chosen:
            rows = [row for row in rows if any(_is_kind(row, kind) for kind in chosen)]
        return [row for row in rows if row.matches(words)] if words.strip() else rows

    @while_living
    def _show(self) -> None:
        if not self.isVisible() and self._model.rows:
            return
        runs, rows = self._bench.runs, self._listed()
        self._is_following = True
        if self._model.show(rows):
            self._select_chosen()
        self._is_following = False
        page = 3 if runs.is_loading else (1 if not runs.runs else (2 if not rows else 0))
        self._pages.setCurrentIndex(page)
        self._head.setVisible(bool(runs.runs))
        self._archived.setChecked(shows_archived(self._bench))
        archived = sum(row.is_archived for row in runs.runs)
        parts = [f"{len(rows):,} of {len(runs.runs):,} runs" if len(rows) != len(runs.runs) else _runs(len(rows))]
        if archived:
            parts.append(f"{archived} archived")
        if runs.left_to_read:
            parts.append(f"reading {runs.left_to_read:,} more")
        self._count.setText(" · ".join(parts) if runs.runs else "")
        self._show_compare()

    def _show_compare(self) -> None:
        reason = self._bench.commands["run.compare"].why_not(self._bench)
        self._compare.setEnabled(reason is None)
        self._compare.setToolTip(reason or "Curves and settings side by side")
        compared = frozenset(self._bench.selection.compared)
        if compared != self._delegate.compared:
            self._delegate.compared = compared
            self._list.viewport().update()

    # choosing

    @while_living
    def _selection_changed(self, what: str) -> None:
        if what == "archived":
            self._show()
        elif what in {"run", "compared", ""}:
            self._is_following = True
            self._select_chosen()
            self._is_following = False
            self._show_compare()

    def _select_chosen(self) -> None:
        wanted = [self._bench.selection.get("run"), *self._bench.selection.compared]
        places = [place for name in wanted if name and (place := self._model.place(name)) >= 0]
        if sorted(places) == sorted(index.row() for index in self._list.selectedIndexes()):
            return
        selection = QItemSelection()
        for place in places:
            index = self._model.index(place)
            selection.select(index, index)
        model = self._list.selectionModel()
        model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if places:
            model.setCurrentIndex(self._model.index(places[0]), QItemSelectionModel.SelectionFlag.NoUpdate)

    def _chosen(self) -> None:
        if self._is_following:
            return
        names = [self._model.rows[index.row()].name for index in self._list.selectedIndexes()]
        current = self._list.currentIndex()
        first = self._model.rows[current.row()].name if current.isValid() else ""
        if not names:
            return
        first = first if first in names else names[0]
        others = tuple(name for name in names if name != first)[:COMPARED_MOST]
        self._bench.selection.set("run", first)
        self._bench.selection.compare(*others)

    def _opened(self, index: QModelIndex) -> None:
        if len(self._list.selectedIndexes()) == 1:
            self._bench.views.open("run", self._model.rows[index.row()].name)

    def _show_menu(self, point: QPoint) -> None:
        if self._list.indexAt(point).isValid():
            context_menu(self._bench, "run", self).exec(self._list.viewport().mapToGlobal(point))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        if event.matches(QKeySequence.StandardKey.Find):
            self._filter.setFocus()
        else:
            super().keyPressEvent(event)


def _is_kind(row: RunRow, kind: str) -> bool:
    if kind == "training":
        return row.is_live
    if kind == "stopped":
        return row.state in {"failed", "interrupted", "damaged", "paused", "cancelled"}
    return row.verdict is not None and row.verdict.outcome == kind


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"
