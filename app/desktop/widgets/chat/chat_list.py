"""The earlier chats, to go on with one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from app.desktop.widgets.basics import column, label


class ChatList(QFrame):
    """Opens above the messages; Enter or a click chooses."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("assistant.chats")
        self._list = QListWidget()
        self._list.setObjectName("assistant.chats.list")
        self._list.setAccessibleName("Earlier chats")
        self._list.itemActivated.connect(self._choose)
        self._list.itemClicked.connect(self._choose)
        self._none = label("No earlier chats in this project.", "muted")
        self.setLayout(column(label("Earlier chats", "section"), self._none, self._list, spacing=6, margins=8))
        self.setFocusProxy(self._list)

    def show_chats(self, chats: Sequence[tuple[str, str, int]]) -> None:
        """Shows id, title and number of messages of each, newest first."""
        self._list.clear()
        for chat, title, messages in chats:
            item = QListWidgetItem(f"{title or 'Without words'}   · {messages}")
            item.setData(Qt.ItemDataRole.UserRole, chat)
            item.setToolTip(title)
            self._list.addItem(item)
        self._none.setVisible(not chats)
        self._list.setVisible(bool(chats))
        self._list.setFixedHeight(min(8, max(1, len(chats))) * 28 + 4)
        if chats:
            self._list.setCurrentRow(0)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
