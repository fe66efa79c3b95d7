"""Data that is too large for Python objects: packed, read in pieces and written in groups, it gives the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.datasets import packed
from pipeline.datasets.canonical import canonical_rows
from pipeline.datasets.packed import PackedRows
from pipeline.datasets.readers import content, json_records
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.row import Draft
from pipeline.datasets.stored import StoredDraft
from pipeline.datasets.versions import version
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.version import SPLITS, DatasetVersion, load_version
from pipeline.errors import BadInput
from pipeline.plan.model import Plan
from tests.support.data_files import write_jsonl


@pytest.fixture
def as_large(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes everything behind seven rows large."""

    def set_limits() -> None:
        monkeypatch.setattr(packed, "LOOSE_ROWS", 7)
        monkeypatch.setattr(packed, "BLOCK_ROWS", 3)
        monkeypatch.setattr(content, "_LARGE_BYTES", 1)
        monkeypatch.setattr(json_records, "_DECODED_BYTES", 50)
        monkeypatch.setattr(version, "GROUP_ROWS", 5)
        monkeypatch.setattr(version, "_GROUP_CHARACTERS", 300)

    return set_limits


@pytest.mark.parametrize("count", [0, 6, 7, 8, 10, 11, 40])
def test_packed_rows_are_a_list(count: int, as_large: Callable[[], None]) -> None:
    as_large()
    plain: list[Any] = [(f"text {i} é", {"role": "user", "more": [i, 1.5, None, True]}) for i in range(count)]
    rows: PackedRows[Any] = PackedRows()
    rows.extend(plain)
    assert list(rows) == plain
    assert [rows[at] for at in range(len(rows))] == plain
    assert (rows[2:], rows[-3:], rows[::4]) == (plain[2:], plain[-3:], plain[::4])
    shuffled = random.Random(count).sample(range(count), count)
    assert [rows[at - count] for at in shuffled] == [plain[at] for at in shuffled]
    for outside in (count, -count - 1):
        with pytest.raises(IndexError):
            rows[outside]


def chat(count: int) -> list[dict[str, Any]]:
    chance = random.Random(5)
    rows = []
    for i in range(count):
        text = f"where is the {chance.choice(['parcel', 'Päckchen', '包裹'])} {i % (count - 4)}" + " a@b.example" * (
            i % 9 == 0
        )
        turns = [{"role": "user", "content": text}, {"role": "assistant", "content": f"in room {i % 5}"}]
        rows.append({"messages": [{"role": "system", "content": "Be brief."}, *turns] if i % 3 else turns})
    return [*rows, {"messages": [{"role": "user", "content": "nobody answers"}]}, *rows[3:6]]


def labelled(count: int) -> list[dict[str, Any]]:
    labels = ["Billing", "billing", "Delivery"]
    return [{"text": f"case {i} of the matter {i * 7919 % 101}", "label": labels[i % 3]} for i in range(count)]


def content_of(made: DatasetVersion) -> Any:
    rows = {split: list(made.rows(split)) for split in SPLITS}
    return made.id, rows, list(made.quarantined()), made.report(), made.counts


PLANS: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
    (chat(60), {"task": "chat", "dataset": {"columns": {"messages": ["messages"]}}}),
    (chat(60), {"task": "chat", "dataset": {"checks": {"personal_data": "mask", "duplicates": "near"}}}),
    (chat(60), {"task": "chat", "dataset": {"checks": {"personal_data": "quarantine", "duplicates": "off"}}}),
    (labelled(50), {"task": "classification", "dataset": {"columns": {"prompt": ["text"], "completion": ["label"]}}}),
]


