"""Chat exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.datasets.readers.table import Table


def read(folder: Path, text: str, name: str = "chat.txt") -> Table:
    (folder / name).write_text(text, "utf-8")
    return read_table(folder / name)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("30/01/19, 20:49 - ", "10/02/19, 08:05 - ", ["2019-01-30T20:49:00", "2019-02-10T08:05:00"]),
        ("01/30/19, 8:49 PM - ", "02/10/19, 8:05 AM - ", ["2019-01-30T20:49:00", "2019-02-10T08:05:00"]),
        ("[30.01.19, 20:49:10] ", "\u200e[10.02.19, 08:05:00] ", ["2019-01-30T20:49:10", "2019-02-10T08:05:00"]),
        ("2019/01/30, 20:49 - ", "2019/02/10, 12:05 a. m. - ", ["2019-01-30T20:49:00", "2019-02-10T00:05:00"]),
        ("[2019-01-30, 20:49] ", "[2019-02-10, 08:05] ", ["2019-01-30T20:49:00", "2019-02-10T08:05:00"]),
    ],
)
def test_times_are_read_in_every_order(tmp_path: Path, first: str, second: str, expected: list[str]) -> None:
    table = read(tmp_path, f"{first}Ann: Hello: there\n{second}~ Bob B.: Two\nlines\n")
    assert table.format == "chat"
    assert [row[0] for row in table.rows] == expected
    assert [row[1:] for row in table.rows] == [("Ann", "Hello: there"), ("Bob B.", "Two\nlines")]


def test_days_that_could_be_months_follow_time_or_are_noted(tmp_path: Path) -> None:
    forwards = read(tmp_path, "01/12/19, 10:00 - Ann: a\n02/01/19, 10:00 - Ann: b\n")
    assert [row[0][:10] for row in forwards.rows] == ["2019-01-12", "2019-02-01"]
    unsure = read(tmp_path, "01/02/19, 10:00 - Ann: a\n")
    assert [problem.code for problem in unsure.problems] == ["data.date_order"]


def test_what_nobody_said_is_set_aside_with_its_line(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "30/01/19, 20:49 - Ann: Hello\n30/01/19, 20:50 - You were added\n30/01/19, 20:51 - Ann: <Media omitted>\n"
        '30/01/19, 20:52 - Ann changed the subject to "Trip: May"\n31/02/19, 20:52 - Bob: no such day\n',
    )
    assert len(table.rows) == 1
    assert [(row.line, row.code) for row in table.bad] == [
        (2, "data.chat_notice"),
        (3, "data.chat_media"),
        (4, "data.chat_notice"),
        (5, "data.chat_notice"),
    ]


def test_a_diary_is_no_chat(tmp_path: Path) -> None:
    assert read(tmp_path, "30/01/19, 20:49 - it rained all day\n\nNothing else: boring.\n").format == "text"


def test_meta_and_telegram_exports(tmp_path: Path) -> None:
    meta = {
        "messages": [
            {"sender_name": "Zo\u00c3\u00ab", "timestamp_ms": 1579294140000, "content": "Gr\u00c3\u00bc\u00c3\u009fe"}
        ]
    }
    table = read(tmp_path, json.dumps(meta), "message_1.json")
    assert table.rows == [("2020-01-17T20:49:00", "Zoë", "Grüße")]
    pieces = ["see ", {"type": "bold", "text": "th"}, "is", {"type": "link", "text": "https://a.example"}]
    said = {"type": "message", "from": "Ann", "date_unixtime": "1544006350", "text": pieces}
    joined = {"type": "service", "actor": "Ann", "action": "join", "date_unixtime": "1544006350", "text": ""}
    table = read(tmp_path, json.dumps({"name": "x", "messages": [joined, said]}), "result.json")
    assert table.rows == [("2018-12-05T10:39:10", "Ann", "see this https://a.example")]


def test_slack_names_people_and_orders_channels(tmp_path: Path) -> None:
    export = tmp_path / "export"
    for name, content in {
        "users.json": [{"id": "U1", "name": "ann", "real_name": "Ann Arbor"}],
        "channels.json": [{"id": "C1", "name": "help"}],
        "help/2020-01-02.json": [
            {"type": "message", "user": "U1", "subtype": "channel_join", "text": "joined", "ts": "1.0"},
            {
                "type": "message",
                "user": "U1",
                "text": "&lt;b&gt; <@U1>, see <https://a.example|this>",
                "ts": "1577934245.0001",
            },
        ],
    }.items():
        (export / name).parent.mkdir(parents=True, exist_ok=True)
        (export / name).write_text(json.dumps(content))
    table = read_table(export)
    assert table.rows == [("2020-01-02T03:04:05", "Ann Arbor", "<b> @Ann Arbor, see this", "help", None)]
    assert [(bad.code, bad.part) for bad in table.bad] == [("data.chat_notice", "help/2020-01-02.json")]
