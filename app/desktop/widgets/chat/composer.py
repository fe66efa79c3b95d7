"""Where one writes: grows with its text, takes files, shows what the sentence will be about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit, QSizePolicy, QWidget

from app.desktop.widgets.basics import button, column, label, row, tool_button
from app.desktop.widgets.chat.question_card import Flow

_MOST_LINES = 8


class _Field(QPlainTextEdit):
    sent = Signal()
    stopped = Signal()
    files_given = Signal(list)
    focused = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("composer.text")
        self.setAccessibleName("Ask, or describe a change")
        self.setPlaceholderText("Ask, or describe a change")
        self.setTabChangesFocus(True)
        self.setStyleSheet("background: transparent; border: 0;")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._fit()

    def _fit(self) -> None:
        lines = max(1, min(_MOST_LINES, round(self.document().size().height())))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 8)
        is_long = self.document().size().height() > _MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if is_long else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, Qt's name
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.stopped.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusOutEvent(event)
        self.focused.emit(False)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802, Qt's name
        return source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802, Qt's name
        if files := local_files(source):
            self.files_given.emit(files)
        else:
            super().insertFromMimeData(source)


def local_files(source: QMimeData) -> list[Path]:
    """Files that are dropped or pasted."""
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile() and url.toLocalFile()]


class Composer(QFrame):
    """Emits `sent` with the text and the files."""

    sent = Signal(str, list)
    stopped = Signal()
    edited = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "composer")
        self.setObjectName("composer")
        self.setAcceptDrops(True)
        self.files: list[Path] = []
        self.context: list[str] = []
        self.field = _Field()
        self.field.sent.connect(self.send)
        self.field.focused.connect(self._show_focus)
        self.field.stopped.connect(self.stopped.emit)
        self.field.files_given.connect(self.add_files)
        self.field.textChanged.connect(lambda: self.edited.emit(self.field.toPlainText()))
        self._chips = Flow()
        chips = QWidget()
        chips.setLayout(self._chips)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        chips.setSizePolicy(policy)
        self._attach = tool_button(
            "attach", "Add a file with examples", name="composer.attach", on=self._choose_files, token="text"
        )
        tip = "Send (Enter; Shift+Enter for a new line)"
        self._send = tool_button("arrow-up", tip, name="composer.send", on=self.send, token="text")
        below = row(spacing=4)
        below.addWidget(chips, 1)
        below.addWidget(self._attach, 0, Qt.AlignmentFlag.AlignBottom)
        below.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        self.setLayout(column(self.field, below, spacing=4, margins=(8, 6, 6, 6)))
        self.setFocusProxy(self.field)

    def send(self) -> None:
        """Sends what is there."""
        text = self.field.toPlainText().strip()
        if text or self.files:
            files, self.files = list(self.files), []
            self.field.clear()
            self._show_chips()
            self.sent.emit(text, files)

    def set_text(self, text: str) -> None:
        """Puts a text in, with the caret at its end."""
        if text != self.field.toPlainText():
            self.field.setPlainText(text)
            self.field.moveCursor(self.field.textCursor().MoveOperation.End)

    def add_files(self, files: Sequence[Path]) -> None:
        """Adds files to the next sentence."""
        self.files += [file for file in files if file not in self.files]
        self._show_chips()
        self.field.setFocus()

    def remove_file(self, file: Path) -> None:
        """Takes one away again."""
        self.files = [each for each in self.files if each != file]
        self._show_chips()

    def set_context(self, names: Sequence[str]) -> None:
        """Names what is in front: the sentence is about it."""
        if list(names) != self.context:
            self.context = list(names)
            self._show_chips()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802, Qt's name
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802, Qt's name
        self.add_files(local_files(event.mimeData()))
        event.acceptProposedAction()

    def _show_focus(self, on: bool) -> None:
        self.setProperty("focused", "true" if on else "false")
        self.style().unpolish(self)
        self.style().polish(self)

    def _choose_files(self) -> None:
        names, _kind = QFileDialog.getOpenFileNames(
            self, "Files with examples", "", "Data (*.csv *.tsv *.json *.jsonl *.parquet *.txt *.xlsx);;All files (*)"
        )
        self.add_files([Path(name) for name in names])

    def _show_chips(self) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for name in self.context:
            chip = label(name, "pill", name="composer.context")
            chip.setToolTip(f"In front: {name}")
            chip.setFixedHeight(22)
            self._chips.addWidget(chip)
        for file in self.files:
            self._chips.addWidget(self._file_chip(file))
        self._chips.invalidate()

    def _file_chip(self, file: Path) -> QWidget:
        made = button(
            file.name, icon="close", kind="chip", name=f"composer.file.{file.name}", on=lambda: self.remove_file(file)
        )
        made.setIconSize(QSize(12, 12))
        made.setToolTip(f"{file}: take it away")
        made.setAccessibleName(f"{file.name}, take away")
        return made
