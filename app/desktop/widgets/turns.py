"""A conversation as cards below each other: who says what, in full."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from app.desktop.widgets.basics import card, clear, label

SHORT = 4_000  # characters that a label lays out at once; longer texts get a field that lays out what is seen
_KINDS = {"user": "turn-user", "assistant": "turn-assistant"}
_TERMS = {"user": "prompt", "assistant": "completion"}
_UNLEARNED = "read, not learned"


class Turns(QScrollArea):
    """Cards of turns; the assistant's stand to the right."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Row as a conversation")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        self._cards = QVBoxLayout(inner)
        self._cards.setContentsMargins(16, 12, 16, 12)
        self._cards.setSpacing(8)
        self.setWidget(inner)

    def set_turns(
        self,
        turns: Sequence[tuple[str, str]],
        fields: Sequence[tuple[str, str]],
        note: str = "",
        unlearned: Collection[int] = (),
    ) -> None:
        """Shows another conversation.

        Args:
            turns: role and text.
            fields: name and text of what is in no turn.
            note: stands first, where there is something to say about the row.
            unlearned: positions of answers that are read and not learned.
        """
        clear(self._cards)
        if note:
            self._cards.addWidget(label(note, "warn", wraps=True, name="row.note"))
        for position, (role, text) in enumerate(turns):
            made = _turn(role, text, _UNLEARNED if position in unlearned else _TERMS.get(role, ""))
            self._cards.addLayout(_indented(made, 28 if role == "assistant" else 0))
        for name, text in fields:
            self._cards.addWidget(_field(name, text))
        self._cards.addStretch(1)
        self.verticalScrollBar().setValue(0)


def _indented(widget: QWidget, left: int) -> QVBoxLayout:
    made = QVBoxLayout()
    made.setContentsMargins(left, 0, 0, 0)
    made.addWidget(widget)
    return made


def _turn(role: str, text: str, term: str) -> QFrame:
    head = label(f"{role} · {term}" if term else role, _KINDS.get(role, "muted"))
    return card(head, _text(text), spacing=4, margins=10, name=f"turn.{role}")


def _field(name: str, text: str) -> QFrame:
    return card(label(name, "muted"), _text(text or "empty"), spacing=2, margins=8, name=f"field.{name}")


def _text(text: str) -> QWidget:
    if len(text) <= SHORT:
        made = label(text, wraps=True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made
    long = QPlainTextEdit(text)
    long.setReadOnly(True)
    long.setMinimumHeight(260)
    long.setAccessibleName(f"Text of {len(text):,} characters")
    return long
