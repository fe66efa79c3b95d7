"""The question which answer is best: a key and a button for each, and the switch for blind mode."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.desktop.theme.icons import draw_icon
from app.desktop.theme.theme import theme
from app.desktop.widgets.basics import Segmented, button, hairline, keycap, label, row, set_kind
from app.desktop.widgets.flow import Flow


class VoteBar(QFrame):
    """`voted` carries the place of a column from 0, `tie` or `all bad`."""

    voted = Signal(object)
    blind_wanted = Signal(bool)
    next_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("playground.votes")
        self.setMinimumHeight(44)
        self._title = label("Which is best?", "section", name="playground.question")
        self._pairs: list[QWidget] = []
        self._told = label("", "muted", name="playground.vote_told")
        self.next_button = button("Next", icon="arrow-right", name="playground.next", on=self.next_wanted.emit)
        self._enter = keycap("Enter")
        self._switch = Segmented(("off", "on"), "off", name="playground.blind")
        self._switch.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._switch.chosen.connect(lambda value: self.blind_wanted.emit(value == "on"))
        self._buttons: list[QPushButton] = []
        self._names: tuple[str, ...] = ()
        self._line = Flow(10, (16, 8, 16, 8))
        blind = row(_fixed(hairline(is_vertical=True)), _Eye(), label("Blind mode"), self._switch, keycap("B"))
        self._line.add(self._title, None, self._told, self.next_button, self._enter, _held(blind))
        self.setLayout(self._line)

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
        for pair in self._pairs:
            self._line.removeWidget(pair)
            pair.deleteLater()
        self._pairs, self._buttons = [], []
        named: list[tuple[str, str, int | str]] = [(str(n + 1), name, n) for n, name in enumerate(self._names)]
        named += [("0", "tie", "tie"), ("X", "all bad", "all bad")]
        for key, name, choice in named:
            each = button(name, kind="chip", name=f"playground.vote.{key}")
            each.setCheckable(True)
            each.setAccessibleName(f"Vote {name}, key {key}")
            each.clicked.connect(lambda _checked=False, choice=choice: self.voted.emit(choice))
            self._pairs.append(_held(row(keycap(key), each, spacing=6)))
            self._line.insert(len(self._pairs), self._pairs[-1])
            self._buttons.append(each)


def _held(line: QHBoxLayout) -> QWidget:
    made = QWidget()
    made.setLayout(line)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


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
