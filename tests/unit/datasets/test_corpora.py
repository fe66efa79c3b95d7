"""Readers against what others say is in their files; skipped where these are not beside the repository."""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.datasets.recognise.inspection import inspect
from pipeline.errors import BadInput
from tests.support.data_files import SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the folder shared/data beside the repository")

COUNTS = Path(__file__).resolve().parents[2] / "corpora" / "row_counts.csv"
MESSY = SHARED / "messy"


def test_row_counts_equal_the_table() -> None:
    with COUNTS.open(encoding="utf-8") as file:
        expected = {row.pop("file"): row for row in csv.DictReader(file)}
    suffixes = (".xlsx", ".xls", ".docx", ".html", ".parquet")
    files = [path for path in sorted(SHARED.rglob("*")) if path.suffix.lower() in suffixes]
    assert len(files) == len(expected) > 90
    for path in files:
        found = {"rows": "", "set_aside": "", "refused": ""}
        try:
            table = read_table(path)
        except BadInput as refused:
            found["refused"] = refused.code
        else:
            found |= {"rows": str(len(table.rows)), "set_aside": str(len(table.bad))}
        assert found == expected[path.relative_to(SHARED).as_posix()], path


@pytest.mark.parametrize("app", ["whatsapp", "signal", "telegram", "instagram"])
def test_chats_equal_their_expected_json(app: str) -> None:
    """In any order of time; line ends inside a message are kept, where the expectation has blanks."""
    folder = MESSY / "chat-miner" / app
    expected = json.loads((folder / "target.json").read_text("utf-8"))
    exports = sorted(folder.glob("test_*"))
    assert exports
    for path in exports:
        table = read_table(path)
        found = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for message in found:
            message.pop("chat", None)
            message["message"] = " ".join(message["message"].split())
        key = "timestamp"
        assert sorted(found, key=lambda one: one[key]) == sorted(expected, key=lambda one: one[key]), path.name


def test_texts_of_pdf_files_are_those_that_markitdown_expects() -> None:
    expected = sorted((MESSY / "markitdown" / "expected_outputs").glob("*.md"))
    assert len(expected) == 6
    for path in expected:
        words = re.findall(r"\w+", path.read_text("utf-8"))
        try:
            table = read_table(path.parents[1] / f"{path.stem}.pdf")
        except BadInput as refused:
            assert (words, refused.code) == ([], "data.no_text"), path.name
            continue
        found = re.findall(r"\w+", "\n".join(row[0] for row in table.rows))
        alike = difflib.SequenceMatcher(None, words, found, autojunk=False).ratio()
        assert alike >= 0.99, path.name


def test_slack_tells_people_from_notices() -> None:
    table = read_table(MESSY / "slack-export" / "testarchive.zip")
    assert table.format == "chat"
    assert len(table.rows) + len(table.bad) == 158
    assert {bad.code for bad in table.bad} == {"data.chat_notice"}
    assert not any(re.search(r"<@U\w+>|&lt;", str(row)) for row in table.rows)


@pytest.mark.parametrize(
    ("name", "form", "task"),
    [
        ("llama-factory-demo/alpaca_en_demo.json", "Alpaca", "instruction"),
        ("llama-factory-demo/dpo_en_demo.json", "preference pairs", "preference"),
        ("llama-factory-demo/kto_en_demo.json", "KTO labels", "preference"),
        ("llama-factory-demo/glaive_toolcall_en_demo.json", "ShareGPT with tool calls", "tool-calling"),
        ("llama-factory-demo/reason_tool_use_demo_50.jsonl", "OpenAI messages with tool calls", "tool-calling"),
        ("llama-factory-demo/v1_dpo_demo.jsonl", "preference pairs", "preference"),
        ("llama-factory-demo/v1_sft_demo.jsonl", "OpenAI messages", "chat"),
        ("llama-factory-demo/wiki_demo.txt", "plain text", "continued-pretraining"),
        ("messy/axolotl-fixtures/conversation.json", "ShareGPT", "chat"),
        ("torchtune-tiny/alpaca_tiny.json", "Alpaca", "instruction"),
        ("torchtune-tiny/hh_rlhf_tiny.json", "preference pairs", "preference"),
        ("torchtune-tiny/stack_exchange_paired_tiny.json", "preference pairs", "preference"),
        ("banking77/test.csv", "labelled text", "classification"),
        ("gsm8k/test.jsonl", "prompt and completion", "question-answering"),
        ("own/call_notes.jsonl", "prompt and completion", "summarization"),
    ],
)
def test_known_sets_are_recognised_and_every_row_is_usable(name: str, form: str, task: str) -> None:
    found = inspect([SHARED / name])
    assert found.mapping is not None
    assert (found.mapping.form, found.task_hint) == (form, task)
    assert not [
        problem for problem in found.problems if problem.code.startswith(("data.empty", "data.bad", "data.no_"))
    ]
    assert found.examples


def test_every_file_is_inspected_or_refused_with_a_code() -> None:
    files = [path for path in sorted(SHARED.rglob("*")) if path.is_file()]
    assert len(files) > 680
    outcomes: Counter[str] = Counter()
    for path in files:
        try:
            shown = inspect([path]).as_json()
        except BadInput as refused:
            assert refused.hint, path
            outcomes[refused.code] += 1
        else:
            assert shown["mapping"] or any(problem["severity"] == "block" for problem in shown["problems"]), path
            json.dumps(shown, allow_nan=False).encode()
            outcomes["read"] += 1
    assert outcomes["read"] > 450
    refusals = ("invalid_json", "unreadable", "empty_file", "too_large", "unknown_format", "no_text")
    assert set(outcomes) <= {"read", *(f"data.{code}" for code in refusals)}
