"""A question of the planner with its choices, and the questions that are answered already."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLayout, QLayoutItem, QSizePolicy, QWidget

from app.desktop.widgets.basics import Elided, button, column, keycap, label, row
from app.desktop.widgets.chat.card_data import CardQuestion
from app.desktop.widgets.chat.plan_card import picture


class Flow(QLayout):
    """Things side by side that go on in the next line."""

    def __init__(self, spacing: int = 6) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802, Qt's name
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802, Qt's name
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802, Qt's name
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802, Qt's name
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802, Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802, Qt's name
        return self._place(QRect(0, 0, width, 0), moves=False)

    def sizeHint(self) -> QSize:  # noqa: N802, Qt's name
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802, Qt's name
        size = QSize()
        for item in self._items:
            size = size.expandedTo(QSize(min(160, item.sizeHint().width()), item.sizeHint().height()))
        return size

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802, Qt's name
        super().setGeometry(rect)
        self._place(rect, moves=True)

    def _place(self, rect: QRect, *, moves: bool) -> int:
        left, top, height = rect.left(), rect.top(), 0
        for item in self._items:
            if (widget := item.widget()) is not None and widget.isHidden():
                continue
            hint = item.sizeHint()
            width = min(hint.width(), rect.width())
            if left > rect.left() and left + width > rect.right() + 1:
                left, top, height = rect.left(), top + height + self.spacing(), 0
            if moves:
                item.setGeometry(QRect(QPoint(left, top), QSize(width, hint.height())))
            left += width + self.spacing()
            height = max(height, hint.height())
        return top + height - rect.top()


class QuestionCard(QFrame):
    """One open question; `other` is asked for where none of the choices is meant."""

    answered = Signal(str, str)  # field, value
    other = Signal(str)

    def __init__(self, question: CardQuestion) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName(f"question.{question.field}")
        self.setAccessibleName(question.text)
        head = row(spacing=8)
        head.addWidget(picture("question", "accent", 16), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label(question.text, "section", wraps=True), 1)
        head.addWidget(label(question.place, "muted"), 0, Qt.AlignmentFlag.AlignTop)
        chips = QWidget()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        chips.setSizePolicy(policy)
        flow = Flow()
        chips.setLayout(flow)
        for number, choice in enumerate(question.choices, start=1):
            flow.addWidget(self._chip(question, number, choice.value, choice.text))
        flow.addWidget(
            button(
                "something else …",
                kind="chip",
                name=f"question.{question.field}.other",
                on=lambda: self.other.emit(question.field),
            )
        )
        keys = keycap(f"1–{min(4, len(question.choices))}" if len(question.choices) > 1 else "1")
        keys.setVisible(bool(question.choices))
        line = row(spacing=8)
        line.addWidget(chips, 1)
        line.addWidget(keys, 0, Qt.AlignmentFlag.AlignTop)
        box = column(head, line, spacing=8, margins=12)
        if why := _why(question):
            box.addWidget(label(why, "muted", wraps=True))
        self.setLayout(box)

    def _chip(self, question: CardQuestion, number: int, value: str, text: str) -> QWidget:
        made = button(
            text if len(text) <= 60 else f"{text[:57]}…",
            kind="chip",
            name=f"question.{question.field}.{number}",
            on=lambda: self.answered.emit(question.field, value),
            tip=text,
        )
        made.setCheckable(True)
        made.setChecked(bool(question.default) and value == question.default)
        return made


def _why(question: CardQuestion) -> str:
    default = next((choice.text for choice in question.choices if choice.value == question.default), "")
    until = f" Until you say: {default}." if default else ""
    return f"{question.why}{until}".strip()


class AnsweredLine(QFrame):
    """A question that was answered, and the way back."""

    changed = Signal(str)

    def __init__(self, field: str, question: str, answer: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName(f"answered.{field}")
        asked = Elided(question, "muted")
        chip = label(answer if len(answer) <= 32 else f"{answer[:29]}…", "pill")
        chip.setToolTip(answer)
        change = button("change", kind="link", name=f"answered.{field}.change", on=lambda: self.changed.emit(field))
        line = row(picture("check", "good"), spacing=8, margins=(12, 6, 12, 6))
        line.addWidget(asked, 1)
        line.addWidget(chip)
        line.addWidget(change)
        self.setLayout(line)
