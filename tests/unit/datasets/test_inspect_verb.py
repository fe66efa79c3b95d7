"""`vibetune data inspect`, as people and scripts see it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from app.cli.__main__ import cli
from tests.support.data_files import write_jsonl


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["data", "inspect", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_it_says_what_rows_are_how_sure_it_is_why_and_what_else_they_could_be(tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": "a"}], "label": n % 2 == 0}
        for n in range(4)
    ]
    write_jsonl(tmp_path / "judged.jsonl", rows)
    text = shown(str(tmp_path / "judged.jsonl"))
    for part in (
        "read as KTO labels, preference",
        "confidence 0.98",
        "says whether it is wanted",
        "or as OpenAI messages",
    ):
        assert part in text
    found = json.loads(shown("--json", str(tmp_path / "judged.jsonl")))
    assert (found["mapping"]["form"], found["mapping"]["runner_up"]["form"]) == ("KTO labels", "OpenAI messages")
    assert found["examples"][0]["label"] is True


def test_a_folder_and_one_of_its_files(tmp_path: Path) -> None:
    for name, label in (("train", "a"), ("test", "b")):
        (tmp_path / f"{name}.csv").write_text(f"text,label\nwhere is my {name} parcel,{label}\n")
    assert "2 rows" in shown(str(tmp_path))
    assert "1 row\n" in shown(f"{tmp_path}#test.csv")
