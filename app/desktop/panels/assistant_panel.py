"""The chat: sentences, answers, the proposal as a card, questions, and where one writes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.desktop.living import while_living
from app.desktop.panels.assistant_cards import card_data, card_questions
from app.desktop.panels.data_draft_rows import DataDraftRows
from app.desktop.widgets.basics import Elided, EmptyState, button, clear, column, label, row, tool_button
from app.desktop.widgets.chat.bubble import AssistantText, OutcomeLine, UserBubble
from app.desktop.widgets.chat.chat_list import ChatList
from app.desktop.widgets.chat.composer import Composer
from app.desktop.widgets.chat.plan_card import PlanCard
from app.desktop.widgets.chat.question_card import AnsweredLine, QuestionCard
from app.desktop.widgets.tab_order import follow_layouts
from app.workbench.bench import Workbench
from app.workbench.chat_files import Message

_SHOWN = 30  # messages that are widgets; older ones on demand
_FRAME_MS = 33
_ABOVE = 8  # pixels that stay free above what is shown from its start on
_EXAMPLES = (
    "Sort our support messages into queues",
    "Answer in our tone of voice",
    "Pull names and amounts out of invoices",
)
_DATA_VIEWS = ("data",)


class AssistantPanel(QWidget):
    """Shows `bench.conversation`; everything it does is a command or a call on it."""

    def __init__(self, bench: Workbench, key: str = "") -> None:
        super().__init__()
        self.setObjectName("assistant")
        self.setAccessibleName("Assistant")
        self.bench, self.chat = bench, bench.conversation
        self._widgets: dict[int, tuple[Message, QWidget]] = {}
        self._chat_shown, self._first = "", 0  # where the messages begin that are widgets
        self._card: PlanCard | None = None
        self._follows = self._is_following = False
        self._chose_way = False  # the keyboard was there: it goes back when the other proposal has come
        self._question_key: object = None
        self._is_warm = False
        self._build()
        self._connect()
        self._frame = QTimer(self)
        self._frame.setInterval(_FRAME_MS)
        self._frame.timeout.connect(self._tick)
        self.composer.set_text(self.chat.draft)
        self._show_context()
        self._show()

    # parts

    def _build(self) -> None:
        self._title = Elided("", "muted")
        earlier = tool_button(
            "history",
            "Earlier chats",
            name="assistant.earlier",
            on=partial(self.bench.run, "assistant.earlier"),
            token="text",
        )
        new = tool_button(
            "add", "New chat", name="assistant.new", on=partial(self.bench.run, "assistant.new"), token="text"
        )
        head = row(spacing=4, margins=(12, 6, 8, 0))
        head.addWidget(self._title, 1)
        head.addWidget(earlier)
        head.addWidget(new)
        self._list: QVBoxLayout = column(spacing=10)
        self._older = button("Show earlier messages", kind="link", name="assistant.older", on=self._show_older)
        self._questions: QVBoxLayout = column(spacing=8)
        self._proposal: QVBoxLayout = column(spacing=8)
        self._decision: QVBoxLayout = column(margins=(12, 4, 12, 4))
        self._empty = self._empty_state()
        inside = QWidget()
        inside.setProperty("surface", "panel")
        box = column(self._older, self._list, self._proposal, self._questions, spacing=10, margins=(12, 8, 12, 8))
        box.addStretch(1)
        inside.setLayout(box)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setAccessibleName("Messages")
        self._scroll.verticalScrollBar().rangeChanged.connect(self._follow)
        self._scroll.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._chats = ChatList()
        self._chats.setVisible(False)
        stop = button("Stop", icon="debug-stop", name="assistant.stop", on=lambda: self.bench.run("assistant.stop"))
        self._busy_text = label("", "muted")
        self._busy = QWidget()
        self._busy.setLayout(row(stop, self._busy_text, None, margins=(12, 4, 12, 4)))
        self.composer, self._rows = Composer(), DataDraftRows(self.bench)
        self.foot = QWidget()
        self.foot.setObjectName("assistant.foot")
        self.foot.setLayout(
            column(self._decision, self._busy, self._rows, column(self.composer, margins=(12, 4, 12, 12)), spacing=0)
        )
        whole = column(head, self._chats, spacing=0)
        whole.addWidget(self._empty, 1)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self.foot)
        self.setLayout(whole)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a focus proxy would have Tab jump over what stands above it
        self.setAcceptDrops(True)

    def _empty_state(self) -> EmptyState:
        examples = [
            button(text, kind="chip", name=f"assistant.example.{number}", on=partial(self.chat.fill_draft, text))
            for number, text in enumerate(_EXAMPLES, start=1)
        ]
        words = "Drop a file with examples on this panel, or name one in your sentence. Nothing is applied by itself."
        return EmptyState("sparkle", "Say what the model should do", words, *examples)

    def _connect(self) -> None:
        chat, plan = self.chat, self.bench.plan
        chat.changed.connect(self._show)
        chat.streamed.connect(self._show_streamed)
        chat.draft_changed.connect(self._show_draft)
        chat.focus_wanted.connect(self._focus)
        chat.hunk_chosen.connect(self._show_hunk)
        chat.list_wanted.connect(self._toggle_chats)
        plan.proposal_changed.connect(self._show_proposal)
        self.bench.history.changed.connect(self._show_undo)
        self.bench.views.active_changed.connect(self._active_changed)
        self.composer.sent.connect(self._say)
        self.composer.stopped.connect(lambda: self.bench.run("assistant.stop") if self._is_thinking else None)
        self.composer.edited.connect(self._edited)
        self._chats.chosen.connect(self._open_chat)

    # what the user does

    def _say(self, text: str, files: list[Path]) -> None:
        self.chat.set_draft("")
        self.chat.say(text, files or self._file_in_front())

    def _edited(self, text: str) -> None:
        self.chat.set_draft(text)
        self._rows.show_text(text)
        if text and not self._is_warm:
            self._is_warm = True
            self.chat.warm()  # the planner's process starts while the sentence is being typed

    def _file_in_front(self) -> list[Path]:
        """The data file of the view in front, while the chat has none: the sentence is about it."""
        active = self.bench.views.active
        is_file = active.kind in _DATA_VIEWS and "/" in active.key and not self.chat.has_files
        return [Path(active.key)] if is_file else []

    def _open_chat(self, chat: str) -> None:
        self._chats.setVisible(False)
        self.chat.open_chat(chat)

    @while_living
    def _toggle_chats(self) -> None:
        self._chats.show_chats([(each.id, each.title, each.messages) for each in self.chat.chats])
        self._chats.setVisible(self._chats.isHidden())
        if self._chats.isVisible():
            self._chats.setFocus()

    def _other_answer(self, field: str) -> None:
        hint = {"dataset.columns": "{prompt: [], completion: []}"}.get(field, "")
        self.chat.fill_draft(hint)

    @while_living
    def _focus(self) -> None:
        self.composer.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # what is shown

    @property
    def _is_thinking(self) -> bool:
        return self.chat.state == "thinking"

    @while_living
    def _show(self) -> None:
        if self._chat_shown != self.chat.chat or len(self.chat.messages) < self._first + len(self._widgets):
            self._chat_shown, self._first = self.chat.chat, max(0, len(self.chat.messages) - _SHOWN)
            self._forget()
        messages = self.chat.messages[self._first :]
        self._older.setVisible(self._first > 0)
        for message in messages:
            self._put(message)
        self._empty.setVisible(not messages)
        self._scroll.setVisible(bool(messages))
        self._title.set_text(next((each.text for each in self.chat.messages if each.role == "user"), ""))
        self._show_proposal()
        self._show_questions()
        self._show_busy()
        if self._is_thinking and not self._frame.isActive():
            self._frame.start()
        if not self._is_thinking:
            self._frame.stop()

    def _put(self, message: Message) -> None:
        known = self._widgets.get(message.number)
        if known is not None and known[0] == message:
            return
        self._follows = True
        if known is not None and known[0].outcome == message.outcome:
            self._fill(known[1], message)
            self._widgets[message.number] = (message, known[1])
            return
        made = self._message_widget(message)
        if known is not None:
            self._list.replaceWidget(known[1], made)
            known[1].hide()
            known[1].deleteLater()
        else:
            self._list.addWidget(made)
        self._widgets[message.number] = (message, made)

    def _message_widget(self, message: Message) -> QWidget:
        name = f"message.{message.number}"
        if message.role == "user":
            return UserBubble(message.text, message.files, name)
        whole = QWidget()
        whole.setObjectName(name)
        box = column(*self._answered_lines(message), AssistantText(f"{name}.said"), spacing=8)
        whole.setLayout(box)
        if message.outcome:
            line = OutcomeLine(message.outcome, message.title, message.checkpoint)
            line.undone.connect(lambda: self.bench.run("plan.undo"))
            line.redone.connect(lambda: self.bench.run("plan.redo"))
            self._place(line, message)
            box.addWidget(line)
        self._fill(whole, message)
        return whole

    def _answered_lines(self, message: Message) -> list[AnsweredLine]:
        """The answers that the message is a reply to."""
        before = next(
            (each.answers for each in reversed(self.chat.messages) if each.number < message.number and each.answers), ()
        )
        lines = []
        for answer in message.answers:
            if answer not in before:
                line = AnsweredLine(answer.field, answer.question, answer.text, answer.value)
                line.changed.connect(self.chat.change_answer)
                lines.append(line)
        return lines

    def _fill(self, widget: QWidget, message: Message) -> None:
        if (text := widget.findChild(AssistantText)) is not None:
            text.show_message(
                message.text,
                progress=message.progress,
                is_streaming=message.is_streaming,
                is_error=message.is_error,
            )

    @while_living
    def _show_streamed(self, message: Message) -> None:
        if message.number in self._widgets:
            self._put(message)
            self._show_busy()

    def _tick(self) -> None:
        self.chat.pump()
        self._show_busy()

    def _show_busy(self) -> None:
        self._busy.setVisible(self._is_thinking)
        if self._is_thinking:
            seconds = monotonic() - self.chat.since
            self._busy_text.setText(f"writing, {seconds:.0f} s · nothing is applied by itself")

    @while_living
    def _show_proposal(self) -> None:
        pending = self.bench.plan.pending if self.chat.card is not None else None
        if pending is None:
            self._put_card_away()
            if self.chat.can_ask_again:
                again = button("Show the proposal again", name="assistant.again", on=self.chat.ask_again)
                self._proposal.addLayout(row(again, None))
            return
        data = card_data(pending, self.bench.plan.path, self._last_title(), self.chat.ways)
        if self._card is not None and self._card.show_data(data):
            return
        if self.chat.is_settling:
            return  # the answer that brings it ends next, and gives it its title
        self._put_card_away()
        self._card = card = PlanCard(data)
        card.ticked.connect(self.bench.plan.tick)
        card.applied.connect(lambda: self.bench.run("plan.apply"))
        card.rejected.connect(lambda: self.bench.run("plan.reject"))
        card.edited.connect(lambda: self.bench.run("assistant.edit_plan"))
        card.way_wanted.connect(self.chat.choose_way)
        card.unfolded.connect(self._bring_into_sight)
        self._proposal.addWidget(card)
        self._decision.addWidget(card.decision)
        follow_layouts(self)
        if self._chose_way:
            self._chose_way = False
            card.focus_way()

    def _put_card_away(self) -> None:
        if self._card is not None:
            self._chose_way = self._card.has_way_focus
        clear(self._proposal)
        clear(self._decision)
        self._card = None

    def _last_title(self) -> str:
        return next((each.title for each in reversed(self.chat.messages) if each.card == self.chat.card), "")

    def _show_questions(self) -> None:
        questions = () if self._is_thinking else card_questions(self.chat.questions)
        asked = {each.field for each in questions}
        in_force = {(each.field, each.value) for each in self.chat.answers if each.field not in asked}
        for _message, widget in self._widgets.values():
            for line in widget.findChildren(AnsweredLine):
                line.set_changeable((line.field, line.value) in in_force)
        if questions == self._question_key:
            return
        self._question_key = questions
        clear(self._questions)
        for question in questions:
            card = QuestionCard(question)
            card.answered.connect(self.chat.answer)
            card.other.connect(self._other_answer)
            self._questions.addWidget(card)
        follow_layouts(self)

    @while_living
    def _show_hunk(self, number: int) -> None:
        if self._card is not None and (row_ := self._card.hunk(number)) is not None:
            row_.set_current(True)
            self._scroll.ensureWidgetVisible(row_)

    def _place(self, line: OutcomeLine, message: Message) -> None:
        """Undo stands beside the checkpoint in force only: it takes back the last change, whichever that is."""
        number, position = message.checkpoint, self.bench.history.position
        if message.outcome == "applied" and number is not None:
            line.show_history(can_undo=number == position, can_redo=number == position + 1, is_undone=number > position)

    @while_living
    def _show_undo(self) -> None:
        for message, widget in self._widgets.values():
            if (line := widget.findChild(OutcomeLine)) is not None:
                self._place(line, message)

    @while_living
    def _show_draft(self) -> None:
        self.composer.set_text(self.chat.draft)

    @while_living
    def _active_changed(self, _view: object) -> None:
        self._show_context()

    def _show_context(self) -> None:
        active, plan = self.bench.views.active, self.bench.plan.path
        names = [plan.name] if plan is not None else []
        if active.kind in _DATA_VIEWS and active.key:
            names.append(Path(active.key).name)
        elif active.kind in ("run", "verdict") and active.key:
            run = self.bench.runs.get(active.key)
            names.append(run.short_name if run is not None else active.key)
        self.composer.set_context(names)

    def _show_older(self) -> None:
        self._first = max(0, self._first - _SHOWN)
        self._forget()
        self._show()
        self._follows = False

    def _forget(self) -> None:
        clear(self._list)
        self._widgets = {}

    def _follow(self, _low: int, high: int) -> None:
        """Shows what came last from where the user spoke on, until the reader scrolls elsewhere."""
        if self._follows:
            self._is_following = True
            self._scroll.verticalScrollBar().setValue(min(high, self._last_turn()))
            self._is_following = False

    def _last_turn(self) -> int:
        """Where the last thing that the user said stands, in pixels from the top."""
        said = [widget for message, widget in self._widgets.values() if message.role == "user"]
        inside = self._scroll.widget()
        return said[-1].mapTo(inside, QPoint()).y() - _ABOVE if said and inside is not None else 0

    def _bring_into_sight(self, part: QWidget) -> None:
        QTimer.singleShot(0, part, lambda: self._scroll.ensureWidgetVisible(part))  # when it has its place

    def _scrolled(self) -> None:
        self._follows = self._follows and self._is_following

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802, Qt's name
        self.composer.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802, Qt's name
        self.composer.dropEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802, Qt's name
        super().focusInEvent(event)
        self._focus()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802, Qt's name
        super().showEvent(event)
        self._show_context()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802, Qt's name
        super().hideEvent(event)
        self.chat.refresh()
