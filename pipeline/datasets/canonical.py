"""Tables into canonical rows by the roles of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.datasets import column_names as names
from pipeline.datasets.cell import cell_text
from pipeline.datasets.problem import excerpt
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.columns import as_messages
from pipeline.datasets.row import Draft, Message, SetAside
from pipeline.errors import BadInput
from pipeline.plan.model import Role, Split

Columns = Mapping[Role, Sequence[str]]

# source: the speakers of OpenAI's and ShareGPT's formats, and what exports call them
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "customer": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "agent": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
}
_BUILDABLE: tuple[frozenset[str], ...] = (
    frozenset(("messages",)),
    frozenset(("prompt", "completion")),
    frozenset(("text",)),
)


class Unusable(ValueError):
    """A row that can't become a canonical one; the code says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


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
    messages_of = _reader(table, columns)
    stratum = _position(table, stratify) if stratify else None
    conversation = _conversation_column(table)
    drafts: list[Draft] = []
    aside: list[SetAside] = []
    for index, row in enumerate(table.rows):
        draft = Draft([], table.place(index), own_split)
        if stratum is not None:
            draft.stratum = cell_text(row[stratum])
        if conversation is not None:
            draft.conversation = cell_text(row[conversation])
        try:
            draft.messages = messages_of(row)
        except Unusable as reason:
            draft.messages = _what_there_is(table, row)
            aside.append(SetAside(draft, reason.code, str(reason)))
        else:
            drafts.append(draft)
    return drafts, aside + _bad_rows(table, own_split)


def _bad_rows(table: Table, own_split: Split | None) -> list[SetAside]:
    """What the reader could not read, as far as it got."""
    return [
        SetAside(
            Draft([Message(role="user", content=cell_text(bad.raw))], f"{table.path.name}:{bad.line}", own_split),
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


def _conversation_column(table: Table) -> int | None:
    return next((i for i, name in enumerate(table.columns) if names.normal(name) in names.CONVERSATIONS), None)


def _reader(table: Table, columns: Columns) -> Callable[[tuple[Any, ...]], list[Message]]:
    roles = frozenset(role for role, named in columns.items() if named)
    if roles - {"system"} not in _BUILDABLE:
        raise BadInput(
            "data.unknown_roles",
            f"Rows can't be made from the roles {', '.join(sorted(roles)) or '(none)'}.",
            "Give `prompt` and `completion`, or `messages`, or `text` in plan.dataset.columns.",
        )
    positions = {role: [_position(table, name) for name in named] for role, named in columns.items()}
    systems = positions.get("system", [])
    if "messages" in roles:
        place = positions["messages"][0]
        return lambda row: _with_system(row, systems, conversation(row[place]))
    if "text" in roles:
        texts = positions["text"]
        return lambda row: [_turn("assistant", _joined(row, texts), "data.empty_text", "it has no text.")]
    prompts, answers = positions["prompt"], positions["completion"]
    return lambda row: _with_system(
        row,
        systems,
        [
            _turn("user", _joined(row, prompts), "data.empty_prompt", "it has no prompt."),
            _turn("assistant", _joined(row, answers), "data.empty_completion", "it has no completion."),
        ],
    )


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


def conversation(value: Any) -> list[Message]:
    """A list of turns in OpenAI's or ShareGPT's form as messages, up to the last answer.

    Raises:
        Unusable: turns without a known speaker or without text, or no answer at all.
    """
    turns = as_messages(value)
    if turns is None:
        raise Unusable("data.bad_messages", "its messages are no list of turns with a speaker and a text.")
    messages = [_message(turn) for turn in turns]
    while messages and messages[-1]["role"] != "assistant":
        messages.pop()  # nobody answered what comes after
    if not messages:
        raise Unusable("data.no_answer", "nobody answers in this conversation.")
    if messages[-1]["content"] == "":
        raise Unusable("data.empty_completion", "its last answer is empty.")
    return messages


def _message(turn: dict[str, Any]) -> Message:
    speaker = str(turn.get("role", turn.get("from", ""))).strip()
    role = _ROLES.get(speaker.lower())
    if role is None:
        raise Unusable("data.unknown_speaker", f"the speaker {excerpt(speaker, 40)!r} is not known.")
    if turn.get("tool_calls") or turn.get("function_call"):
        raise Unusable("data.tool_calls", "it calls tools, which this version does not train.")
    return Message(role=role, content=_content(turn.get("content", turn.get("value"))))


def _content(value: Any) -> str:
    """Plain text, or the text parts of the list form that OpenAI and others write."""
    if not isinstance(value, list):
        return cell_text(value)
    texts = [_text_part(part) for part in value]
    if None in texts:
        raise Unusable("data.not_text", "it has parts that are not text, such as pictures.")
    return "\n".join(text for text in texts if text)


def _text_part(part: Any) -> str | None:
    if isinstance(part, str):
        return cell_text(part)
    if not isinstance(part, dict) or part.get("type", "text") != "text":
        return None
    return cell_text(part.get("text", part.get("value")))
