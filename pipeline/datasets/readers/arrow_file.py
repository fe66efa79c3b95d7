"""Arrow IPC, the file and the stream form (which the `datasets` library keeps), by pyarrow."""

from __future__ import annotations

from pathlib import Path

from pipeline.datasets.readers.parquet import BATCH_ROWS, columnar_table, refused_if_damaged
from pipeline.datasets.readers.table import Table

_FILE_MARK = b"ARROW1"  # a stream has none


def read_arrow(raw: bytes, path: Path) -> Table:
    """Reads Arrow IPC bytes into plain Python values.

    Raises:
        BadInput: `data.unreadable`.
    """
    import pyarrow as pa

    with refused_if_damaged(path, "Arrow", "The file may be cut off: export it again."):
        opened = pa.ipc.open_file if raw.startswith(_FILE_MARK) else pa.ipc.open_stream
        with opened(pa.py_buffer(raw)) as reader:
            table = reader.read_all()
        table.validate(full=True)  # offsets that point outside of their buffer would end the process
        return columnar_table(path, "arrow", table.schema.names, table.to_batches(BATCH_ROWS))
