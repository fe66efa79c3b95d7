"""The project's adapters: one row per name, its versions below it, each with what it was measured at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTreeWidget, QTreeWidgetItem, QWidget

from app.desktop.living import while_living
from app.desktop.menus import context_menu
from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import Banner, EmptyState, Skeleton, button, clear, column, label, row
from app.workbench.adapter_store import AdapterRow
from app.workbench.bench import Workbench

ADDRESS = Qt.ItemDataRole.UserRole
TONES = {"better": "good", "worse": "bad", "cannot tell": "warn"}


class AdapterList(QWidget):
    """A click selects a version, Enter or a double click opens it."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench = bench
        self.setObjectName("adapters")
        self.setProperty("surface", "panel")
        self.tree = _tree()
        self.tree.currentItemChanged.connect(self._selected)
        self.tree.itemActivated.connect(self._open)
        self.tree.customContextMenuRequested.connect(self._menu)
        self._count = label("", "muted")
        self._pages = QStackedWidget()
        to_plan = button("Open the plan", name="adapters.plan", on=lambda: bench.views.open("plan"))
        self._empty = EmptyState("package", "No adapters yet", "A run that ends well registers one here.", to_plan)
        self._error = column(margins=12)
        error_page = QWidget()
        error_page.setLayout(self._error)
        for page in (self.tree, self._empty, Skeleton(), error_page):
            self._pages.addWidget(page)
        compare = button("Compare", icon="comment-discussion", name="adapters.compare", on=self._compare)
        head: QHBoxLayout = row(label("Adapters", "section"), self._count, None, compare, margins=(12, 8, 8, 8))
        whole = column(head, spacing=0)
        whole.addWidget(self._pages, 1)
        self.setLayout(whole)
        bench.adapters.changed.connect(self._show)
        bench.server.changed.connect(self._show_loaded)
        self._show()

    @while_living
    def _show(self) -> None:
        store = self._bench.adapters
        page = 3 if store.error else 2 if not store.is_loaded else 0 if store.adapters else 1
        self._pages.setCurrentIndex(page)
        if store.error:
            clear(self._error)
            self._error.addWidget(Banner("bad", store.error.message, store.error.hint, code=store.error.code))
            self._error.addStretch(1)
        self._count.setText(f"{len(store.adapters)}" if store.adapters else "")
        self._fill(store.adapters)
        self._show_loaded()

    def _fill(self, rows: Sequence[AdapterRow]) -> None:
        chosen = self._bench.selection.get("adapter")
        self.tree.blockSignals(True)
        self.tree.clear()
        for name in dict.fromkeys(each.name for each in rows):
            versions = [each for each in rows if each.name == name]
            parent = QTreeWidgetItem([name])
            parent.setIcon(0, icon("package", "kw"))
            parent.setData(0, ADDRESS, versions[0].address)
            self.tree.addTopLevelItem(parent)
            parent.setFirstColumnSpanned(True)
            for each in versions:
                parent.addChild(_version_item(each))
            parent.setExpanded(True)
        self.tree.blockSignals(False)
        self._choose(chosen)

    def _choose(self, address: str) -> None:
        for item in self._version_items():
            if item.data(0, ADDRESS) == address:
                self.tree.blockSignals(True)
                self.tree.setCurrentItem(item)
                self.tree.blockSignals(False)

    def _version_items(self) -> list[QTreeWidgetItem]:
        tops = (self.tree.topLevelItem(number) for number in range(self.tree.topLevelItemCount()))
        found = (top.child(number) for top in tops if top is not None for number in range(top.childCount()))
        return [item for item in found if item is not None]

    @while_living
    def _show_loaded(self) -> None:
        loaded = set(self._bench.server.adapters)
        for item in self._version_items():
            is_loaded = item.data(0, ADDRESS) in loaded
            item.setIcon(0, icon("pass-filled" if is_loaded else "circle-large", "good" if is_loaded else "faint"))
            item.setToolTip(0, "Answers now" if is_loaded else "On disk; loaded when it is asked")

    def _selected(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self._bench.selection.set("adapter", item.data(0, ADDRESS))

    def _open(self, item: QTreeWidgetItem) -> None:
        self._bench.selection.set("adapter", item.data(0, ADDRESS))
        self._bench.run("adapter.open")

    def _compare(self) -> None:
        self._bench.run("playground.open")

    def _menu(self, place: QPoint) -> None:
        item = self.tree.itemAt(place)
        if item is not None:
            self._bench.selection.set("adapter", item.data(0, ADDRESS))
            context_menu(self._bench, "adapter", self).popup(self.tree.viewport().mapToGlobal(place))


def _tree() -> QTreeWidget:
    made = QTreeWidget()
    made.setObjectName("adapters.tree")
    made.setAccessibleName("Adapters and their versions")
    made.setColumnCount(2)
    made.setHeaderHidden(True)
    made.setIndentation(14)
    made.setUniformRowHeights(True)
    made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    header = made.header()
    header.setStretchLastSection(True)
    header.resizeSection(0, 92)
    return made


def _version_item(each: AdapterRow) -> QTreeWidgetItem:
    told = [f"{each.value:.1%}".replace("%", " %")] if each.value is not None else ["not measured"]
    told += each.aliases
    made = QTreeWidgetItem([f"@v{each.version}", " · ".join(told)])
    made.setData(0, ADDRESS, each.address)
    made.setToolTip(1, each.verdict or "Not measured yet: evaluate its run.")
    made.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{each.address}, {', '.join(told)}")
    if each.outcome in TONES:
        made.setIcon(
            1, icon({"good": "pass", "bad": "error", "warn": "question"}[TONES[each.outcome]], TONES[each.outcome])
        )
    return made
