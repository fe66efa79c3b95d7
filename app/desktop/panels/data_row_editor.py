"""The cells of one row as fields: what is typed lies over the file, which stays as it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.desktop.widgets.basics import button, clear, column, hairline, label, row, scrolled
from app.desktop.widgets.chips import claims_escape
from app.workbench.data_rows import Cell, RowDetail

LINE, MOST_LINES = 18, 6  # pixels; lines of a field before it scrolls
SHOWN = 120  # characters of what the file has


class DataRowEditor(QWidget):
    """Fields; Ctrl+Enter keeps them, Esc leaves them."""

    kept = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.editor")
        self._fields: dict[str, QPlainTextEdit] = {}
        self._title = label("", "section", name="data.editor_title")
        self._error = label("", "bad", wraps=True, name="data.editor_error")
        self._error.hide()
        keep = button("Keep the edit", icon="check", name="data.keep_edit", on=self.kept.emit, tip="Ctrl+Enter")
        leave = button("Leave as it was", name="data.leave_edit", on=self.left.emit, tip="Esc")
        self._rows = column(spacing=10, margins=(16, 10, 16, 12))
        inner = QWidget()
        inner.setLayout(self._rows)
        head = row(self._title, label("the file stays as it is", "muted"), None, margins=(16, 6, 8, 6))
        body = column(hairline(), head, hairline(), spacing=0)
        body.addLayout(row(self._error, margins=(16, 4, 16, 0)))
        body.addWidget(scrolled(inner, name="data.editor_fields", accessible="Fields of the row"), 1)
        body.addLayout(row(keep, leave, None, margins=(16, 6, 16, 8)))
        self.setLayout(body)

    def show_row(self, detail: RowDetail, first: str = "") -> None:
        """Shows the cells of a row; the field called `first` gets the keyboard."""
        clear(self._rows)
        self._fields.clear()
        self.show_error("")
        self._title.setText(f"Edit row {detail.number:,}")
        for cell in detail.cells:
            field = self._field(cell)
            name = label(cell.name, "term")
            name.setBuddy(field)
            was = f"in the file: {_short(cell)}" if cell.is_edited else ""
            self._rows.addLayout(column(row(name, None, label(was, "muted")), field, spacing=3))
        self._rows.addStretch(1)
        chosen = self._fields.get(first) or next(iter(self._fields.values()), None)
        if chosen is not None:
            chosen.setFocus()
            chosen.selectAll()

    def texts(self) -> dict[str, str]:
        """What the fields hold, by column."""
        return {name: field.toPlainText() for name, field in self._fields.items()}

    def show_error(self, text: str) -> None:
        """Says what can't be kept; an empty text takes it away."""
        self._error.setText(text)
        self._error.setVisible(bool(text))

    def _field(self, cell: Cell) -> QPlainTextEdit:
        field = QPlainTextEdit(cell.text)
        field.setProperty("kind", "field")
        field.setObjectName(f"data.field.{cell.name}")
        field.setAccessibleName(cell.name)
        field.setTabChangesFocus(True)
        lines = max(1, min(MOST_LINES, cell.text.count("\n") + 1 + len(cell.text) // 90))
        field.setFixedHeight(lines * LINE + 18)
        field.installEventFilter(self)
        self._fields[cell.name] = field
        return field

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if not isinstance(event, QKeyEvent):
            return False
        if claims_escape(event):
            return True
        if event.type() == QEvent.Type.KeyPress:
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.kept.emit()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.left.emit()
                return True
        return False


def _short(cell: Cell) -> str:
    text = "empty" if cell.before in (None, "") else Cell(cell.name, cell.before).text
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
