"""One row in full: as a conversation, with what the model sees of it beside."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import column, hairline, label, row
from app.desktop.widgets.turns import Turns
from app.workbench.bench import Workbench
from app.workbench.data_rows import RowDetail


class RowPane(QWidget):
    """The chosen row."""

    step_wanted = Signal(int)

    def __init__(self, bench: Workbench, key: str) -> None:
        super().__init__()
        self._bench, self._key = bench, key
        self.setObjectName("data.row")
        self._title = label("No row is chosen", "section", name="data.row_title")
        self._place = label("", "muted", name="data.row_place")
        self.turns = Turns("data.turns")
        before = _tool("chevron-up", "Previous row", "data.row_before", lambda: self.step_wanted.emit(-1))
        after = _tool("chevron-down", "Next row", "data.row_after", lambda: self.step_wanted.emit(1))
        head = row(self._title, self._place, None, before, after, margins=(16, 6, 12, 6))
        body = column(hairline(), head, hairline(), spacing=0)
        body.addWidget(self.turns, 1)
        self.setLayout(body)

    def show_row(self, detail: RowDetail) -> None:
        """Shows a row."""
        self._title.setText(f"Row {detail.number:,} as a conversation" if detail.turns else f"Row {detail.number:,}")
        self._place.setText(" · ".join(part for part in (detail.split, detail.place) if part))
        note = f"Set aside: {detail.reason}" if detail.reason else ""
        self.turns.set_turns([(turn.role, turn.text) for turn in detail.turns], detail.fields, note)


def _tool(name: str, text: str, object_name: str, on: object) -> QToolButton:
    made = QToolButton()
    made.setIcon(icon(name))
    made.setIconSize(QSize(16, 16))
    made.setToolTip(text)
    made.setAccessibleName(text)
    made.setObjectName(object_name)
    made.clicked.connect(on)
    return made
