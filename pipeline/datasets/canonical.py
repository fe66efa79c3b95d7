"""Tables into canonical rows by the roles of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.bases.chat import is_learned
from pipeline.datasets import column_names as names
from pipeline.datasets.cell import cell_text
from pipeline.datasets.packed import are_many
from pipeline.datasets.problem import excerpt
from pipeline.datasets.readers.table import Table, bad_place
from pipeline.datasets.recognise.columns import as_messages
from pipeline.datasets.row import Draft, Message, SetAside, answer_start, only_read, spoken, turns_of
from pipeline.datasets.stored import DraftStore, StoredDraft
from pipeline.datasets.turn import Unusable, message_of, plain_messages, with_tools
from pipeline.datasets.turns import conversations_of_turns
from pipeline.datasets.verdict import UNWANTED, WANTED
from pipeline.errors import BadInput
from pipeline.plan.model import Role, Split

Columns = Mapping[Role, Sequence[str]]
Positions = Mapping[Role, Sequence[int]]
_NO_ANSWER = "it has no completion."

_BUILDABLE: tuple[frozenset[str], ...] = (
    frozenset(("messages",)),
    frozenset(("prompt", "completion")),
    frozenset(("text",)),
    frozenset(("prompt", "chosen", "rejected")),
    frozenset(("chosen", "rejected")),
    frozenset(("prompt", "chosen")),
    frozenset(("messages", "label")),
    frozenset(("prompt", "completion", "label")),
)


@dataclass
class Content:
    """What a row holds once it is canonical; see `Draft`."""

    messages: list[Message]
    rejected: list[Message] | None = None
    desired: bool | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is all in roles and contents, which is what a store keeps."""
        return self.rejected is None and self.desired is None and not only_read(self.messages)


def canonical_rows(
    table: Table, columns: Columns, *, own_split: Split | None = None, stratify: str | None = None
) -> tuple[list[Draft], list[SetAside]]:
    """Makes every row of a table canonical, or sets it aside with the reason.

    Args:
        table: rows of one file.
        columns: role → names of the table's columns.
        own_split: split that the file was given for.
        stratify: column whose values keep their shares in each split.

    Raises:
        BadInput: `data.missing_column`, `data.unknown_roles`.
    """
    if len(columns.get("messages", ())) > 1:
        found = conversations_of_turns(table, columns["messages"], own_split)
        return found[0], found[1] + _bad_rows(table, own_split)
    content_of = _reader(table, columns)
    stratum = _position(table, stratify) if stratify else None
    conversation = names.first_of(table.columns, names.CONVERSATIONS)
    drafts: list[Draft] = []
    aside: list[SetAside] = []
    store = DraftStore() if are_many(table.rows) else None
    for index, row in enumerate(table.rows):
        source, split = table.place(index), own_split or table.split_of(index)
        reason = None
        try:
            content = content_of(row)
        except Unusable as unusable:
            content, reason = Content(_what_there_is(table, row)), unusable
        if store is None or reason or not content.is_plain:
            draft = Draft(content.messages, source, split, rejected=content.rejected, desired=content.desired)
        else:
            draft = StoredDraft(store, store.add(turns_of(content.messages)), source, split)
        if stratum is not None:
            draft.stratum = cell_text(row[stratum])
        if conversation is not None:
            draft.conversation = cell_text(row[conversation])
        if reason:
            aside.append(SetAside(draft, reason.code, str(reason)))
        else:
            drafts.append(draft)
    return drafts, aside + _bad_rows(table, own_split)


def _bad_rows(table: Table, own_split: Split | None) -> list[SetAside]:
    """What the reader could not read, as far as it got."""
    return [
        SetAside(
            Draft([Message(role="user", content=cell_text(bad.raw))], bad_place(table.path, bad), own_split),
            bad.code,
            bad.message,
        )
        for bad in table.bad
    ]


def _what_there_is(table: Table, row: tuple[Any, ...]) -> list[Message]:
    filled = [f"{name}: {text}" for name, value in zip(table.columns, row, strict=True) if (text := cell_text(value))]
    return [Message(role="user", content="\n".join(filled))]


def _position(table: Table, column: str) -> int:
    if column not in table.columns:
        import difflib

        close = difflib.get_close_matches(column, table.columns, n=1)
        hint = f"Did you mean `{close[0]}`? " if close else ""
        raise BadInput(
            "data.missing_column",
            f"{table.path.name} has no column `{column}`.",
            f"{hint}Its columns are: {', '.join(table.columns[:20])}.",
        )
    return table.columns.index(column)


def _reader(table: Table, columns: Columns) -> Callable[[tuple[Any, ...]], Content]:
    roles = frozenset(role for role, named in columns.items() if named)
    if roles - {"system"} not in _BUILDABLE:
        raise BadInput(
            "data.unknown_roles",
            f"Rows can't be made from the roles {', '.join(sorted(roles)) or '(none)'}.",
            "Give `prompt` and `completion`, `messages`, `text`, or `chosen` and `rejected` in plan.dataset.columns.",
        )
    positions = {role: [_position(table, name) for name in named] for role, named in columns.items()}
    tools = names.first_of(table.columns, names.TOOLS)
    if "chosen" in roles:
        return lambda row: _preference(row, positions)
    if "label" in roles:
        return lambda row: Content(spoken(_answered(row, positions, tools)), desired=_desired(row, positions["label"]))
    return lambda row: Content(_answered(row, positions, tools))


