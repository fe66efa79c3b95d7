"""Files that can't be read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.errors import BadInput


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as refused:
        read_table(path)
    assert str(path) in refused.value.message
    assert refused.value.hint
    return refused.value


def test_a_missing_file_names_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text("text,label\na,b\n")
    error = refusal(tmp_path / "ticket.csv")
    assert error.code == "data.missing_file"
    assert "tickets.csv" in error.hint
    assert refusal(tmp_path / "nowhere" / "x.csv").code == "data.missing_file"


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# About\n")
    error = refusal(tmp_path)
    assert error.code == "data.directory"
    assert ".csv" in error.hint


@pytest.mark.parametrize("content", [b"", b"  \n\n", b"\xef\xbb\xbf", b"\xff\xfe\n\x00"])
@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.jsonl", "x.txt"])
def test_empty_files(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name).code == "data.empty_file"


def test_prose_is_text_where_its_name_says_so(tmp_path: Path) -> None:
    text = "A line.\nAnother line of prose, with a comma.\n"
    (tmp_path / "notes.txt").write_text(text)
    assert read_table(tmp_path / "notes.txt").rows == [(text.strip(),)]
    (tmp_path / "notes.py").write_text(text)
    assert refusal(tmp_path / "notes.py").code == "data.unknown_format"
    (tmp_path / "feed.xml").write_text("<?xml version='1.0'?>\n<rss><a>b, c</a></rss>\n")
    assert refusal(tmp_path / "feed.xml").code == "data.unknown_format"


def test_a_table_without_rows_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("text,label\n")
    assert read_table(tmp_path / "x.csv").rows == []
