"""The question which answer is best: a key and a button for each, and the switch for blind mode."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Segmented, button, clear, hairline, keycap, label, row, set_kind


class VoteBar(QFrame):
    """`voted` carries the place of a column from 0, `tie` or `all bad`."""

    voted = Signal(object)
    blind_wanted = Signal(bool)
    next_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("playground.votes")
        self.setFixedHeight(44)
        self._title = label("Which is best?", "section", name="playground.question")
        self._choices: QHBoxLayout = row(spacing=6)
        self._told = label("", "muted", name="playground.vote_told")
        self.next_button = button("Next", icon="arrow-right", name="playground.next", on=self.next_wanted.emit)
        self._enter = keycap("Enter")
        self._switch = Segmented(("off", "on"), "off", name="playground.blind")
        self._switch.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._switch.chosen.connect(lambda value: self.blind_wanted.emit(value == "on"))
        self._buttons: list[QPushButton] = []
        self._names: tuple[str, ...] = ()
        line = row(self._title, 4, self._choices, None, self._told, self.next_button, self._enter, spacing=8)
        line.addWidget(_fixed(hairline(is_vertical=True)))
        line.addWidget(_Eye())
        line.addWidget(label("Blind mode"))
        line.addWidget(self._switch)
        line.addWidget(keycap("B"))
        line.setContentsMargins(16, 0, 16, 0)
        self.setLayout(line)

    def show_choices(self, names: Sequence[str], *, title: str, can_vote: bool, chosen: int | str | None) -> None:
        """Shows a button for each name, a tie and all bad; `chosen` is what was voted for."""
        self._title.setText(title)
        if tuple(names) != self._names or not self._buttons:
            self._names = tuple(names)
            self._rebuild()
        choices: list[int | str] = [*range(len(self._names)), "tie", "all bad"]
        for each, choice in zip(self._buttons, choices, strict=True):
            each.setEnabled(can_vote)
            each.setChecked(choice == chosen)

    def show_told(self, text: str, *, is_vote: bool, can_go_on: bool, is_blind: bool) -> None:
        """Says what the vote was, or why none is possible yet."""
        self._told.setText(text)
        set_kind(self._told, "good" if is_vote else "muted")
        self.next_button.setVisible(can_go_on)
        self._enter.setVisible(can_go_on)
        self._switch.choose("on" if is_blind else "off")

    def _rebuild(self) -> None:
        clear(self._choices)
        self._buttons = []
        named: list[tuple[str, str, int | str]] = [(str(n + 1), name, n) for n, name in enumerate(self._names)]
        named += [("0", "tie", "tie"), ("X", "all bad", "all bad")]
        for key, name, choice in named:
            each = button(name, kind="chip", name=f"playground.vote.{key}")
            each.setCheckable(True)
            each.setAccessibleName(f"Vote {name}, key {key}")
            each.clicked.connect(lambda _checked=False, choice=choice: self.voted.emit(choice))
            self._choices.addWidget(keycap(key))
            self._choices.addWidget(each)
            self._choices.addSpacing(6)
            self._buttons.append(each)


class _Eye(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(16, 16)
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802, Qt's name
        draw_icon(QPainter(self), self.rect(), "eye-closed")


def _fixed(widget: QWidget) -> QWidget:
    widget.setFixedHeight(24)
    return widget
