"""Two dataset versions beside each other: the rows that differ, and each of them in full with its words compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QTableView,
    QWidget,
)

from app.desktop.living import while_living
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Banner, EmptyState, Skeleton, button, clear, column, hairline, label
from app.desktop.widgets.chips import choice_chips
from app.desktop.widgets.flow import Flow
from app.desktop.widgets.side_diff import SideDiff
from app.desktop.widgets.tables import list_whole_rows
from app.workbench.bench import Workbench
from app.workbench.data_comparison import SEPARATOR, ChangeKind, Comparison, RowChange
from app.workbench.data_rows import Turn
from pipeline.errors import VibetuneError

NAMES: dict[ChangeKind, str] = {"changed": "Changed", "added": "Added", "removed": "Removed", "moved": "Moved"}
_SIGNS: dict[ChangeKind, tuple[str, str]] = {
    "changed": ("~ changed", "accent"),
    "added": ("+ added", "good"),
    "removed": ("− removed", "bad"),
    "moved": ("→ moved", "warn"),
}
_HEADS = ("change", "message", "answer", "place", "from")
AnyIndex = QModelIndex | QPersistentModelIndex


class ChangeRows(QAbstractTableModel):
    """Rows that differ, one a line."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.changes: Sequence[RowChange] = ()

    def show_changes(self, changes: Sequence[RowChange]) -> None:
        """Shows other rows."""
        self.beginResetModel()
        self.changes = changes
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008, Qt's name
        return 0 if parent.isValid() else len(self.changes)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008, Qt's name
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802, Qt's name
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _HEADS[section]
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        change = self.changes[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            texts = (_SIGNS[change.kind][0], change.prompt, change.answers, change.places, change.source)
            return texts[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            is_leak = index.column() == 3 and change.is_leak
            token = _SIGNS[change.kind][1] if index.column() == 0 else "bad" if is_leak else "text"
            return theme().color(token)
        return None


class DataVersionDiff(QWidget):
    """`key` names both: `NAME@OLDER..NAME@NEWER`."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self.key = bench, key
        self._found: Comparison | None = None
        self._kind: ChangeKind | None = None
        self._pair = tuple(key.partition(SEPARATOR)[::2])
        self.setObjectName("versions.view")
        self.setProperty("surface", "panel")
        self.model = ChangeRows(self)
        self.table = QTableView()
        self.sides = SideDiff("versions.sides")
        self._assemble()
        bench.views.layout_requested.connect(self._do)
        bench.data.changed.connect(self._show_choices)
        self._show_choices()
        self._load()

    def _assemble(self) -> None:
        self._choices = _choice("Older version"), _choice("Newer version")
        for choice in self._choices:
            choice.textActivated.connect(self._chosen)
        bar = Flow(8, (12, 8, 12, 8))
        bar.add(self._choices[0], label("→", "muted"), self._choices[1])
        self._chips = choice_chips(self, "All", NAMES, "versions", self._show_kind)
        bar.add(*self._chips.values())
        self._same = label("", "muted", name="versions.same")
        bar.add(None, self._same)
        self._settings = label("", "muted", wraps=True, name="versions.settings")
        self._settings.setContentsMargins(12, 0, 12, 8)
        self._banners = column(spacing=0)
        self._set_up_table()
        across = QSplitter(Qt.Orientation.Vertical)
        across.addWidget(self.table)
        across.addWidget(self.sides)
        across.setSizes([320, 260])
        across.setChildrenCollapsible(False)
        self._stack = QStackedWidget()
        empty = EmptyState("pass", "No row differs", "Both versions hold the same rows in the same places.")
        for each in (Skeleton(8), across, empty):
            self._stack.addWidget(each)
        body = column(spacing=0)
        body.addLayout(bar)
        body.addWidget(self._settings)
        body.addWidget(hairline())
        body.addLayout(self._banners)
        body.addWidget(self._stack, 1)
        self.setLayout(body)

    def _set_up_table(self) -> None:
        self.table.setObjectName("versions.table")
        self.table.setAccessibleName("Rows that differ")
        self.table.setModel(self.model)
        list_whole_rows(self.table)
        head = self.table.horizontalHeader()
        for position, width in enumerate((96, 300, 150, 130, 130)):
            self.table.setColumnWidth(position, width)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)

    def _load(self) -> None:
        older, newer = self._pair
        if older and newer:
            self._bench.data.compare(older, newer, self._take, failed=self._show_error)

    @while_living
    def _show_choices(self) -> None:
        names = [f"{each.name}@{each.version}" for each in self._bench.data.versions]
        for choice, chosen in zip(self._choices, self._pair, strict=True):
            choice.clear()
            choice.addItems(list(dict.fromkeys([*names, *filter(None, [chosen])])))
            choice.setCurrentText(chosen)

    def _chosen(self, _text: str) -> None:
        self._pair = tuple(choice.currentText() for choice in self._choices)
        self._load()

    @while_living
    def _take(self, found: Comparison) -> None:
        if (found.older, found.newer) != self._pair:
            self._pair = (found.older, found.newer)
            self._show_choices()
        self._found = found
        clear(self._banners)
        if found.leaks:
            rows = f"{found.leaks:,} row{'s' * (found.leaks != 1)}"
            text = "A newer model's score on the older test would be worth nothing."
            self._banners.addWidget(Banner("warn", f"{rows} of the older test are trained in the newer version.", text))
        self._same.setText(f"{found.same:,} rows are the same")
        settings = "; ".join(f"{name}: {old} → {new}" for name, old, new in found.settings)
        self._settings.setText(f"Settings that differ: {settings}" if settings else "")
        self._settings.setVisible(bool(settings))
        for kind, chip in self._chips.items():
            count = len(found.changes) if kind is None else found.count(kind)
            chip.setText(f"{'All' if kind is None else NAMES[kind]} {count:,}")
            chip.setAccessibleName(chip.text())
        self._show_kind(None)

    @while_living
    def _show_error(self, error: VibetuneError) -> None:
        clear(self._banners)
        again = button("Compare again", icon="refresh", on=self._load)
        self._banners.addWidget(Banner("bad", error.message, error.hint, again, code=error.code))

    def _show_kind(self, kind: ChangeKind | None) -> None:
        if self._found is None:
            return
        self._kind = kind
        self._chips[kind].setChecked(True)
        changes = [each for each in self._found.changes if kind in (None, each.kind)]
        self.model.show_changes(changes)
        self._stack.setCurrentIndex(1 if changes else 2)
        if changes:
            self.table.setCurrentIndex(self.model.index(0, 0))

    def _row_chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not current.isValid():
            return
        change = self.model.changes[current.row()]
        titles = tuple(_title(address) for address in self._pair)
        notes = (change.was or "not there", change.now or "not there")
        self.sides.show_texts(_as_text(change.before), _as_text(change.after), (titles[0], titles[1]), notes)

    @while_living
    def _do(self, verb: str) -> None:
        active = self._bench.views.active
        if active.kind != "compare_data" or active.key != self.key:
            return
        if verb in ("data next", "data previous") and self.model.rowCount():
            by = 1 if verb == "data next" else -1
            at = max(0, min(self.model.rowCount() - 1, self.table.currentIndex().row() + by))
            self.table.setCurrentIndex(self.model.index(at, 0))


def _choice(name: str) -> QComboBox:
    made = QComboBox()
    made.setObjectName(f"versions.{name.split(maxsplit=1)[0].lower()}")
    made.setAccessibleName(name)
    made.setMinimumContentsLength(14)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made


def _title(address: str) -> str:
    name, _, identity = address.rpartition("@")
    return f"{name}, {identity[:6]}"


def _as_text(turns: Sequence[Turn]) -> str:
    return "\n\n".join(f"{turn.role}\n{turn.text}" for turn in turns)
