"""Chats that Telegram, Instagram, Messenger and Slack export as JSON."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Message = dict[str, Any]  # timestamp, author, message; `chat` where an export holds several
_MENTION = re.compile(r"<@(\w+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<(?:[#!]\w+|[^>|]+)\|([^>]+)>|<((?:https?|mailto):[^>|]+)>")
_GLUED = re.compile(r"[^\s(\[{'\"“„«]\Z")


def chat_messages(value: Any) -> list[Message] | None:
    """The messages of an export in the order of the file; None for other JSON."""
    if isinstance(value, list):
        found = list(slack_messages(value, {}))
        return found if found and 2 * len(found) > len(value) else None
    if not isinstance(value, dict):
        return None
    listed = value["chats"].get("list") if isinstance(value.get("chats"), dict) else None
    if isinstance(listed, list):
        chats = [chat for chat in listed if isinstance(chat, dict)]
        messages = [one for chat in chats for one in _of_chat(chat, str(chat.get("name") or chat.get("id") or ""))]
        return messages or None
    return list(_of_chat(value, "")) or None


def _of_chat(chat: dict[str, Any], name: str) -> Iterator[Message]:
    messages = chat.get("messages")
    for one in messages if isinstance(messages, list) else []:
        if not isinstance(one, dict):
            continue
        if "sender_name" in one and "timestamp_ms" in one:
            found = _instagram(one)
        elif "from" in one and "text" in one and ("date_unixtime" in one or "date" in one):
            found = _telegram(one)
        else:
            continue
        if found["message"]:
            yield {"chat": name, **found} if name else found


def _telegram(one: dict[str, Any]) -> Message:
    stamp = str(one.get("date_unixtime", ""))
    when = _iso(float(stamp)) if stamp.isdigit() else str(one.get("date", ""))
    return {"timestamp": when, "author": str(one["from"] or ""), "message": _telegram_text(one["text"])}


def _telegram_text(value: Any) -> str:
    """The parts of a text; a link that is glued to a word would be none, so it was parted from it."""
    text = ""
    for part in value if isinstance(value, list) else [value]:
        piece = str(part.get("text", "") if isinstance(part, dict) else part or "")
        is_link = isinstance(part, dict) and part.get("type") == "link"
        text += " " * bool(is_link and _GLUED.search(text)) + piece
    return text.strip()


def _instagram(one: dict[str, Any]) -> Message:
    stamp = one["timestamp_ms"]
    when = _iso(stamp / 1000) if isinstance(stamp, int | float) else ""
    return {"timestamp": when, "author": _repaired(one["sender_name"]), "message": _repaired(one.get("content", ""))}


def _repaired(value: Any) -> str:
    """Meta writes the bytes of UTF-8 as if each were a character of Latin-1."""
    text = str(value or "")
    try:
        return text if text.isascii() else text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def slack_messages(value: list[Any], people: Mapping[str, str]) -> Iterator[Message]:
    """What people wrote in one of Slack's files; joins, calls and the like are none.

    Args:
        value: the file's list.
        people: Slack's user id → name.
    """
    for one in value:
        if not isinstance(one, dict) or one.get("type") != "message" or "ts" not in one:
            continue
        if one.get("subtype") not in (None, "bot_message", "thread_broadcast", "me_message") or not one.get("text"):
            continue
        user = str(one.get("user") or one.get("username") or one.get("bot_id") or "")
        message = _slack_text(str(one["text"]), people)
        thread = {"thread": str(one["thread_ts"])} if "thread_ts" in one else {}
        yield {"timestamp": _slack_time(one["ts"]), "author": people.get(user, user), "message": message, **thread}


def _slack_text(text: str, people: Mapping[str, str]) -> str:
    named = _MENTION.sub(lambda match: "@" + people.get(match[1], match[1]), text)
    return html.unescape(_LINK.sub(lambda match: match[1] or match[2], named)).strip()


def _slack_time(stamp: Any) -> str:
    seconds, _, _ = str(stamp).partition(".")
    return _iso(float(seconds)) if seconds.isdigit() else str(stamp)


def _iso(seconds: float) -> str:
    """UTC without a zone, to the second; empty where there is no such time."""
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
