"""A run's log: what the worker, and what came after it, wrote; new lines come by themselves."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from app.desktop.living import while_living
from app.desktop.theme.fonts import font
from app.desktop.widgets.basics import Elided, column, hairline, row
from app.desktop.widgets.check_box import CheckBox
from app.workbench.actions.chosen import chosen_run
from app.workbench.bench import Workbench

MOST_LINES = 5000


class LogView(QWidget):
    """The log of the run with this key; without a key, of the chosen run."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self._shown = ("", "")  # run and text
        self._title = Elided("", "muted")
        self._filter = QLineEdit()
        self._filter.setObjectName("log.filter")
        self._filter.setPlaceholderText("Only lines with …")
        self._filter.setAccessibleName("Show only lines of the log that contain these words")
        self._filter.setClearButtonEnabled(True)
        self._filter.setMaximumWidth(220)
        self._filter.textChanged.connect(lambda _text: self._show(is_forced=True))
        self._follow = CheckBox("Follow")
        self._follow.setObjectName("log.follow")
        self._follow.setAccessibleName("Follow the log as it grows")
        self._follow.setChecked(True)
        self._text = QPlainTextEdit()
        self._text.setObjectName("log.text")
        self._text.setAccessibleName("Log of the run")
        self._text.setReadOnly(True)
        self._text.setUndoRedoEnabled(False)
        self._text.setMaximumBlockCount(MOST_LINES)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(font(12, is_mono=True))
        self._text.setStyleSheet("font-family: 'JetBrains Mono'; font-size: 12px; padding: 4px 8px;")
        head = row(self._title, self._filter, self._follow, margins=(12, 6, 12, 6))
        self.setLayout(column(head, hairline(), self._text, spacing=0))
        bench.runs.progressed.connect(self._progressed)
        bench.runs.changed.connect(self._show)
        bench.selection.changed.connect(self._selected)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._show()

    @while_living
    def _progressed(self, name: str) -> None:
        if name == self._run_name():
            self._show()

    @while_living
    def _selected(self, what: str) -> None:
        if what in {"run", ""}:
            self._show()

    def _run_name(self) -> str:
        chosen = chosen_run(self._bench)
        return self._key or (chosen.name if chosen is not None else "")

    @while_living
    def _show(self, *, is_forced: bool = False) -> None:
        if not self.isVisible() and self._shown[0]:
            return
        name = self._run_name()
        text = self._bench.runs.log(name) if name else ""
        if (name, text) == self._shown and not is_forced:
            return
        is_other, before = name != self._shown[0] or is_forced, self._shown[1]
        self._shown = name, text
        run = self._bench.runs.get(name)
        self._title.set_text(f"{run.short_name} · log.txt" if run is not None else "No run yet")
        if not is_other and not self._filter.text() and before and text.startswith(before):
            self._append(text[len(before) :])
        else:
            self._replace(text)

    def _replace(self, text: str) -> None:
        words = self._filter.text().lower()
        lines = [line for line in text.splitlines() if words in line.lower()]
        empty = "No line contains these words." if text and words else "Nothing has been written yet."
        end = "\n" if text.endswith("\n") else ""
        self._text.setPlainText("\n".join(lines) + end if lines else empty)
        self._to_end()

    def _append(self, text: str) -> None:
        cursor = self._text.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(text)
        self._to_end()

    def _to_end(self) -> None:
        if self._follow.isChecked():
            bar = self._text.verticalScrollBar()
            bar.setValue(bar.maximum())
