"""Notices on the screen: the newest as toasts at the lower right, all of them in a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import Message, button, clear, column, label, row, scrolled, tool_button
from app.workbench.bench import Workbench
from app.workbench.notices import Notice

WIDTH, LIST_HEIGHT, GAP = 380, 520, 12
SHOWN = 3
SECONDS = 9  # that a toast stays; what went wrong stays until it is put away


class NoticeCard(Message):
    """One notice with its actions."""

    def __init__(self, bench: Workbench, notice: Notice, close: Callable[[], object]) -> None:
        actions = [
            button(text, name=f"notice.{command}", on=partial(_act, bench, notice, command))
            for text, command in notice.actions
        ]
        away = tool_button("close", "Put away", name="notice.close", on=close, size=14)
        super().__init__(notice.tone, notice.title, notice.text, actions, away)
        self.notice = notice
        self.setProperty("kind", "popup")
        self.setObjectName("notice")


def _act(bench: Workbench, notice: Notice, command: str) -> None:
    bench.notices.put_away(notice)
    bench.run(command)


Spared = Callable[[], Sequence[QWidget]]


class _Corner(QObject):
    """The window's lower right corner above what must stay free; tells when that moves."""

    moved = Signal()

    def __init__(self, parent: QWidget, spared: Spared) -> None:
        super().__init__(parent)
        self._parent, self._spared = parent, spared
        parent.installEventFilter(self)

    def place(self, width: int, height: int) -> QRect:
        """Where something of that size goes; it is lower than wished where there is no room."""
        left, bottom = self._parent.width() - width - GAP, self._parent.height() - GAP
        for widget in self._spared():
            widget.installEventFilter(self)
            if not widget.isVisible() or not self._parent.isAncestorOf(widget):
                continue
            place = QRect(widget.mapTo(self._parent, QPoint()), widget.size())
            if place.right() > left:
                bottom = min(bottom, place.top() - GAP)
        height = min(height, bottom - GAP)
        return QRect(left, bottom - height, width, height)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802, Qt's name
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide):
            self.moved.emit()
        return False


class Toasts(QWidget):
    """The newest notices."""

    def __init__(self, bench: Workbench, parent: QWidget, spared: Spared) -> None:
        super().__init__(parent)
        self._bench = bench
        self._corner = _Corner(parent, spared)
        self._corner.moved.connect(self.place)
        self._hidden: set[int] = set()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self.setObjectName("toasts")
        bench.notices.added.connect(self._added)
        bench.notices.changed.connect(self._show)
        self.hide()

    def dismiss(self) -> bool:
        """Hides the newest toast; False if there is none."""
        shown = self._shown()
        if shown:
            self._hide(shown[0].number)
        return bool(shown)

    @while_living
    def _added(self, notice: Notice) -> None:
        if notice.tone in ("info", "good"):
            QTimer.singleShot(SECONDS * 1000, self, partial(self._hide, notice.number))

    def _shown(self) -> list[Notice]:
        return [each for each in self._bench.notices.items if each.number not in self._hidden][:SHOWN]

    def _hide(self, number: int) -> None:
        self._hidden.add(number)
        self._show()

    @while_living
    def _show(self) -> None:
        cards = [item.widget() for item in map(self._box.itemAt, range(self._box.count())) if item is not None]
        wanted = [each.number for each in self._shown()]
        if [card.notice.number for card in cards if isinstance(card, NoticeCard)] == wanted[::-1]:
            return
        clear(self._box)
        for notice in reversed(self._shown()):
            card = NoticeCard(self._bench, notice, partial(self._hide, notice.number))
            self._box.addWidget(card)
            card.show()  # a layout counts only what is shown: a second toast had no height
        self.setVisible(bool(wanted))
        self.place()
        if wanted:
            self.raise_()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def place(self) -> None:
        """Goes where nothing is covered that is being written or read."""
        if self._box.count():
            height = max(self._box.heightForWidth(WIDTH), self._box.minimumSize().height())
            self.setGeometry(self._corner.place(WIDTH, height))


class NoticeList(QFrame):
    """All notices since the start."""

    def __init__(self, bench: Workbench, parent: QWidget, spared: Spared) -> None:
        super().__init__(parent)
        self._bench = bench
        self._corner = _Corner(parent, spared)
        self._corner.moved.connect(self._place)
        self.setProperty("kind", "popup")
        self.setObjectName("notices")
        self.setAccessibleName("Notices")
        self._all = button("Put all away", kind="link", name="notices.all", on=self._put_all_away)
        close = tool_button("close", "Close the notices", name="notices.close", on=self.hide, size=14)
        self._cards = column(spacing=8)
        inner = QWidget()
        inner.setLayout(column(self._cards, None, spacing=0))
        head = row(label("Notices", "section"), None, self._all, close)
        self.setLayout(column(head, scrolled(inner, name="notices.list", accessible="Notices"), margins=12))
        bench.notices.changed.connect(self._show)
        self.hide()

    def toggle(self) -> None:
        """Shows or hides the list."""
        if self.isVisible():
            self.hide()
            return
        self._place()
        self._show()
        self.show()
        self.raise_()
        self._all.setFocus()

    def _place(self) -> None:
        self.setGeometry(self._corner.place(WIDTH + 40, LIST_HEIGHT))

    def _put_all_away(self) -> None:
        for notice in list(self._bench.notices.items):
            self._bench.notices.put_away(notice)

    @while_living
    def _show(self) -> None:
        clear(self._cards)
        notices = self._bench.notices
        for notice in notices.items:
            self._cards.addWidget(NoticeCard(self._bench, notice, partial(notices.put_away, notice)))
        if not notices.items:
            self._cards.addWidget(label("Nothing to tell.", "muted"))
        self._all.setEnabled(bool(notices.items))
