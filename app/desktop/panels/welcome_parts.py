"""Parts of the welcome page: goals, recent projects, the machine."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.living import while_living
from app.desktop.widgets.basics import Elided, Picture, button, clear, column, hairline, label, row
from app.desktop.widgets.field_frame import ClickableCard
from app.workbench.bench import Workbench
from app.workbench.goals import Goal, goals
from app.workbench.machine_store import Check
from app.workbench.recent_lines import RecentLine, recent_lines
from pipeline.errors import VibetuneError

RECENT = 3
_SIGNS = {
    "ok": ("pass-filled", "good"),
    "warn": ("warning", "warn"),
    "missing": ("error", "bad"),
    "off": ("circle-slash", "muted"),
}
_OWN_SIGNS = {"api": ("lock", "muted"), "gpu": ("circle-slash", "warn")}


class GoalCards(QWidget):
    """A card for each goal; the arrows go from one to the next."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._cards: dict[str, ClickableCard] = {}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        for goal in goals():
            made = _goal_card(goal)
            made.clicked.connect(partial(self._take, goal))
            self._cards[goal.id] = made
        self.set_columns(5)

    def set_columns(self, columns: int) -> None:
        """Lays the cards out in so many columns."""
        if columns == self._columns:
            return
        for number, made in enumerate(self._cards.values()):
            self._grid.addWidget(made, number // columns, number % columns)
        for number in range(max(columns, self._columns)):
            self._grid.setColumnStretch(number, 1 if number < columns else 0)
        self._columns = columns

    def choose(self, goal_id: str) -> None:
        """Shows which one is chosen."""
        for each, made in self._cards.items():
            made.set_chosen(each == goal_id)

    def _take(self, goal: Goal) -> None:
        self.choose(goal.id)
        self.chosen.emit(goal)


def _goal_card(goal: Goal) -> ClickableCard:
    text = label(goal.text, wraps=True)
    text.setAlignment(Qt.AlignmentFlag.AlignTop)
    text.setMinimumHeight(34)
    needs = label(goal.needs, "muted", wraps=True)
    inside = column(
        Picture(goal.icon, "accent", 20), 4, label(goal.title, "card-title"), text, None, label(goal.example, "muted"),
        hairline(), needs, spacing=6, margins=(16, 14, 16, 12),
    )  # fmt: skip
    made = ClickableCard(inside, f"welcome.goal.{goal.id}", f"{goal.title}. {goal.text} {goal.needs}")
    made.setMinimumHeight(174)
    return made


class RecentCard(QWidget):
    """The projects that were open last, and the ways to open another."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self._lines: tuple[RecentLine, ...] = ()
        self._card = QFrame()
        self._card.setProperty("kind", "card")
        self._rows = QVBoxLayout(self._card)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        head = row(
            label("Recent", "section"), None,
            button("Open a folder …", kind="link", name="welcome.open_folder", on=partial(bench.run, "project.open")),
            button("New project", kind="link", name="welcome.new_project", on=partial(bench.run, "project.new")),
            spacing=12,
        )  # fmt: skip
        self.setLayout(column(head, self._card, spacing=8))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._show(())
        bench.project_changed.connect(self._project_changed)

    def refresh(self) -> None:
        """Reads how the projects stand, in the background."""
        projects = self._bench.recent.items()[:RECENT]
        self._bench.tasks.submit(lambda _job: recent_lines(projects), done=self._show)

    @while_living
    def _project_changed(self, _project: object) -> None:
        if self.isVisible():
            self.refresh()

    @while_living
    def _show(self, lines: tuple[RecentLine, ...]) -> None:
        if lines == self._lines and self._rows.count():
            return
        self._lines = lines
        clear(self._rows)
        for line in lines:
            self._rows.addWidget(self._row(line, is_last=line == lines[-1]))
        if not lines:
            nothing = label("No project yet. The sample below is a good first look.", "muted", wraps=True)
            self._rows.addLayout(row(nothing, margins=16))

    def _row(self, line: RecentLine, *, is_last: bool) -> ClickableCard:
        inside = row(spacing=10, margins=(12, 7, 12, 7))
        inside.addWidget(Picture(line.icon, line.tone))
        inside.addLayout(column(None, label(line.name, "section"), Elided(line.text, "muted"), None, spacing=1), 1)
        inside.addWidget(label(line.age, "muted"))
        made = ClickableCard(inside, f"welcome.recent.{line.name}", f"{line.name}: {line.text}, {line.age}")
        made.setProperty("kind", "list-row")
        made.setProperty("last", is_last)
        made.setToolTip(str(line.path))
        made.clicked.connect(partial(self._open, line))
        return made

    def _open(self, line: RecentLine) -> None:
        try:
            self._bench.open(line.path)
        except VibetuneError as error:
            self._bench.notices.error(error)


class MachineCard(QWidget):
    """What this machine can do; the lines appear one by one as they are found out."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._machine = bench.machine
        self._shown: tuple[Check, ...] = ()
        self._headline = label("Looking at this machine …", name="welcome.machine")
        self._pill = label("", "pill-warn", name="welcome.gpu")
        self._pill.hide()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self._when = label("", "muted", name="welcome.checked")
        again = button("Check again", kind="link", name="welcome.check_again", on=partial(bench.run, "machine.check"))
        made = QFrame()
        made.setProperty("kind", "card")
        made.setLayout(
            column(
                row(Picture("chip", "muted"), self._headline, None, self._pill), hairline(), self._lines, None,
                row(self._when, None, again), spacing=10, margins=(16, 12, 16, 10),
            )
        )  # fmt: skip
        head = row(label("What this machine can do", "section"), None, label("vibetune doctor", "term"))
        body = column(head, spacing=8)
        body.addWidget(made, 1)
        self.setLayout(body)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._show_age)
        self._machine.changed.connect(self._show)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: object) -> None:  # noqa: N802, Qt's name
        self._clock.stop()

    @while_living
    def _show(self) -> None:
        facts = self._machine.facts
        self._headline.setText(self._machine.headline or "Looking at this machine …")
        if facts is not None:
            self._pill.setText(facts.gpu or "no graphics card")
            self._pill.show()
        if self._shown != self._machine.checks[: len(self._shown)]:
            clear(self._lines)
            self._shown = ()
        for check in self._machine.checks[len(self._shown) :]:
            self._lines.addLayout(_check_line(check))
        self._shown = self._machine.checks
        self._show_age()

    def _show_age(self) -> None:
        at = self._machine.checked_at
        if self._machine.is_checking:
            self._when.setText("Checking …")
        elif at is not None:
            seconds = time.time() - at
            self._when.setText(f"Checked {_ago(seconds)}")


def _ago(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} s ago"
    return f"{round(seconds / 60)} min ago" if seconds < 3600 else f"{round(seconds / 3600)} h ago"


def _check_line(check: Check) -> QVBoxLayout:
    name, token = _OWN_SIGNS.get(check.name, _SIGNS[check.state]) if check.state == "off" else _SIGNS[check.state]
    words = column(label(check.title, wraps=True), spacing=1)
    for text in (check.text, check.hint):
        if text:
            words.addWidget(label(text, "muted", wraps=True))
    line = row(spacing=10)
    line.addWidget(Picture(name, token), 0, Qt.AlignmentFlag.AlignTop)
    line.addLayout(words, 1)
    return column(line)
