"""The playground without its face: what is asked, of whom and how, the answers as they come, blind rounds and votes."""

from __future__ import annotations

import random
import secrets
from dataclasses import replace
from typing import Literal

from psygnal import Signal

from app.workbench.adapter_store import AdapterRow, AdapterStore
from app.workbench.asking import Answers, Asker, Cancel, ColumnAnswer, Question, WaitingAsker
from app.workbench.client_code import Request
from app.workbench.playground_round import (
    MOST_COLUMNS,
    Column,
    Round,
    asked,
    new_round,
    possible_columns,
    usual_columns,
    usual_pair,
)
from app.workbench.prompt_list import PromptHistory, read_test_messages
from app.workbench.server_store import ServerStore
from app.workbench.tasks import Tasks
from app.workbench.votes import Votes
from pipeline.errors import VibetuneError
from pipeline.runs.layout import ProjectFolder

BLIND_ROUNDS = 20
_SETTABLE = {
    "prompt",
    "system_prompt",
    "temperature",
    "max_tokens",
    "seed",
    "language",
    "shows_difference",
    "compared",
}


class PlaygroundState:
    """One per window.

    `changed`: what is asked or of whom, the round's stage, the votes. `streamed`: only the answers' texts grew.
    """

    changed = Signal()
    streamed = Signal()

    def __init__(self, tasks: Tasks, adapters: AdapterStore, server: ServerStore) -> None:
        self._tasks, self._adapters, self._server = tasks, adapters, server
        self.asker: Asker = WaitingAsker()
        self.votes = Votes(tasks)
        self.history = PromptHistory(tasks)
        self._order = random.Random(secrets.randbits(64))
        self._project: ProjectFolder | None = None
        self._clear()
        for store in (adapters, server):
            store.changed.connect(self._look)
        self.votes.changed.connect(self.changed.emit)
        self.history.changed.connect(self.changed.emit)

    def _clear(self) -> None:
        self.prompt = ""
        self.system_prompt: str | None = None  # None: each column's own
        self.temperature, self.seed = 0.0, 0
        self.max_tokens: int | None = None  # None: each column's own, the longest answer that it was taught
        self.is_blind = False
        self.shows_difference = True
        self.language = "Python"
        self.compared: tuple[str, str] | None = None  # ids of the columns whose answers are compared by word
        self.round: Round | None = None
        self.error: VibetuneError | None = None
        self.test_messages: tuple[str, ...] = ()  # for blind rounds, taken from the front
        self.rounds_done = 0
        self._chosen: tuple[str, ...] | None = None
        self._cancel: Cancel | None = None
        self._waits = False  # for adapters that are being loaded
        self._tried: set[str] = set()  # adapters that were loaded for the round
        self._known: tuple[object, ...] = ()

    def open(self, project: ProjectFolder | None) -> None:
        """Starts afresh in another project."""
        self.stop()
        self._clear()
        self._project = project
        self.votes.open(project)
        self.history.open(project)
        self.changed.emit()

    def refresh(self) -> None:
        """Nothing to look at: answers come by themselves."""

    @property
    def state(self) -> Literal["idle", "loading", "streaming", "done"]:
        """How the round stands."""
        if self._waits:
            return "loading"
        if self.round is None:
            return "idle"
        return "done" if self._cancel is None else "streaming"

    @property
    def possible(self) -> tuple[Column, ...]:
        """Everything that could be asked."""
        return possible_columns(self._adapters.adapters, self._server.base, self._prompt_of())

    @property
    def columns(self) -> tuple[Column, ...]:
        """Who is asked, in the order of the choice."""
        known = {column.id: column for column in self.possible}
        chosen = self._chosen or usual_columns(self._adapters.adapters, self.possible)
        return tuple(known[each] for each in chosen if each in known)

    @property
    def why_not_run(self) -> str | None:
        """Why nothing can be asked now, as a sentence."""
        if self._server.state != "ready":
            return "The server is starting." if self._server.state == "starting" else "The server is stopped."
        if not self.prompt.strip():
            return "There is no message yet."
        if self.state in ("loading", "streaming"):
            return "The answers to the last message are still coming."
        return None if self.columns else "No model is chosen."

    @property
    def why_not_vote(self) -> str | None:
        """Why nobody can vote now."""
        if self.round is None:
            return "Nothing has been asked yet."
        if not self.round.is_done:
            return "Voting opens when all have finished."
        if not self.round.can_be_voted_on:
            return "Fewer than two answers: nothing to choose between."
        return None

    def set(self, **values: object) -> None:
        """Changes what is asked: prompt, system_prompt, temperature, max_tokens, seed, language, shows_difference."""
        for name, value in values.items():
            if name not in _SETTABLE:
                raise AttributeError(name)
            setattr(self, name, value)
        self.changed.emit()

    def choose(self, *ids: str) -> None:
        """Chooses who is asked, at most four."""
        self.stop()
        self._chosen = tuple(dict.fromkeys(ids))[:MOST_COLUMNS]
        self.round, self.compared = None, None
        self.changed.emit()

    def add(self, column_id: str) -> None:
        """Adds somebody; the last one makes room where four stand already."""
        ids = [column.id for column in self.columns if column.id != column_id]
        self.choose(*ids[: MOST_COLUMNS - 1], column_id)

    def remove(self, column_id: str) -> None:
        """Takes somebody out."""
        self.choose(*(column.id for column in self.columns if column.id != column_id))

    def replace(self, old: str, new: str) -> None:
        """Puts somebody in another's place."""
        self.choose(*(new if column.id == old else column.id for column in self.columns))

    def set_blind(self, is_blind: bool) -> None:
        """Hides the names, from the next round on; answers in sight are put away, for their names are known."""
        if is_blind == self.is_blind:
            return
        self.stop()
        self.is_blind, self.round, self.rounds_done = is_blind, None, 0
        if is_blind and not self.test_messages:
            self.draw_messages()
        self.changed.emit()

    def draw_messages(self) -> None:
        """Fetches messages of the test set, which none of the models has seen, in random order."""
        project, rows = self._project, [row for row in (self._prompt_of(),) if row is not None]
        if project is None or not rows:
            return
        run = rows[0].run
        seed = self._order.random()

        def take(messages: tuple[str, ...]) -> None:
            if self._project is project:
                self.test_messages = messages
                if messages and self.is_blind and not self.prompt.strip():
                    self._next_message()
                self.changed.emit()

        self._tasks.submit(
            lambda _job: read_test_messages(project.run(run), BLIND_ROUNDS, seed), done=take, failed=lambda _e: None
        )

    def run(self) -> None:
        """Asks all columns; adapters that the server doesn't hold yet are loaded first."""
        if self.why_not_run is not None:
            return
        self.error = None
        for column in self.columns:
            self._server.refused.pop(column.model, None)  # it may be taken now
        self.round = new_round(
            self.prompt.strip(),
            self.columns,
            is_blind=self.is_blind,
            temperature=self.temperature,
            seed=self.seed,
            order=self._order,
        )
        self.compared = None if self.compared not in _pairs(self.columns) else self.compared
        self.history.add(self.prompt.strip())
        self._waits, self._tried = True, set()
        self._go_on()

    def stop(self) -> None:
        """Stops the answers; what has come stays."""
        self._waits = False
        if self._cancel is not None:
            cancel, self._cancel = self._cancel, None
            cancel()
            self._mark_stopped()
            self.changed.emit()

    def vote(self, choice: int | str) -> None:
        """Votes for a column by its place from 0, for a `tie`, or `all bad`; a second vote replaces the first."""
        if self.round is None or self.why_not_vote is not None:
            return
        if isinstance(choice, int) and not 0 <= choice < len(self.round.columns):
            return
        if not self.round.vote:
            self.rounds_done += 1
        self.round = self.round.voted(choice)
        self.votes.add(self.round.as_vote())
        self.changed.emit()

    @property
    def why_not_next(self) -> str | None:
        """Why there is no next round."""
        if self.round is not None or (self.is_blind and self.test_messages and self._server.state == "ready"):
            return None
        return "No round is under way."

    def next_round(self) -> None:
        """Clears the answers; a blind round takes its next message from the test set and asks at once."""
        self.stop()
        self.round = None
        if self.is_blind and self.test_messages:
            self._next_message()
            self.changed.emit()
            self.run()
            return
        self.prompt = ""
        self.changed.emit()

    def next_test_message(self) -> None:
        """Puts the next message of the test set into the prompt, fetching some first where there are none."""
        if self.test_messages:
            self._next_message()
            self.changed.emit()
            return
        self.draw_messages()
        if self.test_messages and not self.prompt.strip():
            self._next_message()
            self.changed.emit()

    def pair(self) -> tuple[int, int] | None:
        """Places of the two answers whose difference is shown; None where there are not two."""
        if self.round is None or len(self.round.columns) < 2:
            return None
        if self.round.names_are_hidden:
            return 0, 1  # the usual pair would tell which column is whose
        ids = [column.id for column in self.round.columns]
        if self.compared and all(each in ids for each in self.compared):
            return ids.index(self.compared[0]), ids.index(self.compared[1])
        old, new = usual_pair(self.columns if len(self.columns) > 1 else self.round.columns)
        return (ids.index(old), ids.index(new)) if {old, new} <= set(ids) else (0, 1)

    def request(self, column: Column | None = None) -> Request | None:
        """What stands in the code for the user's own program: the last adapter, or the chosen column."""
        chosen = column or next(reversed(self.columns), None)
        if chosen is None:
            return None
        row = self._adapters.get(chosen.id)
        return Request(
            self._server.url or "http://127.0.0.1:PORT",
            chosen.model or "base",
            self.prompt.strip() or "Your message",
            (self.system_prompt if self.system_prompt is not None else chosen.told) or None,
            self.max_tokens or chosen.max_tokens,
            self.temperature,
            self.seed if self.temperature else None,
            f"{', '.join(row.aliases)} today" if row and row.aliases else "",
        )

    def _next_message(self) -> None:
        self.prompt, *rest = self.test_messages
        self.test_messages = tuple(rest)

    def _prompt_of(self) -> AdapterRow | None:
        """The adapter whose instruction the base gets: the last chosen one, else the newest."""
        for address in reversed(self._chosen or ()):
            if (row := self._adapters.get(address)) is not None:
                return row
        fitting = [row for row in self._adapters.adapters if not self._server.base or row.base == self._server.base]
        return max(fitting, key=lambda row: row.created, default=None)

    def _look(self) -> None:
        """Adapters or server changed."""
        server = self._server
        if self._waits and not server.loading:
            self._go_on()
        known = (server.state, server.adapters, server.base, server.loading, self._adapters.adapters)
        if known != self._known:
            self._known = known
            self.changed.emit()

    def _go_on(self) -> None:
        """Loads the next adapter that is missing, or asks when none is."""
        current, server = self.round, self._server
        if current is None or not self._waits:
            return
        if server.target is None:
            self._waits = False
            self.changed.emit()
            return
        for column in current.columns:
            if column.is_adapter and column.model not in {*server.adapters, *server.refused, *self._tried}:
                self._tried.add(column.model)
                self.changed.emit()
                server.load(column.model)
                return
        self._waits = False
        self._ask(current)

    def _ask(self, current: Round) -> None:
        target = self._server.target
        if target is None:
            return
        refused = [
            self._server.refused.get(column.model) if column.model not in self._server.adapters else None
            for column in current.columns
        ]
        places = [place for place, error in enumerate(refused) if error is None]
        columns = [current.columns[place] for place in places]
        self.round = current = replace(
            current, answers=tuple(ColumnAnswer(error=error) if error else ColumnAnswer() for error in refused)
        )

        def take(answers: Answers) -> None:
            if self.round is None or self.round.id != current.id:
                return
            merged = list(self.round.answers)
            for place, answer in zip(places, answers, strict=True):
                merged[place] = answer
            self.round = replace(self.round, answers=tuple(merged))
            self.streamed.emit()

        def end(error: VibetuneError | None) -> None:
            if self.round is not None and self.round.id == current.id:
                self._cancel, self.error = None, error
                self._mark_stopped()
                self.changed.emit()

        question = Question(
            target,
            asked(columns, self.system_prompt, self.max_tokens),
            current.message,
            self.temperature,
            self.seed,
        )
        self._cancel = lambda: None
        cancel = self.asker.ask(question, take, end)
        if self._cancel is not None:  # it has not ended already
            self._cancel = cancel
        self.changed.emit()

    def _mark_stopped(self) -> None:
        if self.round is not None:
            answers = (each if each.is_done else replace(each, was_stopped=True) for each in self.round.answers)
            self.round = replace(self.round, answers=tuple(answers))


def _pairs(columns: tuple[Column, ...]) -> set[tuple[str, str]]:
    return {(one.id, other.id) for one in columns for other in columns if one.id != other.id}
