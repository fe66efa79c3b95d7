"""The project's files as a tree; Enter or a double click opens one in the view that suits it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QDir, QFileInfo, QModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QAbstractItemView, QFileSystemModel, QStackedWidget, QTreeView, QWidget

from app.desktop.file_drops import FileDrops
from app.desktop.living import while_living
from app.desktop.menus import context_menu
from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import Elided, EmptyState, button, column, row
from app.workbench.bench import Workbench
from pipeline.runs.layout import ProjectFolder

_ICONS = {
    ".csv": "table",
    ".tsv": "table",
    ".json": "json",
    ".jsonl": "table",
    ".parquet": "table",
    ".md": "book",
    ".py": "file-code",
    ".yaml": "settings",
    ".yml": "settings",
    ".txt": "file",
}


class _Icons(QAbstractFileIconProvider):
    """Codicons by the files' endings."""

    def icon(self, info: QFileInfo | QAbstractFileIconProvider.IconType) -> QIcon:
        if isinstance(info, QFileInfo):
            if info.isDir():
                return icon("folder")
            return icon(_ICONS.get(f".{info.suffix().lower()}", "file"))
        return icon("folder" if info == QAbstractFileIconProvider.IconType.Folder else "file")


class Explorer(QWidget):
    """The project tree."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self.setObjectName("explorer")
        self.setProperty("surface", "panel")
        self._icons = _Icons()
        self.model = QFileSystemModel(self)
        self.model.setIconProvider(self._icons)
        self.model.setReadOnly(True)
        self.model.setFilter(QDir.Filter.AllEntries | QDir.Filter.NoDotAndDotDot)
        self.tree = _tree(self.model)
        self._title = Elided("", "section")
        opens = button("Open a folder …", icon="folder-opened", on=partial(bench.run, "project.open"))
        new = button("New project", icon="add", on=partial(bench.run, "project.new"))
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState("files", "No project is open", "A project is a folder with data and a plan.", opens, new)
        )
        self._stack.addWidget(self.tree)
        head = row(self._title, margins=(12, 8, 12, 6))
        body = column(head, spacing=0)
        body.addWidget(self._stack, 1)
        self.setLayout(body)
        FileDrops(self, bench)
        self._connect()
        self._show(bench.project)

    def _connect(self) -> None:
        self.tree.activated.connect(self._open)
        self.tree.selectionModel().currentChanged.connect(self._chosen)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        self._bench.project_changed.connect(self._show)
        self._bench.selection.changed.connect(self._follow)

    @while_living
    def _show(self, project: ProjectFolder | None) -> None:
        self._stack.setCurrentIndex(0 if project is None else 1)
        self._title.set_text("" if project is None else project.path.name)
        if project is not None:
            self.tree.setRootIndex(self.model.setRootPath(str(project.path)))
            data = self.model.index(str(project.path / "data"))
            if data.isValid():
                self.tree.expand(data)

    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and self.tree.hasFocus():
            self._bench.selection.choose_source(self.model.filePath(current))

    @while_living
    def _follow(self, what: str) -> None:
        """Shows what was chosen elsewhere."""
        path = self._bench.selection.get("path")
        if what != "path" or not path or self._bench.project is None:
            return
        if Path(path).is_relative_to(self._bench.project.path):
            index = self.model.index(path)
            if index.isValid() and index != self.tree.currentIndex():
                self.tree.setCurrentIndex(index)

    def _open(self, index: QModelIndex) -> None:
        if self.model.isDir(index):
            return
        self._bench.selection.choose_source(self.model.filePath(index))
        self._bench.run("file.open")

    def _menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        if index.isValid():
            self._bench.selection.choose_source(self.model.filePath(index))
            context_menu(self._bench, "file", self).popup(self.tree.viewport().mapToGlobal(at))


def _tree(model: QFileSystemModel) -> QTreeView:
    tree = QTreeView()
    tree.setObjectName("explorer.tree")
    tree.setAccessibleName("Project files")
    tree.setModel(model)
    for column_number in range(1, model.columnCount()):
        tree.hideColumn(column_number)
    tree.setHeaderHidden(True)
    tree.setUniformRowHeights(True)
    tree.setIconSize(QSize(16, 16))
    tree.setIndentation(14)
    tree.setExpandsOnDoubleClick(True)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.setDragEnabled(True)
    tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
    return tree
