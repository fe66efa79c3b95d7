"""Preference pairs, rankings and labelled answers: recognised, made canonical, and in TRL's formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.datasets.canonical import canonical_rows
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.recognise.inspection import Inspection, inspect
from tests.support.data_files import write_jsonl

ASKED = {"role": "user", "content": "How long does it take?"}
GOOD, BAD = {"role": "assistant", "content": "Two days."}, {"role": "assistant", "content": "No idea."}
VERDICTS: list[tuple[Any, Any]] = [("true", "false"), ("thumbs_up", "thumbs_down"), (1, 0), ("good", "bad")]


def seen(folder: Path, *rows: dict[str, Any]) -> Inspection:
    return inspect([write_jsonl(folder / "rows.jsonl", rows)])


@pytest.mark.parametrize(
    ("row", "roles"),
    [
        ({"prompt": ASKED["content"], "chosen": "Two days.", "rejected": "No idea."}, {"prompt", "chosen", "rejected"}),
        ({"chosen": [ASKED, GOOD], "rejected": [ASKED, BAD]}, {"chosen", "rejected"}),
        ({"prompt": [ASKED], "chosen": [ASKED, GOOD], "rejected": [ASKED, BAD]}, {"prompt", "chosen", "rejected"}),
        (
            {"input": {"messages": [ASKED]}, "preferred_output": [GOOD], "non_preferred_output": [BAD]},
            {"prompt", "chosen", "rejected"},
        ),
        (
            {
                "conversations": [{"from": "human", "value": ASKED["content"]}],
                "chosen": {"from": "gpt", "value": "Two days."},
                "rejected": {"from": "gpt", "value": "No idea."},
            },
            {"prompt", "chosen", "rejected"},
        ),
        (
            {
                "chosen": "\n\nHuman: How long does it take?\n\nAssistant: Two days.",
                "rejected": "\n\nHuman: How long does it take?\n\nAssistant: No idea.",
            },
            {"chosen", "rejected"},
        ),
        (
            {"question": ASKED["content"], "response_j": "Two days.", "response_k": "No idea."},
            {"prompt", "chosen", "rejected"},
        ),
        (
            {"prompt": ASKED["content"], "answers": ["No idea.", "Two days.", "x"], "scores": [1, 9.5, 4]},
            {"prompt", "chosen"},
        ),
        (
            {"prompt": ASKED["content"], "answers": ["No idea.", "x", "Two days."], "ranks": [3, 2, 1]},
            {"prompt", "chosen"},
        ),
        ({"instruction": ASKED["content"], "output": ["Two days.", "No idea."]}, {"prompt", "chosen"}),
    ],
)
def test_every_form_of_a_preference_becomes_the_same_row(tmp_path: Path, row: dict[str, Any], roles: set[str]) -> None:
    found = seen(tmp_path, row)
    assert found.mapping is not None
    assert (found.task_hint, set(found.mapping.columns)) == ("preference", roles)
    if "scores" in row:  # the worst of three is another one
        assert found.examples[0]["chosen"] == [GOOD]
        return
    assert found.examples == [{"prompt": [ASKED], "chosen": [GOOD], "rejected": [BAD]}]


@pytest.mark.parametrize("label", [label for label, _ in VERDICTS])
@pytest.mark.parametrize("as_messages", [True, False])
def test_labelled_answers_become_rows_of_kto(tmp_path: Path, label: Any, as_messages: bool) -> None:
    other = dict(VERDICTS)[label]
    rows = [
        {"messages": [ASKED, answer]}
        if as_messages
        else {"prompt": f"{ASKED['content']}", "completion": answer["content"]}
        for answer in (GOOD, BAD)
    ]
    found = seen(tmp_path, {**rows[0], "label": label}, {**rows[1], "label": other})
    assert found.mapping is not None
    assert found.mapping.form == "KTO labels"
    assert found.runner_up is not None
    assert found.examples[0] == {"prompt": [ASKED], "completion": [GOOD], "label": True}
    assert found.examples[1]["label"] is False


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"prompt": "q", "chosen": "a", "rejected": " a "}, "data.same_answers"),
        ({"prompt": "q", "chosen": "a", "rejected": ""}, "data.empty_completion"),
        ({"chosen": [ASKED, GOOD], "rejected": [{"role": "user", "content": "Else?"}, BAD]}, "data.different_prompts"),
        ({"prompt": "q", "chosen": ["a"], "rejected": None, "ranks": [1]}, "data.bad_ranking"),
    ],
)
def test_pairs_that_say_nothing_are_set_aside(tmp_path: Path, row: dict[str, Any], code: str) -> None:
    table = read_table(write_jsonl(tmp_path / "x.jsonl", [row]))
    columns: Any = {name: [name] for name in row if name != "ranks"}
    if "ranks" in row:
        columns = {"prompt": ["prompt"], "chosen": ["chosen", "ranks"]}
    drafts, aside = canonical_rows(table, columns)
    assert drafts == []
    assert [one.reason for one in aside] == [code]


def test_a_rejected_answer_and_a_label_are_part_of_the_identity(tmp_path: Path) -> None:
    rows = [{"prompt": "q", "chosen": "a", "rejected": other} for other in ("b", "c", "b")]
    table = read_table(write_jsonl(tmp_path / "x.jsonl", rows))
    first, second, third = canonical_rows(table, {name: [name] for name in ("prompt", "chosen", "rejected")})[0]
    assert first.id == third.id != second.id
    assert first.prompt_id == second.prompt_id


def test_tools_are_told_and_called_in_text(tmp_path: Path) -> None:
    call = {"type": "function", "function": {"name": "track", "arguments": '{"parcel": 7}'}}
    turns = [
        ASKED,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "late"},
        GOOD,
    ]
    found = seen(tmp_path, {"messages": turns, "tools": [{"name": "track", "parameters": {}}]})
    assert found.mapping is not None
    assert (found.task_hint, found.mapping.form) == ("tool-calling", "OpenAI messages with tool calls")
    system, asked, called, result, answer = found.examples[0]["messages"]
    assert '{"name": "track", "parameters": {}}' in system["content"]
    assert called == {
        "role": "assistant",
        "content": '<tool_call>\n{"name": "track", "arguments": {"parcel": 7}}\n</tool_call>',
    }
    assert (asked, result, answer) == (ASKED, {"role": "tool", "content": "late"}, GOOD)


def test_thinking_is_kept_between_its_marks(tmp_path: Path) -> None:
    parts = [{"type": "reasoning", "value": "Hm."}, {"type": "text", "value": "Two days."}]
    found = seen(tmp_path, {"messages": [ASKED, {"role": "assistant", "content": parts}]})
    assert found.examples[0]["messages"][1]["content"] == "<think>\nHm.\n</think>\nTwo days."


def test_the_other_forms_have_their_names_and_formats(tmp_path: Path) -> None:
    forms: dict[str, tuple[dict[str, Any], set[str]]] = {
        "Alpaca": (
            {"instruction": "Add up 1 now.", "input": "1 and 2", "output": "It is 1 or more."},
            {"prompt", "completion"},
        ),
        "ShareGPT": ({"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}, {"messages"}),
        "ChatML": ({"text": "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>"}, {"messages"}),
        "marked transcripts (speaker names)": ({"text": "User: what is this\nBot: a test of forms"}, {"messages"}),
        "plain text": ({"text": "Only some words here."}, {"text"}),
    }
    for form, (row, keys) in forms.items():
        found = seen(tmp_path, row, json.loads(json.dumps(row).replace("1", "7").replace("words", "signs")))
        assert found.mapping is not None
        assert (found.mapping.form, set(found.examples[0])) == (form, keys)


def test_one_turn_per_row_becomes_conversations(tmp_path: Path) -> None:
    said = [
        ("7", "customer", "Hi"),
        ("7", "customer", "Where is it?"),
        ("8", "customer", "Hello?"),
        ("7", "agent", "In May."),
        ("7", "customer", "Thanks"),
    ]
    (tmp_path / "x.csv").write_text("ticket,role,text\n" + "".join(f"{a},{b},{c}\n" for a, b, c in said))
    found = inspect([tmp_path / "x.csv"])
    assert found.mapping is not None
    assert found.mapping.columns == {"messages": ["role", "text"]}
    drafts, aside = canonical_rows(read_table(tmp_path / "x.csv"), found.mapping.columns)
    assert [(draft.source, draft.conversation, [one["content"] for one in draft.messages]) for draft in drafts] == [
        ("x.csv:2", "7", ["Hi\nWhere is it?", "In May."])
    ]
    assert [(one.reason, one.draft.source) for one in aside] == [("data.no_answer", "x.csv:4")]


def test_a_chat_is_parted_by_long_pauses(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text(
        "30/01/19, 20:00 - Ann: a\n30/01/19, 20:01 - Bob: b\n31/01/19, 20:00 - Ann: c\n31/01/19, 20:01 - Bob: d\n"
    )
    table = read_table(tmp_path / "chat.txt")
    drafts, _ = canonical_rows(table, {"messages": ["author", "message"]})
    assert [[one["content"] for one in draft.messages] for draft in drafts] == [["a", "b"], ["c", "d"]]
