"""A Slack workspace's export: a folder per channel with a file per day, and who is who."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.datasets.readers.chat_json import slack_messages
from pipeline.datasets.readers.json_records import NotJson, parse_json
from pipeline.datasets.readers.table import BadRow, Table

_COLUMNS = ("timestamp", "author", "message", "channel", "thread")


def is_slack_export(names: Sequence[str]) -> bool:
    """Whether a folder's or archive's names are those of an export."""
    files = {PurePosixPath(name).name for name in names}
    return {"users.json", "channels.json"} <= files


def read_slack(path: Path, members: Mapping[str, bytes]) -> Table:
    """Reads what people wrote, channel by channel, in time's order; other entries are set aside.

    Args:
        path: of the export.
        members: name within the export → content.
    """
    people = _people(members)
    table = Table(path, "chat", list(_COLUMNS), [], [], encoding="utf-8")
    for name in sorted(members):
        inside = PurePosixPath(name)
        if inside.suffix != ".json" or len(inside.parts) < 2 or inside.name in ("users.json", "channels.json"):
            continue
        try:
            entries = parse_json(members[name].decode("utf-8"))
        except (NotJson, UnicodeDecodeError) as error:
            table.bad.append(BadRow(1, "data.bad_line", f"the file is no JSON: {error}.", name, name))
            continue
        for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
            _add(table, entry, number, inside, people)
    return table


def _people(members: Mapping[str, bytes]) -> dict[str, str]:
    users = next((content for name, content in members.items() if PurePosixPath(name).name == "users.json"), b"[]")
    try:
        listed = parse_json(users.decode("utf-8", "replace"))
    except NotJson:
        return {}
    known = [user for user in listed if isinstance(user, dict)] if isinstance(listed, list) else []
    return {str(user.get("id")): str(user.get("real_name") or user.get("name") or user.get("id")) for user in known}


def _add(table: Table, entry: Any, number: int, inside: PurePosixPath, people: Mapping[str, str]) -> None:
    found = next(slack_messages([entry], people), None)
    if found is None:
        raw = json.dumps(entry, ensure_ascii=False)[:1000]
        table.bad.append(BadRow(number, "data.chat_notice", "nobody said it.", raw, str(inside)))
        return
    table.rows.append(tuple({**found, "channel": inside.parent.name}.get(column) for column in _COLUMNS))
    table.lines.append(number)
    table.parts.append(str(inside))
