"""A question of the planner with its choices, and the questions that are answered already."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from app.desktop.widgets.basics import Elided, Picture, button, column, keycap, label, row
from app.desktop.widgets.chat.card_data import CardQuestion
from app.desktop.widgets.flow import flow


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
        head.addWidget(Picture("question", "accent", 16), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label(question.text, "section", wraps=True), 1)
        head.addWidget(label(question.place, "muted"), 0, Qt.AlignmentFlag.AlignTop)
        chips = [self._chip(question, number, each.value, each.text) for number, each in enumerate(question.choices, 1)]
        name = f"question.{question.field}.other"
        other = button("something else …", kind="chip", name=name, on=lambda: self.other.emit(question.field))
        keys = keycap(f"1–{min(4, len(question.choices))}" if len(question.choices) > 1 else "1")
        keys.setVisible(bool(question.choices))
        line = row(spacing=8)
        line.addWidget(flow(*chips, other, spacing=6), 1)
        line.addWidget(keys, 0, Qt.AlignmentFlag.AlignTop)
        box = column(head, line, spacing=8, margins=12)
        if why := _why(question):
            box.addWidget(label(why, "muted", wraps=True))
        self.setLayout(box)

    def _chip(self, question: CardQuestion, number: int, value: str, text: str) -> QWidget:
        made = button(
            text if len(text) <= 44 else f"{text[:41]}…",
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
    """A question that was answered, and the way back while the answer holds."""

    changed = Signal(str)

    def __init__(self, field: str, question: str, answer: str, value: str) -> None:
        super().__init__()
        self.field, self.value = field, value
        self.setProperty("kind", "card")
        self.setObjectName(f"answered.{field}")
        asked = Elided(question, "muted")
        chip = label(answer if len(answer) <= 32 else f"{answer[:29]}…", "pill")
        chip.setToolTip(answer)
        self._change = button(
            "change", kind="link", name=f"answered.{field}.change", on=lambda: self.changed.emit(field)
        )
        line = row(Picture("check", "good", 14), spacing=8, margins=(12, 6, 12, 6))
        line.addWidget(asked, 1)
        line.addWidget(chip)
        line.addWidget(self._change)
        self.setLayout(line)

    def set_changeable(self, is_changeable: bool) -> None:
        """Offers the way back, or not."""
        self._change.setVisible(is_changeable)
