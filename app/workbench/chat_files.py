"""Chats on disk: one JSON line per message or event, appended, so that a crash loses nothing that was said."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pipeline.files import disk_errors, read_json_lines, write_text

Role = Literal["user", "assistant"]
Outcome = Literal["", "applied", "rejected", "replaced"]


@dataclass(frozen=True)
class Answer:
    """What the user chose for a question of the planner."""

    field: str
    value: str
    question: str
    text: str  # of the choice


@dataclass(frozen=True)
class Message:
    """One message of a chat.

    Args:
        card: number of the proposal that came with it.
        files: that the user gave with it.
        answers: that the user has given so far, when the message was made.
        outcome: what became of the proposal; empty while it is open.
        checkpoint: number of the checkpoint that applying it made.
        is_error: the text says what went wrong.
        progress: what is being done, while it streams.
        title: of the proposal, in a few words.
    """

    number: int
    role: Role
    text: str
    is_streaming: bool = False
    card: int | None = None
    files: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    outcome: Outcome = ""
    checkpoint: int | None = None
    is_error: bool = False
    progress: str = ""
    title: str = ""


@dataclass(frozen=True)
class ChatInfo:
    """An earlier chat."""

    id: str
    title: str
    messages: int


@dataclass(frozen=True)
class Chat:
    """A chat as read from disk.

    Args:
        said: the user's sentences that the open plan rests on, with the files given for it.
        proposed: plain values of the last proposal that was applied.
    """

    id: str
    messages: tuple[Message, ...] = ()
    thread: dict[str, Any] | None = None


def new_chat_id() -> str:
    """A name that sorts by time."""
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")


def append(folder: Path, chat: str, line: dict[str, Any]) -> None:
    """Adds one line to a chat."""
    path = folder / f"{chat}.jsonl"
    with disk_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def message_line(message: Message) -> dict[str, Any]:
    """A message as a line."""
    values = {name: value for name, value in asdict(message).items() if value not in ("", (), None, False)}
    return {"kind": "message", **values, "text": message.text}


def read_chat(folder: Path, chat: str) -> Chat:
    """A chat's messages; lines that were cut off by a crash are left out."""
    messages: dict[int, Message] = {}
    thread = None
    for line in read_json_lines(folder / f"{chat}.jsonl"):
        if line.get("kind") == "message":
            with contextlib.suppress(TypeError):  # a line that was edited by hand
                message = _message(line)
                messages[message.number] = message
        elif line.get("kind") == "outcome" and line.get("number") in messages:
            number = int(line["number"])
            messages[number] = replace(messages[number], outcome=line["outcome"], checkpoint=line.get("checkpoint"))
        elif line.get("kind") == "thread":
            thread = line
    return Chat(chat, tuple(messages.values()), thread)


def _message(line: dict[str, Any]) -> Message:
    known = {name: line[name] for name in Message.__dataclass_fields__ if name in line}
    known["answers"] = tuple(Answer(**answer) for answer in line.get("answers", []))
    known["files"] = tuple(line.get("files", []))
    return replace(Message(**known), is_streaming=False, progress="")


def list_chats(folder: Path, *, most: int = 50) -> tuple[ChatInfo, ...]:
    """The chats of a project, newest first; their title is the first thing that was said."""
    found = []
    for path in sorted(folder.glob("*.jsonl"), reverse=True)[:most]:
        lines = (line for line in read_json_lines(path) if line.get("kind") == "message")
        said = [line for line in lines if isinstance(line.get("number"), int) and isinstance(line.get("text"), str)]
        if said:
            first = next((line["text"] for line in said if line.get("role") == "user"), "")
            found.append(ChatInfo(path.stem, " ".join(first.split())[:80], len({line["number"] for line in said})))
    return tuple(found)


def read_draft(folder: Path) -> str:
    """What was typed but not sent."""
    path = folder / "draft.txt"
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def write_draft(folder: Path, text: str) -> None:
    """Keeps what was typed but not sent; an empty one vanishes."""
    path = folder / "draft.txt"
    if text:
        write_text(path, text)
    else:
        path.unlink(missing_ok=True)
