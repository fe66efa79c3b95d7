"""Parquet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.datasets.readers.read import read_table
from pipeline.errors import BadInput


def test_values_become_plain_python(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    columns = {
        "text": ["a", None],
        "when": [dt.datetime(2025, 1, 2, 3, 4), None],
        "price": [Decimal("1.50"), None],
        "raw": [b"x\xff", None],
        "score": [float("nan"), 0.5],
        "turns": [[{"role": "user", "content": "hi"}], []],
    }
    pq.write_table(pa.table(columns), path)
    table = read_table(path)
    assert table.format == "parquet"
    first = ("a", "2025-01-02T03:04:00", "1.50", "x\ufffd", None, [{"role": "user", "content": "hi"}])
    assert table.rows == [first, (None, None, None, None, 0.5, [])]


def test_the_name_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    pq.write_table(pa.table({"text": ["a"]}), path)
    assert read_table(path).format == "parquet"


@pytest.mark.parametrize("keep", [4, 20, 200])
def test_a_torn_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"text": ["a" * 500] * 50}), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadInput) as refused:
        read_table(path)
    assert refused.value.code == "data.unreadable"
    assert "rows.parquet" in refused.value.message


def test_a_small_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"text": ["a" * (80 << 20)]}), path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(BadInput) as refused:
        read_table(path)
    assert refused.value.code == "data.too_large"
