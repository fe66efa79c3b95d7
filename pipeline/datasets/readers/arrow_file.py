"""Arrow IPC, the file and the stream form (which the `datasets` library keeps), by pyarrow."""

from __future__ import annotations

from pathlib import Path

from pipeline.datasets.readers.parquet import columnar_rows
from pipeline.datasets.readers.table import Table
from pipeline.errors import BadInput

FILE_MARK, STREAM_MARK = b"ARROW1", b"\xff\xff\xff\xff"


def read_arrow(raw: bytes, path: Path) -> Table:
    """Reads Arrow IPC bytes into plain Python values.

    Raises:
        BadInput: `data.unreadable`.
    """
    import pyarrow as pa

    try:
        opened = pa.ipc.open_file if raw.startswith(FILE_MARK) else pa.ipc.open_stream
        with opened(pa.py_buffer(raw)) as reader:
            table = reader.read_all()
        table.validate(full=True)  # offsets that point outside of their buffer would end the process
        rows = [row for batch in table.to_batches(10_000) for row in columnar_rows(batch.columns)]
    except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
        raise BadInput(
            "data.unreadable",
            f"{path} can't be read as Arrow: {str(error).splitlines()[0][:200]}",
            "The file may be cut off: export it again.",
        ) from error
    return Table(path, "arrow", list(table.schema.names), rows, list(range(1, len(rows) + 1)), encoding="binary")
