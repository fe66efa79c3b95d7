"""Files that are dropped anywhere: copied into data/ and shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.workbench.beginning import add_data
from app.workbench.bench import Workbench
from app.workbench.data_store import data_patterns
from pipeline.errors import VibetuneError


class FileDrops(QObject):
    """Lets a widget take files; without `take`, they are copied into data/ and the first is opened."""

    def __init__(
        self, widget: QWidget, bench: Workbench, take: Callable[[tuple[Path, ...]], None] | None = None
    ) -> None:
        super().__init__(widget)
        self._bench = bench
        self._take = take or self._add
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            files = dropped_files(event.mimeData())
            if files:
                event.acceptProposedAction()
                self._take(files)
                return True
        elif isinstance(event, QDragEnterEvent | QDragMoveEvent) and dropped_files(event.mimeData()):
            event.acceptProposedAction()
            return True
        return False

    def _add(self, files: tuple[Path, ...]) -> None:
        add_files(self._bench, files)


def dropped_files(content: QMimeData) -> tuple[Path, ...]:
    """The files of a drop or of the clipboard."""
    return tuple(Path(url.toLocalFile()) for url in content.urls() if url.isLocalFile())


def add_files(bench: Workbench, files: tuple[Path, ...]) -> None:
    """Copies files into data/ and opens the first; an error becomes a notice."""
    try:
        add_data(bench, files, lambda copied: bench.views.open("data", str(copied[0])))
    except VibetuneError as error:
        bench.notices.error(error)


def choose_files(parent: QWidget, take: Callable[[tuple[Path, ...]], None]) -> QFileDialog:
    """Asks for data files without blocking the window."""
    dialog = QFileDialog(parent, "Choose data files", str(Path.home()), f"Data ({data_patterns()});;All files (*)")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda names: take(tuple(Path(name) for name in names)))
    dialog.open()
    return dialog
