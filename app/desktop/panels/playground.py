"""The playground: one message, several models, their answers side by side."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.desktop.background.streams import streams
from app.desktop.living import AfterPaint, while_living
from app.desktop.playground.answer_grid import AnswerGrid
from app.desktop.playground.comparison_pane import ComparisonPanes
from app.desktop.playground.question_form import QuestionForm
from app.desktop.playground.server_strip import ServerStrip
from app.desktop.widgets.basics import Banner, EmptyState, button, clear, column, hairline
from app.desktop.widgets.server_stages import ServerStages
from app.desktop.widgets.sides import Sides
from app.desktop.widgets.tab_order import follow_layouts
from app.desktop.widgets.vote_bar import VoteBar
from app.workbench.asking import WaitingAsker
from app.workbench.bench import Workbench
from app.workbench.playground_round import LETTERS
from app.workbench.playground_state import BLIND_ROUNDS

DIFFERENCE_MS = 250  # comparing by word while answers grow
LEAST_ANSWERS = 220  # pixels
MOST_LETTERS = 16  # of a name on a vote's button


class Playground(QWidget):
    """Its state is `bench.playground`, so that two of them show the same."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self._bench, self._state = bench, bench.playground
        if isinstance(self._state.asker, WaitingAsker):
            self._state.asker = streams()
        self.setObjectName("playground")
        self.setProperty("surface", "panel")
        self.strip, self.form = ServerStrip(bench), QuestionForm(bench)
        self.grid, self.votes = AnswerGrid(bench), VoteBar()
        self.panes: ComparisonPanes | None = None  # until the rest has been painted
        self.stages = ServerStages()
        self._waiting: QVBoxLayout = column(spacing=12, margins=16)
        self._waiting_for: tuple[object, ...] = ()
        self._middle = QStackedWidget()
        self._assemble()
        self._connect()
        self._difference_timer = QTimer(self)
        self._difference_timer.setSingleShot(True)
        self._difference_timer.setInterval(DIFFERENCE_MS)
        self._show_server()
        self.form.show_question()
        AfterPaint(self, self._show_answers)

    def _assemble(self) -> None:
        page = QWidget()
        page.setLayout(self._waiting)
        self._middle.addWidget(self.grid)
        self._middle.addWidget(page)
        upper = QWidget()
        answers = column(self.strip, hairline(), self.form, hairline(), spacing=0)
        answers.addWidget(self._middle, 1)
        for widget in (hairline(), self.votes, hairline()):
            answers.addWidget(widget)
        upper.setLayout(answers)
        self._middle.setMinimumHeight(LEAST_ANSWERS)
        self._sides = Sides(upper, QWidget(), wide=0, sizes=(600, 230))
        self._sides.setAccessibleName("Question, answers and their comparison")
        self.setLayout(column(self._sides, spacing=0))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a focus proxy would have Tab jump over what stands above it

    def _show_answers(self) -> None:
        self.grid.show_columns()
        self._show_votes()
        follow_layouts(self)
        AfterPaint(self, self._add_panes)

    def _add_panes(self) -> None:
        self.panes = ComparisonPanes(self._bench)
        self._difference_timer.timeout.connect(self.panes.show_difference)
        self.panes.show_all()
        self._sides.replace_side(self.panes)
        follow_layouts(self)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusInEvent(event)
        self.form.prompt.setFocus()

    def _connect(self) -> None:
        self._state.changed.connect(self._show)
        self._state.streamed.connect(self._grow)
        self._bench.server.changed.connect(self._show_server)
        self.votes.voted.connect(self._vote)
        self.votes.blind_wanted.connect(self._state.set_blind)
        self.votes.next_wanted.connect(lambda: self._bench.run("playground.next_round"))

    @while_living
    def _show(self) -> None:
        self._show_server()
        self.form.show_question()
        self.grid.show_columns()
        self._show_votes()
        if self.panes is not None:
            self.panes.show_all()
        follow_layouts(self)

    @while_living
    def _grow(self) -> None:
        self.grid.show_answers()
        self._show_votes()
        if not self._difference_timer.isActive():
            self._difference_timer.start()

    def _vote(self, choice: object) -> None:
        if isinstance(choice, int):
            self._bench.run(f"playground.vote_{choice + 1}")
        else:
            self._bench.run("playground.vote_tie" if choice == "tie" else "playground.vote_bad")

    def _show_votes(self) -> None:
        state, current = self._state, self._state.round
        columns = current.columns if current else state.columns
        if current is not None:
            hidden = current.names_are_hidden
            names = [LETTERS[place] if hidden else _short(each.id) for place, each in enumerate(columns)]
            ids = {each.id: place for place, each in enumerate(columns)}
            chosen: int | str | None = ids.get(current.vote, current.vote or None)
        else:
            names = [LETTERS[n] if state.is_blind else _short(each.id) for n, each in enumerate(columns)]
            chosen = None
        number = state.rounds_done + (0 if current is not None and current.vote else 1)
        title = f"Blind, {number} of {max(BLIND_ROUNDS, number)}" if state.is_blind else "Which is best?"
        reason = state.why_not_vote
        self.votes.show_choices(names, title=title, can_vote=reason is None, chosen=chosen)
        told = current.vote_sentence if current is not None and current.vote else (reason or "choose by key or button")
        self.votes.show_told(
            told,
            is_vote=bool(current and current.vote),
            can_go_on=bool(current and current.is_done),
            is_blind=state.is_blind,
        )

    @while_living
    def _show_server(self) -> None:
        server = self._bench.server
        self.strip.show_server()
        if server.state == "ready" or (self._state.round is not None and server.state != "starting"):
            self._middle.setCurrentIndex(0)
            return
        self._middle.setCurrentIndex(1)
        error = server.error
        wanted = (server.state, error.message if error else "")
        if wanted != self._waiting_for:
            self._waiting_for = wanted
            self._rebuild_waiting()
            follow_layouts(self)
        if server.state == "starting":
            self.stages.show_start(
                server.stages,
                what=server.base or "the plan's base, with each adapter's candidate",
                seconds=server.seconds,
                seconds_left=server.seconds_left,
                fraction=server.fraction or 0.0,
            )

    def _rebuild_waiting(self) -> None:
        bench, server, error = self._bench, self._bench.server, self._bench.server.error
        self.stages.setParent(None)
        clear(self._waiting)
        if server.state == "starting":
            self._waiting.addWidget(self.stages)
            self.stages.show()
            self._waiting.addStretch(1)
        elif error is not None:
            again = button(
                "Start again", icon="debug-restart", name="playground.again", on=lambda: bench.run("server.start")
            )
            log = button("Log", icon="output", name="playground.log", on=lambda: bench.run("server.show_log"))
            self._waiting.addWidget(Banner("bad", error.message, error.hint, again, log, code=error.code))
            self._waiting.addStretch(1)
        else:
            text = "Answers come from a server on this machine. It serves the base with the adapters and needs a few "
            text += "seconds to start; how much memory it takes depends on the base."
            start = button(
                "Start server",
                icon="debug-start",
                kind="primary",
                name="playground.start_big",
                on=lambda: bench.run("server.start"),
            )
            start.setEnabled(server.state == "stopped")
            title = "The server is stopped" if server.state == "stopped" else "The server is stopping"
            self._waiting.addWidget(EmptyState("server", title, text, start))


def _short(column_id: str) -> str:
    """A name that fits on a button; the columns' heads have the whole one."""
    name, at, version = column_id.partition("@")
    return f"{name[:9]}…{at}{version}" if len(column_id) > MOST_LETTERS else column_id
