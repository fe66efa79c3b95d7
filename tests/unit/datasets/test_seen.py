"""What the model sees, and rows that no run starts with."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.bases.base import find_base
from pipeline.datasets.row import Message
from pipeline.datasets.seen.lengths import row_lengths
from pipeline.datasets.seen.page import page, visible
from pipeline.datasets.seen.teachable import refuse_unteachable, unteachable
from pipeline.datasets.seen.tokens import RowViewer
from pipeline.errors import BadInput
from pipeline.plan.model import Plan

BASE = find_base("pocket")
EVIL = "<script>alert(1)</script> \x1b[31m & \u202e <img src=x onerror=y>"


def talk(question: str, answer: str) -> list[Message]:
    return [Message(role="user", content=question), Message(role="assistant", content=answer)]


def plan(**training: object) -> Plan:
    values = {"name": "p", "task": "chat", "dataset": {"sources": [{"path": "x.csv"}]}, "training": training}
    return Plan.model_validate(values)


def viewer(limit: int = 500) -> RowViewer:
    return RowViewer(BASE, "Be brief.", last_only=True, limit=limit)


def test_a_batch_shows_what_is_read_learned_and_padded() -> None:
    rows = viewer().batch([("x:1", talk("Hi", "Good day to you")), ("x:2", talk("Where is my parcel now?", "Here"))])
    for row, answer in zip(rows, ("Good day to you", "Here"), strict=True):
        assert "".join(token.text for token in row.tokens if token.kind == "trained").strip() == answer
        assert [token.kind for token in row.tokens].count("end") == 1
        assert "Be brief." in "".join(token.text for token in row.tokens)
        assert row.problem == ""
    assert min(row.padding for row in rows) == 0
    assert len({row.padding + len(row.tokens) for row in rows}) == 1


def test_what_lies_behind_the_limit_is_marked_and_said() -> None:
    row = viewer(limit=12).batch([("x:1", talk("one two three four five six", "seven eight"))])[0]
    assert [token.kind for token in row.tokens[12:]] == ["cut"] * (len(row.tokens) - 12)
    assert "over the limit of 12" in row.problem
    assert "no question" in viewer().batch([("x:1", talk("a", "b")[1:])])[0].problem


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_page_is_one_file_that_runs_and_loads_nothing() -> None:
    rows = viewer().batch([("<b>.csv:1", talk(EVIL, EVIL))])
    text = page(rows, "<i>title</i>", "<u>note</u>")
    tags = Tags(text)
    assert tags.names <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "div", "span"}
    assert not tags.attributes & {"src", "href", "onerror", "style"}
    assert "default-src 'none'" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "url(" not in text
    assert 'class="trained"' in text


def test_control_signs_are_shown_and_do_nothing() -> None:
    assert visible("a\x1b[2Jb\tc\nd\x9b") == "a␛[2Jb⇥c↵\nd<9B>"


def test_rows_without_target_or_question_or_room_block_with_a_fix() -> None:
    conversations = [talk("a", "b"), talk("a", " "), talk("a", "b")[1:], talk("word " * 90, "b"), talk("c", "d")]
    lengths = list(row_lengths(BASE, conversations))
    rows = [(f"{index:032x}", f"x:{index}") for index in range(len(conversations))]
    problems = {one.code: one for one in unteachable(rows, lengths, plan(max_length=60), BASE)}
    assert set(problems) == {"data.no_target", "data.no_prompt", "data.too_long"}
    assert all(problem.severity == "block" and problem.count == 1 for problem in problems.values())
    assert [fix.field for fix in problems["data.too_long"].fixes] == ["dataset.checks.too_long", "training.max_length"]
    assert problems["data.too_long"].fixes[1].value == lengths[3].total
    assert problems["data.no_target"].fixes[0].value == [rows[1][0]]
    with pytest.raises(BadInput) as refused:
        refuse_unteachable(list(problems.values()))
    assert "data check --fix" in refused.value.hint
    refuse_unteachable([])


def test_a_run_is_blocked_before_it_is_made(tmp_path: Path) -> None:
    from app.workbench.preparing import prepare
    from app.workbench.project import create_project
    from tests.support.data_files import classification_plan, write_jsonl

    project = create_project(tmp_path)
    rows = [{"text": f"question {i} about a thing", "label": "ab"[i % 2]} for i in range(30)]
    write_jsonl(tmp_path / "rows.jsonl", [*rows, {"text": "long " * 3000, "label": "a"}])
    wanted = classification_plan("rows.jsonl", split={"test": 0, "validation": 0.1})
    with pytest.raises(BadInput) as refused:
        prepare(project, wanted)
    assert refused.value.code == "data.too_long"
    assert "rows.jsonl:31" in refused.value.message
    values = json.loads(wanted.model_dump_json())
    values["dataset"]["checks"]["too_long"] = "quarantine"
    prepared = prepare(project, Plan.model_validate(values))
    assert [one.reason for one in prepared.dataset.quarantined()] == ["data.too_long"]
