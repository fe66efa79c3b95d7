"""Which columns are what, from content first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.datasets.readers.split_name import split_of_name
from pipeline.datasets.recognise.columns import column_facts
from pipeline.datasets.recognise.inspection import Inspection, inspect
from pipeline.datasets.recognise.predict import predictability
from tests.support.data_files import ROOT, SAMPLE, write_jsonl

_TOPICS = {"parcel": "the parcel is late and the courier lost it", "bill": "the invoice is wrong and the card charged"}


def labelled(count: int, text: str, label: str) -> list[dict[str, Any]]:
    topics = list(_TOPICS.items())
    return [{text: f"{topics[i % 2][1]} number {i}", label: topics[i % 2][0]} for i in range(count)]


def inspected(folder: Path, rows: list[dict[str, Any]]) -> Inspection:
    return inspect([write_jsonl(folder / "rows.jsonl", rows)])


def mapped(folder: Path, rows: list[dict[str, Any]]) -> tuple[str | None, dict[str, list[str]]]:
    found = inspected(folder, rows)
    assert found.mapping is not None
    return found.task_hint, {str(role): columns for role, columns in found.mapping.columns.items()}


def test_labels_are_found_by_content_whatever_they_are_called(tmp_path: Path) -> None:
    assert mapped(tmp_path, labelled(40, "zzz", "qqq")) == (
        "classification",
        {"prompt": ["zzz"], "completion": ["qqq"]},
    )


def test_the_column_that_the_text_predicts_wins(tmp_path: Path) -> None:
    rows = labelled(80, "text", "folder")
    for i, row in enumerate(rows):
        row["agent"], row["shift"] = ("Ann", "Bob", "Cem")[i % 3], ("day", "night")[(i // 2) % 2]
    found = inspected(tmp_path, rows)
    assert found.mapping is not None
    assert found.mapping.columns == {"prompt": ["text"], "completion": ["folder"]}
    assert found.mapping.confidence > 0.9
    assert "2 values" in found.mapping.reason
    assert found.labels == ["bill", "parcel"]


@pytest.mark.parametrize(
    ("row", "task", "columns"),
    [
        (
            {"instruction": "Say {} in other words.", "input": "", "output": "In other words {} it is."},
            "instruction",
            {"prompt": ["instruction"], "completion": ["output"]},
        ),
        (
            {"instruction": "Sum up {} now.", "input": "A text about {}.", "output": "It is {} only."},
            "instruction",
            {"prompt": ["instruction", "input"], "completion": ["output"]},
        ),
        (
            {"question": "How much is {} plus one?", "answer": "That is {} and one."},
            "question-answering",
            {"prompt": ["question"], "completion": ["answer"]},
        ),
        (
            {"dialogue": "Ann: {}? Bob: Yes.", "summary": "Ann asks Bob {} today."},
            "summarization",
            {"prompt": ["dialogue"], "completion": ["summary"]},
        ),
        (
            {"system": "Be kind to {}.", "prompt": "Tell me of {} please.", "completion": "Here it is {} dear."},
            "instruction",
            {"prompt": ["prompt"], "completion": ["completion"], "system": ["system"]},
        ),
        (
            {"messages": [{"role": "user", "content": "{}"}, {"role": "assistant", "content": "yes"}]},
            "chat",
            {"messages": ["messages"]},
        ),
        (
            {"conversations": [{"from": "human", "value": "{}"}, {"from": "gpt", "value": "yes"}]},
            "chat",
            {"messages": ["conversations"]},
        ),
        (
            {"aaa": "Words about {} first", "bbb": "then some on {} later"},
            "instruction",
            {"prompt": ["aaa"], "completion": ["bbb"]},
        ),
        ({"text": "A long line of prose about {} and more."}, "continued-pretraining", {"text": ["text"]}),
        (
            {"prompt": "Which is {}?", "chosen": "The {} one.", "rejected": "None of {}."},
            "preference",
            {"prompt": ["prompt"], "chosen": ["chosen"], "rejected": ["rejected"]},
        ),
    ],
)
def test_the_usual_formats(tmp_path: Path, row: dict[str, Any], task: str, columns: dict[str, list[str]]) -> None:
    rows = [json.loads(json.dumps(row).replace("{}", f"thing {i}")) for i in range(12)]
    assert mapped(tmp_path, rows) == (task, columns)


def test_messages_written_as_text_in_a_csv(tmp_path: Path) -> None:
    turns = json.dumps([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}])
    cell = '"' + turns.replace('"', '""') + '"'
    (tmp_path / "chat.csv").write_text("id,turns\n" + "".join(f"{i},{cell}\n" for i in range(5)))
    found = inspect([tmp_path / "chat.csv"])
    assert found.mapping is not None
    assert found.mapping.columns == {"messages": ["turns"]}


def test_an_answer_with_few_values_is_a_classification(tmp_path: Path) -> None:
    assert mapped(tmp_path, labelled(40, "prompt", "completion"))[0] == "classification"


def test_kinds_of_columns(tmp_path: Path) -> None:
    rows = [
        {
            "no": f"T-{i}",
            "day": f"0{i % 9 + 1}.02.2025",
            "price": i * 1.5,
            "who": "ab"[i % 2],
            "say": f"well {i} it is",
            "gap": "",
        }
        for i in range(30)
    ]
    facts = {column.name: column for column in column_facts(read_table(write_jsonl(tmp_path / "x.jsonl", rows)))}
    kinds = {name: column.kind for name, column in facts.items()}
    assert kinds == {"no": "id", "day": "date", "price": "number", "who": "category", "say": "text", "gap": "empty"}
    assert (facts["say"].words, facts["who"].distinct, facts["gap"].filled) == (4.0, 2, 0.0)


def test_predictability_tells_signal_from_noise() -> None:
    rows = labelled(100, "text", "label")
    texts, labels = [row["text"] for row in rows], [row["label"] for row in rows]
    assert predictability(texts, labels) == (1.0, 0.5)
    noise = ["ab"[(i * 7919 // 13) % 2] for i in range(100)]
    assert predictability([f"word{i * 31 % 17} other{i * 17 % 23}" for i in range(100)], noise)[0] < 0.7


def test_one_class_is_a_blocking_problem(tmp_path: Path) -> None:
    found = inspected(tmp_path, [{"text": f"some text {i} here", "label": "spam"} for i in range(20)])
    blocking = {problem.code: problem.message for problem in found.problems if problem.severity == "block"}
    assert "'spam'" in blocking["data.one_class"]


@pytest.mark.parametrize(
    ("content", "code"), [("text,label\n", "data.no_rows"), ("a,b\n1,2\n3,4\n", "data.no_mapping")]
)
def test_files_without_anything_to_train_on(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "x.csv").write_text(content)
    found = inspect([tmp_path / "x.csv"])
    assert found.mapping is None
    assert [problem.code for problem in found.problems if problem.severity == "block"] == [code]


def test_files_that_do_not_belong_together(tmp_path: Path) -> None:
    first = write_jsonl(tmp_path / "train.jsonl", labelled(20, "text", "label"))
    other = write_jsonl(tmp_path / "other.jsonl", [{"x": 1}])
    assert "data.different_columns" in [problem.code for problem in inspect([first, other]).problems]


def test_the_names_of_several_files_say_their_split(tmp_path: Path) -> None:
    names = {"train-00000.csv": "train", "bank_test.csv": "test", "dev.jsonl": "validation", "latest.csv": None}
    assert {name: split_of_name(Path(name)) for name in names} == names
    train = write_jsonl(tmp_path / "train.jsonl", labelled(20, "text", "label"))
    test = write_jsonl(tmp_path / "test.jsonl", labelled(6, "text", "label"))
    found = inspect([train, test])
    assert [source.split for source in found.sources] == ["train", "test"]
    assert found.rows == 26
    assert inspect([test]).sources[0].split is None


def test_the_sample_is_read_as_it_is_meant() -> None:
    found = inspect([SAMPLE / "tickets.csv"])
    shown = found.as_json()
    assert list(shown)[:7] == ["format", "encoding", "rows", "columns", "mapping", "task_hint", "problems"]
    assert (shown["format"], shown["encoding"], shown["rows"]) == ("csv", "windows-1252", 674)
    assert shown["mapping"]["columns"] == {"prompt": ["Message"], "completion": ["Queue"]}
    assert shown["task_hint"] == "classification"
    assert len(found.labels) == 7
    counts = {problem["code"]: problem["count"] for problem in shown["problems"]}
    assert counts == {
        "data.ragged_row": 1,
        "data.empty_prompt": 4,
        "data.empty_completion": 1,
        "data.mojibake": 2,
        "data.personal_data": 4,
        "data.label_spellings": 14,
        "data.contradiction": 4,
        "data.duplicate": 11,
    }
    json.dumps(shown, allow_nan=False)
    tone = inspect([SAMPLE / "tone.jsonl"])
    assert tone.mapping is not None
    assert tone.mapping.columns == {"prompt": ["note"], "completion": ["reply"]}


def test_inspecting_a_csv_loads_nothing_heavy() -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.datasets.recognise.inspection import inspect;"
        f"inspect([Path({str(SAMPLE / 'tickets.csv')!r})]);"
        "print(sorted({'numpy','pyarrow','polars','torch','sklearn','rensa','tokenizers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
