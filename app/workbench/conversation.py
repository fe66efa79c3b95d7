"""The chat about the plan: sentences go to the planner's process, its proposals to the plan store."""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from psygnal import Signal

from app.workbench import chat_files
from app.workbench.chat_files import Answer, ChatInfo, Message, Outcome
from app.workbench.plan_thread import PlanThread, plain_values
from app.workbench.plan_ways import Way
from app.workbench.planner_client import PlannerClient
from app.workbench.planner_reply import PlannerReply, read_reply
from pipeline.errors import VibetuneError

if TYPE_CHECKING:
    from app.workbench.plan_store import PlanStore
    from app.workbench.tasks import Job, Tasks
    from assistant.planner.proposal import Proposal, Question
    from pipeline.runs.layout import ProjectFolder

State = Literal["idle", "thinking"]


class Conversation:
    """Messages of the open chat, and what the planner is doing.

    What the planner streams is collected in a queue; `pump` takes it from there, in the thread that owns the state.
    """

    changed = Signal()
    streamed = Signal(Message)  # the last message has grown
    draft_changed = Signal()
    focus_wanted = Signal()
    hunk_chosen = Signal(int)
    list_wanted = Signal()

    def __init__(self, tasks: Tasks, plan: PlanStore, client: PlannerClient | None = None) -> None:
        self._tasks, self._plan = tasks, plan
        self._client = client
        self._folder: Path | None = None
        self._project: Path | None = None
        self.chat = chat_files.new_chat_id()
        self.messages: tuple[Message, ...] = ()
        self.chats: tuple[ChatInfo, ...] = ()
        self.questions: tuple[Question, ...] = ()
        self.card: int | None = None  # number of the proposal that is open
        self.current_hunk = 0
        self.state: State = "idle"
        self.since = 0.0  # when the planner began to think, monotonic seconds
        self._thread = PlanThread()
        self._job: Job | None = None
        self._incoming: queue.SimpleQueue[tuple[int, str, str]] = queue.SimpleQueue()
        self._turn = 0
        self._is_settling = self._is_unwritable = False
        self.draft, self._saved_draft = "", ""
        plan.proposal_changed.connect(self._proposal_changed)

    # what the workbench calls

    def open(self, project: ProjectFolder | None) -> None:
        """Shows the newest chat of a project, and the draft that was left."""
        self.stop()
        self._save_draft()
        self._folder = project.state / "chats" if project is not None else None
        self._project = project.path if project is not None else None
        self._show(chat_files.Chat(chat_files.new_chat_id()))
        self.chats, self.draft, self._saved_draft = (), "", ""
        self.draft_changed.emit()
        if (folder := self._folder) is not None:
            self._tasks.submit(lambda _job: _read_all(folder), done=lambda read: self._opened(folder, *read))

    def refresh(self) -> None:
        """Takes what has arrived, and keeps what was typed."""
        self.pump()
        self._save_draft()

    def close(self) -> None:
        """Ends the planner's process."""
        self.stop()
        self._save_draft()
        if self._client is not None:
            self._client.close()

    # what the user does

    def say(self, text: str, files: Sequence[Path] = ()) -> None:
        """Sends a sentence, with files that hold the examples it speaks of."""
        text = text.strip()
        if not text and not files:
            return
        if (open_one := self._answered_by(text)) is not None:
            self.answer(*open_one)
            return
        self.stop()
        self._put("user", text, files=tuple(str(file) for file in files))
        self._thread = self._thread.said(text, [str(file) for file in files])
        self._ask()

    def answer(self, question_field: str, value: str) -> None:
        """Answers one of the planner's questions; it then proposes again."""
        question = next((each for each in self.questions if each.field == question_field), None)
        text = next((each.text for each in question.choices if each.value == value), value) if question else value
        asked = question.text if question else question_field
        self.stop()
        self._thread = self._thread.answered(Answer(question_field, value, asked, text))
        self._ask()

    def change_answer(self, question_field: str) -> None:
        """Takes an answer back; the question comes again."""
        self._thread = self._thread.without_answer(question_field)
        self._ask()

    @property
    def ways(self) -> tuple[Way, ...]:
        """What the open proposal could be instead: cheap, balanced, best; none where there is nothing to choose."""
        return self._thread.ways if self.card is not None else ()

    def choose_way(self, name: str) -> None:
        """Has the open proposal made anew, another way."""
        if name in {each.name for each in self.ways if not each.is_chosen}:
            self.stop()
            self._put("user", f"The {name} way.")
            self._thread = self._thread.wished(name)
            self._ask()

    @property
    def can_ask_again(self) -> bool:
        """Whether the last proposal was neither applied nor rejected, and is gone: the window was closed."""
        if self.state == "thinking" or not self.messages or self.card is not None:
            return False
        last = self.messages[-1]
        return last.card is not None and not last.outcome and bool(self._thread.sentences)

    def ask_again(self) -> None:
        """Has the last proposal made again."""
        if self.can_ask_again:
            self._settle_lost()
            self._ask()

    def stop(self) -> None:
        """Stops the answer under way; what has been written stays."""
        if self._job is not None:
            self._job.cancel()
        self._job, self._turn = None, self._turn + 1
        if self.state == "thinking":
            self._thread = self._thread.taken_back()
            self._finish(f"{self.messages[-1].text}\n\nStopped.".strip())

    def apply(self) -> None:
        """Applies the ticked changes of the open proposal."""
        self._is_settling = True
        try:
            checkpoint = self._plan.apply()
        finally:
            self._is_settling = False
        self._thread = self._thread.applied()
        for undone in [each for each in self.messages if (each.checkpoint or 0) >= checkpoint.number]:
            self._mark(undone, "replaced", None)  # its number is taken: it can't come back
        self._settle("applied", checkpoint.number)
        self._keep_thread()

    def reject(self) -> None:
        """Puts the open proposal away; its sentence is forgotten, too."""
        self._is_settling = True
        try:
            self._plan.reject()
        finally:
            self._is_settling = False
        self._thread = self._thread.rejected()
        self.questions = ()
        self._settle("rejected")

    def new_chat(self) -> None:
        """Begins a chat without a past; the plan stays."""
        self.stop()
        self._show(chat_files.Chat(chat_files.new_chat_id()))
        self._list_chats()

    def open_chat(self, chat: str) -> None:
        """Goes on with an earlier chat."""
        if (folder := self._folder) is not None:
            self.stop()
            self._tasks.submit(lambda _job: chat_files.read_chat(folder, chat), done=self._show)

    def set_draft(self, text: str) -> None:
        """Remembers what is being typed."""
        self.draft = text

    def fill_draft(self, text: str) -> None:
        """Puts a sentence into the composer for the user to finish."""
        self.draft = text
        self.draft_changed.emit()
        self.focus_wanted.emit()

    def choose_hunk(self, number: int) -> None:
        """Makes a change of the proposal the current one."""
        self.current_hunk = number
        self.hunk_chosen.emit(number)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What the user has chosen so far."""
        return self._thread.answers

    @property
    def has_files(self) -> bool:
        """Whether the sentences are about files that the user gave."""
        return bool(self._thread.files)

    # the turn

    @property
    def client(self) -> PlannerClient:
        """The planner's process; it starts with the first question."""
        if self._client is None:
            self._client = PlannerClient()
        return self._client

    def warm(self) -> None:
        """Starts the planner's process ahead of the first sentence."""
        client = self.client
        self._tasks.submit(lambda job: client.ask("ping", {"warm": True}, job=job), failed=lambda _error: None)

    def pump(self) -> None:
        """Takes over what the planner has written since."""
        text, progress, grew = "", "", False
        while not self._incoming.empty():
            turn, kind, value = self._incoming.get()
            if turn != self._turn or self.state != "thinking":
                continue
            grew = True
            text, progress = (text + value, progress) if kind == "text" else (text, value)
        if grew:
            last = self.messages[-1]
            self._replace(replace(last, text=last.text + text, progress=progress or last.progress))
            self.streamed.emit(self.messages[-1])

    def _ask(self) -> None:
        self._put("assistant", "", is_streaming=True, progress="Reading the sentence", answers=self._thread.answers)
        self.state, self.since = "thinking", time.monotonic()
        self.changed.emit()
        self._send()

    def _send(self) -> None:
        self._turn += 1
        turn, client, incoming = self._turn, self.client, self._incoming
        params = self._thread.params(self._project, plain_values(self._plan.plan))

        def told(method: str, said: dict[str, Any]) -> None:
            incoming.put((turn, method, str(said.get("text", ""))))

        self._job = self._tasks.submit(
            lambda job: read_reply(client.ask("plan", params, job=job, told=told)),
            done=lambda reply: self._replied(turn, reply),
            failed=lambda error: self._failed(turn, error),
        )

    def _replied(self, turn: int, reply: PlannerReply) -> None:
        if turn != self._turn:
            return
        proposal = reply.proposal
        self._thread = self._thread.replied(proposal, is_new=reply.is_new)
        if self._thread.way != self._thread.shown:  # a further sentence; the way that was chosen before still holds
            self._thread = self._thread.wished(self._thread.way)
            self._replace(replace(self.messages[-1], text=""))
            self._send()
            return
        if proposal.answer is None:  # talk leaves open what was open
            self.questions = tuple(proposal.questions)
        try:
            number = self._propose(proposal) if proposal.plan is not None else None
        except VibetuneError as error:
            self._failed(turn, error)
            return
        self._finish(reply.text, number, reply.title)
        self._keep_thread()

    @property
    def is_settling(self) -> bool:
        """Whether the open proposal is changed by this conversation, which tells of it when it is done."""
        return self._is_settling

    def _propose(self, proposal: Proposal) -> int | None:
        """Hands a plan to the store, in place of the open one; the number of its card, if it changes anything."""
        self._settle("replaced")
        self.card, self.current_hunk = 1 + max((each.card or 0 for each in self.messages), default=0), 0
        self._is_settling = True
        try:
            reasons = proposal.reasons | self._thread.reasons
            self._plan.propose(proposal.model_copy(update={"reasons": reasons}), self._thread.sentence)
            if self._plan.pending is None or not self._plan.pending.hunks:
                self._plan.reject()
                self.card = None
        finally:
            self._is_settling = False
        return self.card

    def _failed(self, turn: int, error: VibetuneError) -> None:
        if turn == self._turn:
            self._thread = self._thread.taken_back()
            self._finish(str(error), is_error=True)

    def _finish(self, text: str, card: int | None = None, title: str = "", *, is_error: bool = False) -> None:
        last = replace(
            self.messages[-1], text=text, is_streaming=False, card=card, progress="", title=title, is_error=is_error
        )
        self._replace(last)
        self.state, self._job = "idle", None
        self._write(chat_files.message_line(last))
        self.streamed.emit(last)
        self.changed.emit()

    # the open proposal

    def _proposal_changed(self) -> None:
        """Somebody else applied or rejected what was open."""
        if not self._is_settling and self.card is not None and self._plan.pending is None:
            self._thread = self._thread.applied()
            self._settle("applied")

    def _settle(self, outcome: Outcome, checkpoint: int | None = None) -> None:
        if self.card is None:
            return
        found = next((each for each in self.messages if each.card == self.card), None)
        self.card = None
        if found is not None:
            self._mark(found, outcome, checkpoint)
        self.changed.emit()

    def _mark(self, message: Message, outcome: Outcome, checkpoint: int | None) -> None:
        self._replace(replace(message, outcome=outcome, checkpoint=checkpoint))
        line = {"kind": "outcome", "number": message.number, "outcome": outcome, "checkpoint": checkpoint}
        self._write(line)

    def _settle_lost(self) -> None:
        """The proposal of the last message is made again, as another one."""
        self.card = self.messages[-1].card
        self._settle("replaced")

    def _answered_by(self, text: str) -> tuple[str, str] | None:
        """The question that a sentence answers: it is one of the choices, or the columns in YAML."""
        for question in self.questions:
            for choice in question.choices:
                if text and text.casefold() in (choice.value.casefold(), choice.text.casefold()):
                    return question.field, choice.value
            if question.field == "dataset.columns" and text.startswith("{") and text.endswith("}"):
                return question.field, text
        return None

    # messages and files

    def _put(self, role: chat_files.Role, text: str, **more: Any) -> None:
        number = 1 + (self.messages[-1].number if self.messages else 0)
        message = Message(number, role, text, **more)
        self.messages = (*self.messages, message)
        if not message.is_streaming:
            self._write(chat_files.message_line(message))

    def _replace(self, message: Message) -> None:
        self.messages = tuple(message if each.number == message.number else each for each in self.messages)

    def _write(self, line: dict[str, Any]) -> None:
        if self._folder is None or self._is_unwritable:
            return
        try:
            chat_files.append(self._folder, self.chat, line)
        except VibetuneError as error:  # the chat goes on; that it isn't kept is said once
            self._is_unwritable = True
            self._put("assistant", f"This chat is not kept: {error}", is_error=True)

    def _keep_thread(self) -> None:
        self._write({"kind": "thread", **self._thread.as_json()})

    def _show(self, chat: chat_files.Chat) -> None:
        self.chat, self.messages = chat.id, chat.messages
        self._thread = PlanThread.from_json(chat.thread)
        self.questions, self.card, self.state = (), None, "idle"
        self.changed.emit()

    def _opened(self, folder: Path, chats: tuple[ChatInfo, ...], chat: chat_files.Chat | None, draft: str) -> None:
        if folder != self._folder:
            return
        self.chats = chats
        if chat is not None and not self.messages:
            self._show(chat)
        if draft and not self.draft:
            self.draft = self._saved_draft = draft
            self.draft_changed.emit()
        self.changed.emit()

    def _list_chats(self) -> None:
        if (folder := self._folder) is not None:
            self._tasks.submit(lambda _job: chat_files.list_chats(folder), done=self._listed)

    def _listed(self, chats: tuple[ChatInfo, ...]) -> None:
        self.chats = chats
        self.changed.emit()

    def _save_draft(self) -> None:
        folder, text = self._folder, self.draft
        if folder is not None and text != self._saved_draft:
            self._saved_draft = text
            self._tasks.submit(lambda _job: chat_files.write_draft(folder, text))


def _read_all(folder: Path) -> tuple[tuple[ChatInfo, ...], chat_files.Chat | None, str]:
    chats = chat_files.list_chats(folder)
    chat = chat_files.read_chat(folder, chats[0].id) if chats else None
    return chats, chat, chat_files.read_draft(folder)