def _answered(row: tuple[Any, ...], positions: Positions, tools: int | None) -> list[Message]:
    """The conversation of a row with one answer to learn."""
    systems = positions.get("system", [])
    if "messages" in positions:
        messages = _with_system(row, systems, conversation(row[positions["messages"][0]]))
        return messages if tools is None else with_tools(messages, row[tools])
    if "text" in positions:
        return [_turn("assistant", _joined(row, positions["text"]), "data.empty_text", "it has no text.")]
    answer = _joined(row, positions["completion"])
    return _with_system(
        row, systems, [*_asked(row, positions), _turn("assistant", answer, "data.empty_completion", _NO_ANSWER)]
    )


def _asked(row: tuple[Any, ...], positions: Positions) -> list[Message]:
    """The prompt: a text, or turns that end with a question."""
    prompts = positions["prompt"]
    turns = as_messages(row[prompts[0]]) if len(prompts) == 1 and not isinstance(row[prompts[0]], str) else None
    if turns is not None:
        return spoken(message_of(turn) for turn in turns)
    return [_turn("user", _joined(row, prompts), "data.empty_prompt", "it has no prompt.")]


def _desired(row: tuple[Any, ...], positions: Sequence[int]) -> bool:
    text = cell_text(row[positions[0]]).lower()
    if text not in WANTED | UNWANTED:
        raise Unusable("data.unknown_label", f"its label {excerpt(text, 40)!r} says neither good nor bad.")
    return text in WANTED


def _preference(row: tuple[Any, ...], positions: Positions) -> Content:
    """A prompt with the answer that was liked more, and the one that was liked less."""
    if "rejected" in positions:
        better, worse = row[positions["chosen"][0]], row[positions["rejected"][0]]
    else:
        better, worse = _best_and_worst([row[at] for at in positions["chosen"]])
    prompt = _asked(row, positions) if positions.get("prompt") else []
    chosen, rejected = _answer_turns(better, prompt), _answer_turns(worse, prompt)
    if not prompt:
        prompt, chosen, rejected = _common_start(chosen, rejected)
    if chosen == rejected:
        raise Unusable("data.same_answers", "its two answers are the same.")
    if not chosen or not rejected or not chosen[-1]["content"] or not rejected[-1]["content"]:
        raise Unusable("data.empty_completion", "one of its two answers is empty.")
    return Content(_with_system(row, positions.get("system", []), [*prompt, *chosen]), rejected)


def _answer_turns(value: Any, prompt: Sequence[Message]) -> list[Message]:
    """An answer's turns; where a prompt has a column of its own, without the question that they may repeat."""
    turns = as_messages(value)
    if turns is None:
        return [Message(role="assistant", content=cell_text(value))]
    messages = spoken(message_of(turn) for turn in turns)
    return messages[answer_start(messages) :] if prompt else messages


def _common_start(chosen: list[Message], rejected: list[Message]) -> tuple[list[Message], list[Message], list[Message]]:
    """(prompt, chosen, rejected) of two conversations that are alike up to the last question."""
    same = 0
    for one, other in zip(chosen[:-1], rejected[:-1], strict=False):
        if one != other:
            break
        same += 1
    if not same or any(message["role"] == "user" for message in (*chosen[same:], *rejected[same:])):
        raise Unusable("data.different_prompts", "its two answers don't answer the same question.")
    return chosen[:same], chosen[same:], rejected[same:]


def _best_and_worst(values: Sequence[Any]) -> tuple[Any, Any]:
    """Of ranked answers; the second column, if there is one, has scores, or ranks that begin with 1."""
    answers = values[0] if isinstance(values[0], list) else []
    marks = values[1] if len(values) > 1 and isinstance(values[1], list) else list(range(1, len(answers) + 1))
    if len(answers) < 2 or len(marks) != len(answers) or not all(isinstance(mark, int | float) for mark in marks):
        raise Unusable("data.bad_ranking", "it has no two answers with a rank each.")
    if len(set(marks)) == 1:
        raise Unusable("data.same_answers", "its answers are ranked alike.")
    are_ranks = sorted(marks) == list(range(1, len(marks) + 1))
    order = sorted(range(len(marks)), key=lambda at: marks[at] if are_ranks else -marks[at])
    return answers[order[0]], answers[order[-1]]


def _joined(row: tuple[Any, ...], positions: Sequence[int]) -> str:
    if len(positions) == 1:
        return cell_text(row[positions[0]])
    return "\n\n".join(text for position in positions if (text := cell_text(row[position])))


def _turn(role: str, text: str, code: str, why: str) -> Message:
    if not text:
        raise Unusable(code, why)
    return Message(role=role, content=text)


def _with_system(row: tuple[Any, ...], systems: Sequence[int], messages: list[Message]) -> list[Message]:
    text = _joined(row, systems) if systems else ""
    return [Message(role="system", content=text), *messages] if text else messages


def _messages(value: Any) -> list[Message]:
    turns = as_messages(value)
    if turns is None:
        raise Unusable("data.bad_messages", "its messages are no list of turns with a speaker and a text.")
    return [message_of(turn) for turn in turns]


def conversation(value: Any) -> list[Message]:
    """A list of turns in OpenAI's or ShareGPT's form as messages, up to the last answer that is to be learned.

    Raises:
        Unusable: turns without a known speaker or without text, or no answer at all.
    """
    messages = plain_messages(value) or _messages(value)
    if messages and (end := messages[-1])["role"] == "assistant" and end["content"] and is_learned(end):
        return messages  # as nearly all do
    answers = [at for at, message in enumerate(messages) if message["role"] == "assistant"]
    last = next((at for at in reversed(answers) if is_learned(messages[at])), None)
    if last is None and answers:
        raise Unusable("data.nothing_learned", "all of its answers have the weight 0: none is to be learned.")
    if last is None:
        raise Unusable("data.no_answer", "nobody answers in this conversation.")
    del messages[last + 1 :]  # what comes after teaches nothing
    if messages[-1]["content"] == "":
        raise Unusable("data.empty_completion", "its last answer is empty.")
    return messages
