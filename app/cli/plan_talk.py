"""`vibetune plan --interactive`: the chat of the window, in a terminal, with the same planner and the same memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.output import people
from app.cli.plan import print_proposal
from pipeline.errors import BadInput, VibetuneError

if TYPE_CHECKING:
    from app.workbench.chat_files import Answer
    from assistant.planner.proposal import Proposal, Question
    from assistant.session.author import Reply, Turn

_END = ("quit", "exit", "q")
_HELP = "A sentence changes the plan, a number answers, `write` writes it, `why` shows the reasons, `quit` ends."


def talk(sentence: str, data: Sequence[Path], overrides: Sequence[str], folder: Path | None, *, explain: bool) -> None:
    """Talks until the plan is written or the input ends; nothing is written by itself."""
    conversation = _Talk(data, overrides, folder)
    people().print(_HELP, markup=False)
    line = sentence or _read()
    while line is not None and line.strip() not in _END:
        if line.strip() == "write" and conversation.write():
            return
        if line.strip() == "why":
            conversation.show(explain=True)
        elif line.strip() != "write":
            conversation.hear(line.strip(), explain=explain)
        line = _read()


def _read() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None


class _Quiet:
    """Hears of an answer while it is made; a terminal shows it whole."""

    def progress(self, text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"{text}\n")

    def text(self, piece: str) -> None:
        return


class _Talk:
    def __init__(self, data: Sequence[Path], overrides: Sequence[str], folder: Path | None) -> None:
        from app.workbench.plan_thread import PlanThread
        from assistant.session.built_in import BuiltInAuthor

        self._author, self._thread = BuiltInAuthor(), PlanThread()
        self._data, self._overrides, self._folder = list(data), tuple(overrides), folder
        self._proposal: Proposal | None = None
        self._questions: list[Question] = []

    def hear(self, line: str, *, explain: bool) -> None:
        """Takes a sentence, or the number of an answer to the first question."""
        if not line:
            return
        if (answer := self._answer(line)) is not None:
            self._thread = self._thread.answered(answer)
        else:
            self._thread = self._thread.said(line, [str(each) for each in self._data])
            self._data = []
        try:
            reply = self._author.write(self._turn(), _Quiet())
        except VibetuneError as error:
            self._thread = self._thread.taken_back()
            people().print(f"{error.message} {error.hint}", markup=False)
            return
        self._take(reply, explain=explain)

    def _take(self, reply: Reply, *, explain: bool) -> None:
        self._thread = self._thread.replied(reply.proposal, is_new=reply.is_new)
        people().print(reply.text, markup=False)
        if reply.proposal.answer is None:
            self._proposal, self._questions = reply.proposal, list(reply.proposal.questions)
            self.show(explain=explain)

    def _answer(self, line: str) -> Answer | None:
        from app.workbench.chat_files import Answer as Given

        question = next(iter(self._questions), None)
        if question is None or not line.isdigit() or not 0 < int(line) <= len(question.choices):
            return None
        choice = question.choices[int(line) - 1]
        return Given(question.field, choice.value, question.text, choice.text)

    def _turn(self) -> Turn:
        from app.workbench.plan_thread import plain_values
        from assistant.session.author import turn_of
        from pipeline.plan.document import load_plan

        path = self._folder / "plan.yaml" if self._folder else None
        current = plain_values(load_plan(path).plan if path and path.is_file() else None)
        params = self._thread.params(self._folder, current)
        return turn_of(params | {"overrides": [*self._overrides, *params["overrides"]]})

    def show(self, *, explain: bool) -> None:
        """The open proposal."""
        if self._proposal is not None:
            print_proposal(self._proposal, explain=explain, written=None)

    def write(self) -> bool:
        """Writes the open proposal; says why where that can't be done."""
        from app.workbench.planning import write_plan
        from assistant.planner.sources import bring_in

        try:
            if self._folder is None:
                raise BadInput("project.missing", "This is no project.", "Make one: vibetune new my-project")
            if self._proposal is None:
                raise BadInput("plan.open", "There is no plan yet.", _HELP)
            plan = self._proposal.require_plan()
            bring_in(self._proposal, self._folder)
            path = write_plan(plan, self._folder / "plan.yaml")
        except VibetuneError as error:
            people().print(f"{error.message} {error.hint}", markup=False)
            return False
        people().print(f"Written to {path}. Next: vibetune run", markup=False)
        return True
