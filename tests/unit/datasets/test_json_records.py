"""JSON and JSON Lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.datasets.readers.table import Table
from pipeline.errors import BadInput


def read(folder: Path, content: str, name: str = "rows.json") -> Table:
    path = folder / name
    path.write_bytes(content.encode())
    return read_table(path)


@pytest.mark.parametrize(
    ("value", "columns", "rows"),
    [
        ([{"a": 1, "b": "x"}, {"b": "y", "c": None}], ["a", "b", "c"], [(1, "x", None), (None, "y", None)]),
        ({"meta": 1, "data": [{"text": "t"}]}, ["text"], [("t",)]),
        ({"text": ["t", "u"], "label": ["a", "b"]}, ["text", "label"], [("t", "a"), ("u", "b")]),
        ({"k1": {"q": "x"}, "k2": {"q": "y"}}, ["key", "q"], [("k1", "x"), ("k2", "y")]),
        (["one", "two"], ["text"], [("one",), ("two",)]),
        ([[{"role": "user", "content": "hi"}]], ["messages"], [([{"role": "user", "content": "hi"}],)]),
        ({"train": [{"t": "x"}], "test": [{"t": "y"}]}, ["t"], [("x",)]),
    ],
)
def test_shapes_of_records(tmp_path: Path, value: Any, columns: list[str], rows: list[Any]) -> None:
    table = read(tmp_path, json.dumps(value))
    assert (table.format, table.columns, table.rows) == ("json", columns, rows)


@pytest.mark.parametrize("content", ["{}", "[]", "3", '"text"', "null", "[1, 2]", '{"a": 1}'])
def test_valid_json_without_records_has_no_rows_and_says_so(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content)
    assert table.rows == []
    assert [(problem.code, problem.severity) for problem in table.problems] == [("data.no_records", "block")]


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ('[\n {"a": 1},\n {"a": }\n]', 3, 8),
        ('[{"a": NaN}]', 1, 8),
        ('[\n{"a": -Infinity}]', 2, 7),
        ('[{"a": 1e999}]', 1, 8),
        ("[" * 200_000, 1, 1),
        ('[{"a": "tab\there"}]', 1, 12),
    ],
)
def test_json_is_all_or_nothing_with_the_place(tmp_path: Path, content: str, line: int, column: int) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, content)
    assert refused.value.code == "data.invalid_json"
    assert refused.value.details == {"line": line, "column": column}
    assert f"line {line}, column {column}" in refused.value.message


def test_json_lines_keep_good_lines_and_name_bad_ones(tmp_path: Path) -> None:
    content = '{"a": 1}\n{"a": \n\n{"a": NaN}\n[1]\n"plain"\n{"a": 2}'
    table = read(tmp_path, content, "rows.jsonl")
    assert table.columns == ["a", "text"]
    assert table.lines == [1, 6, 7]
    assert [bad.line for bad in table.bad] == [2, 4, 5]
    assert table.all_problems()[0].code == "data.bad_line"


def test_json_lines_without_a_good_line_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 1") as refused:
        read(tmp_path, "text,label\na,b\n", "rows.jsonl")
    assert refused.value.code == "data.unreadable"


def test_content_decides_where_the_name_is_wrong(tmp_path: Path) -> None:
    assert read(tmp_path, '{"a": 1}\n{"a": 2}\n', "rows.json").format == "jsonl"
    assert read(tmp_path, '[\n{"a": 1},\n{"a": 2}\n]', "rows.jsonl").format == "json"
    assert read(tmp_path, '{"a": 1}\n{"a": 2}\n', "rows.csv").format == "jsonl"
    assert read(tmp_path, '[{"a": 1}]', "rows.txt").format == "json"


def test_half_characters_become_replacement_characters(tmp_path: Path) -> None:
    table = read(tmp_path, '[{"a": "x\\ud800y", "b": ["\\udc00", "\\ud83d\\ude00"]}]')
    assert table.rows == [("x\ufffdy", ["\ufffd", "😀"])]
