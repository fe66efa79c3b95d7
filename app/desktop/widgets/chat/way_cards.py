"""Ways to do the same as cards beside each other: what each takes, and why it differs; one of them is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from app.desktop.widgets.basics import Picture, column, label, row
from app.desktop.widgets.chat.card_data import CardWay
from app.desktop.widgets.field_frame import ClickableCard

WIDE = 390  # pixels below which they stand below each other


class WayCards(QWidget):
    """Click, Enter or Space chooses; arrows go from one to the next."""

    chosen = Signal(str)

    def __init__(self, ways: Sequence[CardWay]) -> None:
        super().__init__()
        self.setObjectName("plan.ways")
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self._chosen: ClickableCard | None = None
        for way in ways:
            card = self._card(way)
            self._chosen = card if way.is_chosen else self._chosen
            self._box.addWidget(card, 1)

    def focus_chosen(self) -> None:
        """Gives the chosen one the keyboard."""
        if self._chosen is not None:
            self._chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _card(self, way: CardWay) -> ClickableCard:
        mark = Picture("pass-filled", "accent") if way.is_chosen else Picture("circle-large", "edge")
        head = row(label(way.title, "section"), None, mark)
        words = [label(text, "muted", wraps=True) for text in way.reasons]
        inside = column(
            head, label(way.what, "term", wraps=True), label(way.takes, wraps=True), *words, None, spacing=3, margins=10
        )
        state = "chosen" if way.is_chosen else "press to choose"
        said = f"{way.title}: {way.what}, {way.takes}. {' '.join(way.reasons)} ({state})"
        made = ClickableCard(inside, f"plan.way.{way.name}", said)
        made.set_chosen(way.is_chosen)
        made.clicked.connect(partial(self.chosen.emit, way.name))
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, Qt's name
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        self._box.setDirection(ways.LeftToRight if event.size().width() >= WIDE else ways.TopToBottom)
