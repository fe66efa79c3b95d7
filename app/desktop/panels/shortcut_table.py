"""All commands with their keys; a user's own keys are set in the last column."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from app.desktop.living import while_living
from app.desktop.theme.fonts import font
from app.desktop.widgets.tables import ROW_HEIGHT, list_whole_rows
from app.workbench.bench import Workbench

ROWS_SHOWN = 12


class ShortcutTable(QTableWidget):
    """Command, the keys it comes with, and the user's own."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(0, 3)
        self._bench = bench
        self._is_filling = False
        self.setObjectName("settings.keys")
        self.setAccessibleName("Shortcuts of all commands")
        self.setHorizontalHeaderLabels(["Command", "Keys", "Your keys"])
        list_whole_rows(self)
        self.setEditTriggers(QTableWidget.EditTrigger.AllEditTriggers)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(1, 150)
        self.setColumnWidth(2, 150)
        self.setMinimumHeight(ROW_HEIGHT * ROWS_SHOWN)
        self.itemChanged.connect(self._set)
        bench.settings.changed.connect(self._changed)
        self._fill()

    def _fill(self) -> None:
        self._is_filling = True
        commands = sorted(self._bench.commands, key=lambda command: command.id)
        own, face = self._bench.settings.values.keys, font(12, is_mono=True)
        self.setRowCount(len(commands))
        for number, command in enumerate(commands):
            title, keys = QTableWidgetItem(command.title), QTableWidgetItem(", ".join(command.keys))
            mine = QTableWidgetItem(own.get(command.id, ""))
            title.setToolTip(command.help or command.id)
            title.setData(Qt.ItemDataRole.UserRole, command.id)
            for fixed in (title, keys):
                fixed.setFlags(fixed.flags() & ~Qt.ItemFlag.ItemIsEditable)
            for mono in (keys, mine):
                mono.setFont(face)
            for place, item in enumerate((title, keys, mine)):
                self.setItem(number, place, item)
        self._is_filling = False

    def _set(self, item: QTableWidgetItem) -> None:
        if self._is_filling or item.column() != 2:
            return
        identity = str(self.model().index(item.row(), 0).data(Qt.ItemDataRole.UserRole))
        keys = dict(self._bench.settings.values.keys)
        text = QKeySequence(item.text()).toString() if item.text().strip() else ""
        if text:
            keys[identity] = text
        else:
            keys.pop(identity, None)
        self._bench.settings.set("keys", keys)

    @while_living
    def _changed(self, name: str) -> None:
        if name == "keys":
            self._fill()
