"""Every command with its keys, what it does, and why it can't be run now; Return runs it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QTableWidget, QTableWidgetItem, QWidget

from app.desktop.living import while_living
from app.desktop.theme.fonts import font
from app.desktop.theme.icons import icon
from app.desktop.widgets.basics import button, column, label, row
from app.desktop.widgets.tables import list_whole_rows
from app.workbench.bench import Workbench
from app.workbench.commands import Command

HEADS = ("Command", "Keys", "Where", "What it does")


class CommandList(QWidget):
    """A table of the commands, filtered by a word."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench = bench
        self.setObjectName("commands")
        self.setProperty("surface", "panel")
        self.filter = QLineEdit()
        self.filter.setObjectName("commands.filter")
        self.filter.setPlaceholderText("Filter by word, key or id")
        self.filter.setAccessibleName("Filter the commands")
        self.filter.textChanged.connect(self._filter)
        self.filter.installEventFilter(self)
        self.table = self._table()
        self._count = label("", "muted")
        own = button("Change keys in the settings", kind="link", on=lambda: bench.run("view.settings"))
        head = row(self.filter, self._count, own, spacing=12, margins=(16, 10, 16, 10))
        head.setStretch(0, 1)
        self.setLayout(column(head, self.table, spacing=0))
        self.setFocusProxy(self.filter)
        bench.settings.changed.connect(self._changed)
        self._fill()

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, len(HEADS))
        table.setObjectName("commands.table")
        table.setAccessibleName("All commands")
        table.setHorizontalHeaderLabels(list(HEADS))
        list_whole_rows(table)
        for place, width in enumerate((300, 130, 110)):
            table.setColumnWidth(place, width)
        table.horizontalHeader().setStretchLastSection(True)
        table.itemActivated.connect(self._run)
        return table

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Down:
            self.table.setFocus()
            return True
        return False

    def _fill(self) -> None:
        commands = sorted(self._bench.commands, key=lambda each: (each.category, each.title))
        self.table.setRowCount(len(commands))
        face = font(12, is_mono=True)
        for number, command in enumerate(commands):
            for place, text in enumerate(_texts(self._bench, command)):
                item = QTableWidgetItem(text)
                item.setToolTip(command.id if place == 0 else text)
                if place == 0:
                    item.setIcon(icon(command.icon or "symbol-event"))
                    item.setData(Qt.ItemDataRole.UserRole, command.id)
                elif place == 1:
                    item.setFont(face)
                self.table.setItem(number, place, item)
        self._filter(self.filter.text())

    def _filter(self, text: str) -> None:
        wanted, shown = text.lower().split(), 0
        for number in range(self.table.rowCount()):
            cells = [self.table.item(number, place) for place in range(len(HEADS))]
            said = " ".join(cell.text() for cell in cells if cell is not None).lower()
            said += " " + self._id(number)
            fits = all(word in said for word in wanted)
            self.table.setRowHidden(number, not fits)
            shown += fits
        self._count.setText(f"{shown} of {self.table.rowCount()}")

    def _id(self, number: int) -> str:
        item = self.table.item(number, 0)
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def _run(self, item: QTableWidgetItem) -> None:
        self._bench.run(self._id(item.row()))

    @while_living
    def _changed(self, name: str) -> None:
        if name == "keys":
            self._fill()


def _texts(bench: Workbench, command: Command) -> tuple[str, str, str, str]:
    native = QKeySequence.SequenceFormat.NativeText
    keys = "  ".join(QKeySequence(key).toString(native) for key in bench.keys_of(command))
    return command.title, keys, ", ".join(command.views) or command.category, command.help
