"""Parquet, by pyarrow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pipeline.datasets.packed import PackedRows
from pipeline.datasets.readers.table import Format, Table
from pipeline.errors import BadInput

BATCH_ROWS = 10_000
_LARGEST_BYTES = 4 << 30  # unpacked; a small file can hold more than memory does
_LARGEST_ROW_BYTES = 64 << 20


def read_parquet(raw: bytes, path: Path) -> Table:
    """Reads a Parquet file into plain Python values: times as ISO text, bytes as UTF-8, NaN as missing.

    Args:
        raw: the whole file; not memory-mapped, since a damaged or shrinking file would end the process.
        path: for messages.

    Raises:
        BadInput: `data.unreadable`, `data.too_large`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    hint = "The file may be cut off or encrypted: export it again."
    with refused_if_damaged(path, "Parquet", hint), pq.ParquetFile(pa.BufferReader(raw)) as file:
        _refuse_bomb(file, path)
        return columnar_table(path, "parquet", file.schema_arrow.names, file.iter_batches(BATCH_ROWS))


@contextmanager
def refused_if_damaged(path: Path, kind: str, hint: str) -> Iterator[None]:
    """Turns what Arrow says of damaged bytes into a refusal.

    Raises:
        BadInput: `data.unreadable`.
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
        text = f"{path} can't be read as {kind}: {str(error).splitlines()[0][:200]}"
        raise BadInput("data.unreadable", text, hint) from error


def _refuse_bomb(file: Any, path: Path) -> None:
    facts = file.metadata
    unpacked = sum(facts.row_group(index).total_byte_size for index in range(facts.num_row_groups))
    if unpacked > min(_LARGEST_BYTES, _LARGEST_ROW_BYTES * max(facts.num_rows, 1)):
        raise BadInput(
            "data.too_large",
            f"{path} holds {unpacked / (1 << 30):.1f} GiB in {facts.num_rows} rows once it is unpacked.",
            f"Split it: at most {_LARGEST_BYTES >> 30} GiB a file and {_LARGEST_ROW_BYTES >> 20} MiB a row are read.",
        )


def columnar_table(path: Path, kind: Format, columns: Sequence[str], batches: Iterable[Any]) -> Table:
    """Arrow batches as rows of plain values."""
    rows: PackedRows[tuple[Any, ...]] = PackedRows()
    for batch in batches:
        values = [column.to_pylist() for column in batch.columns]
        rows.extend(tuple(map(plain, row)) for row in zip(*values, strict=True))
    return Table(path, kind, list(columns), rows.done(), list(range(1, len(rows) + 1)), encoding="binary")


def plain(value: Any) -> Any:
    """A value that JSON knows."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)
