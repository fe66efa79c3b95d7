"""Any text file of the project: read in the background, coloured by its kind, kept as a draft until it is saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import Banner, Elided, EmptyState, Skeleton, button, clear, column, hairline, label, row
from app.desktop.widgets.code_editor import CodeEditor
from app.desktop.widgets.diff_view import changed_rows
from app.desktop.widgets.highlighting import highlighter_for
from app.workbench.bench import Workbench
from app.workbench.text_files import MOST_COLOURED, FileText, read_text
from pipeline.errors import VibetuneError


class TextEditor(QWidget):
    """One file; `key` is its path."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._drafts = bench, bench.plan.drafts
        self.path = Path(key)
        self._file: FileText | None = None
        self.setProperty("surface", "panel")
        self.setAccessibleName(f"Text of {self.path.name}")
        self.setWindowTitle(f"{self.path.name}[*]")
        self.editor = CodeEditor("text.editor")
        self.editor.setAccessibleName(f"Text of {self.path.name}")
        self._state = label("", "muted", name="text.state")
        self._banners = column(spacing=8, margins=(12, 0, 12, 0))
        self._stack = QStackedWidget()
        self._stack.addWidget(Skeleton(8))
        self._stack.addWidget(self.editor)
        head = row(Elided(self._shown_path(), "muted"), spacing=12, margins=(16, 6, 16, 6))
        head.addWidget(self._state)
        box = column(head, hairline(), self._banners, spacing=0)
        box.addWidget(self._stack, 1)
        self.setLayout(box)
        self.setFocusProxy(self.editor)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(200)  # ms after the last key
        self._typing.timeout.connect(self._keep)
        self.editor.textChanged.connect(self._typing.start)
        self.editor.tab_leaves_changed.connect(self._show_state)
        self._drafts.changed.connect(self._draft_changed)
        bench.plan.text_wanted.connect(self._hand_in)
        self._load()

    def _shown_path(self) -> str:
        project = self._bench.project
        inside = project is not None and self.path.is_relative_to(project.path)
        return str(self.path.relative_to(project.path)) if inside and project is not None else str(self.path)

    def _load(self) -> None:
        path = self.path
        self._bench.tasks.submit(lambda _job: read_text(path), done=self._show, failed=self._fail)

    @while_living
    def _show(self, file: FileText) -> None:
        self._file = file
        clear(self._banners)
        draft = self._drafts.get(self.path)
        self.editor.set_text(file.text if draft is None else draft)
        self._typing.stop()
        self.editor.document().clearUndoRedoStacks()
        self.editor.setReadOnly(file.is_cut)
        if file.is_cut:
            said = f"Only the first {len(file.text):,} of {file.bytes:,} bytes are shown, to read."
            self._banners.addWidget(Banner("info", f"{self.path.name} is too large to edit here", said))
        if len(file.text) <= MOST_COLOURED:
            self._highlighter = highlighter_for(self.path.name, self.editor.document())
        self._stack.setCurrentWidget(self.editor)
        self._show_state()

    @while_living
    def _fail(self, error: VibetuneError) -> None:
        again = button("Try again", name="text.again", on=self._load)
        empty = EmptyState("file", error.message, error.hint, again)
        self._stack.addWidget(empty)
        self._stack.setCurrentWidget(empty)

    @property
    def is_dirty(self) -> bool:
        """Whether something is not saved."""
        return self._drafts.get(self.path) is not None

    def _keep(self) -> None:
        if self._file is None or self.editor.isReadOnly():
            return
        text = self.editor.toPlainText()
        self._drafts.keep(self.path, text if text != self._file.text else None)
        self._show_state()

    @while_living
    def _hand_in(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self._keep()

    @while_living
    def _draft_changed(self, path: Path) -> None:
        if path != self.path or self._file is None or self._drafts.get(path) is not None:
            return
        self._load()  # saved, or given up

    def _show_state(self, *_: object) -> None:
        said = "not saved" if self.is_dirty else ""
        if self.editor.tabChangesFocus():
            said = f"{said} · Tab leaves the editor (Ctrl+M)".removeprefix(" · ")
        self._state.setText(said)
        self.setWindowModified(self.is_dirty)
        file = self._file
        self.editor.set_rows(
            changed_rows(file.text, self.editor.toPlainText())
            if file is not None and self.is_dirty and len(file.text) < MOST_COLOURED
            else {},
            fills=False,
        )
