"""Rows of a version by position: the same as the whole files, whatever part of them is read."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.datasets.versions import row_table, version
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.row_table import RowTable
from pipeline.datasets.versions.version import SPLITS
from tests.support.data_files import classification_plan, write_jsonl


@pytest.fixture(params=["groups", "one piece"])
def folder(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version in groups of four rows, or as versions were written before there were groups."""
    monkeypatch.setattr(version, "GROUP_ROWS", 4 if request.param == "groups" else 1_000)
    monkeypatch.setattr(row_table, "_KEPT_GROUPS", 2)
    rows = [{"text": f"question {i} of {i * 7919 % 101}", "label": "ab"[i % 2]} for i in range(70)]
    write_jsonl(tmp_path / "rows.jsonl", [*rows, *rows[:9]])
    return build_version(classification_plan("rows.jsonl"), tmp_path).folder


def whole(folder: Path, parts: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = [(part, row) for part in parts for row in pq.read_table(folder / f"{part}.parquet").to_pylist()]
    return [{**row, "split": part} if len(parts) > 1 else row for part, row in rows]


@pytest.mark.parametrize("parts", [SPLITS, ("train",), ("test",), ("quarantine",)])
def test_any_rows_are_those_of_the_whole_files(folder: Path, parts: tuple[str, ...]) -> None:
    expected = whole(folder, parts)
    rows = RowTable(folder, parts)
    assert rows.num_rows == len(expected) > 0
    assert rows.column_names == list(expected[0])
    chance = random.Random(1)
    for _ in range(40):
        start, length = chance.randrange(len(expected)), chance.randrange(12)
        assert rows.slice(start, length).to_pylist() == expected[start : start + length]
        indices = [chance.randrange(len(expected)) for _ in range(chance.randrange(9))]
        assert rows.take(indices).to_pylist() == [expected[index] for index in indices]
    for name in rows.column_names:
        assert rows.column(name).to_pylist() == [row[name] for row in expected]


def test_a_part_without_rows_has_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), tmp_path / "test.parquet")
    rows = RowTable(tmp_path, ("test",))
    assert (rows.num_rows, rows.column_names, rows.slice(0, 5).num_rows, rows.take([]).num_rows) == (0, ["id"], 0, 0)
    assert rows.column("id").to_pylist() == []