@pytest.mark.parametrize(("rows", "values"), PLANS)
def test_a_version_is_the_same_whether_its_rows_were_packed_or_not(
    tmp_path: Path, rows: list[dict[str, Any]], values: dict[str, Any], as_large: Callable[[], None]
) -> None:
    write_jsonl(tmp_path / "rows.jsonl", rows)
    dataset = {"sources": [{"path": "rows.jsonl"}], **values["dataset"]}
    plan = Plan.model_validate({"name": "large", "task": values["task"], "dataset": dataset})
    small = content_of(build_version(plan, tmp_path, tmp_path / "small"))
    as_large()
    made = build_version(plan, tmp_path, tmp_path / "large")
    assert content_of(made) == small
    assert made.counts.quarantined > 0 or values["task"] == "classification"
    assert pq.ParquetFile(made.folder / "train.parquet").num_row_groups > 1


def test_a_stored_draft_answers_like_any_other(tmp_path: Path, as_large: Callable[[], None]) -> None:
    path = write_jsonl(tmp_path / "rows.jsonl", chat(30))
    plain = canonical_rows(read_table(path), {"messages": ["messages"]})[0]
    as_large()
    stored = canonical_rows(read_table(path), {"messages": ["messages"]})[0]
    assert {type(draft) for draft in plain} == {Draft}
    assert {type(draft) for draft in stored} == {StoredDraft}

    def answers(draft: Draft) -> tuple[Any, ...]:
        texts = (draft.messages, draft.turns, draft.contents, draft.prompt_text, draft.completion, draft.source)
        return (*texts, draft.id, draft.key, draft.prompt_id, draft.source_prompt_id)

    assert list(map(answers, stored)) == list(map(answers, plain))
    for draft in (plain[4], stored[4]):
        draft.unmasked = draft.messages
        draft.messages = [{"role": "user", "content": "changed"}, draft.messages[-1]]
    assert answers(stored[4]) == answers(plain[4])
    assert stored[4].prompt_id != stored[4].source_prompt_id


KINDS = ['{"a": 1}', "", '{"b": "ü", "a": "\\ud83d\\ude00"}', "nonsense", '"text"', '{"a": NaN}', '{"c": "\\ud800"}']


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("last", ["", '{"z": 1.5}'])
def test_lines_that_are_read_in_pieces_are_the_same_lines(
    tmp_path: Path, end: str, last: str, as_large: Callable[[], None]
) -> None:
    (tmp_path / "x.jsonl").write_bytes(((end or "\n").join([*KINDS * 4, last]) + end).encode())
    whole = read_table(tmp_path / "x.jsonl")
    assert whole.columns[:2] == ["a", "b"]
    as_large()
    pieces = read_table(tmp_path / "x.jsonl")
    assert isinstance(pieces.rows, PackedRows)
    assert list(pieces.rows) == list(whole.rows)
    assert (pieces.columns, pieces.lines, pieces.bad) == (whole.columns, whole.lines, whole.bad)
    assert (pieces.encoding, pieces.problems) == (whole.encoding, whole.problems)


def test_large_files_in_other_encodings_are_read_as_a_whole(tmp_path: Path, as_large: Callable[[], None]) -> None:
    as_large()
    text = "".join(json.dumps({"text": f"Größe {i}"}, ensure_ascii=False) + "\n" for i in range(30))
    (tmp_path / "x.jsonl").write_bytes(text.encode("cp1252"))
    table = read_table(tmp_path / "x.jsonl")
    assert (table.encoding, table.rows[29]) == ("windows-1252", ("Größe 29",))
    (tmp_path / "x.jsonl").write_bytes(b'{"' + b"\x01" * 100)
    with pytest.raises(BadInput, match="control characters"):
        read_table(tmp_path / "x.jsonl")


def test_versions_in_one_piece_are_read_like_those_in_groups(tmp_path: Path, as_large: Callable[[], None]) -> None:
    as_large()
    write_jsonl(tmp_path / "rows.jsonl", chat(60))
    values = {"name": "large", "task": "chat", "dataset": {"sources": [{"path": "rows.jsonl"}]}}
    made = build_version(Plan.model_validate(values), tmp_path)
    before = content_of(made)
    for path in made.folder.glob("*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table, path, compression="zstd")
    assert pq.ParquetFile(made.folder / "train.parquet").num_row_groups == 1
    assert content_of(load_version(made.folder)) == before
