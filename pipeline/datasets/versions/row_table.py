"""Rows of a version by their position, as a table wants them: of the files only what is asked for is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

_KEPT_GROUPS = 8  # of rows, each with all of its columns: what a person scrolls to and fro in


class RowTable:
    """The rows of some of a version's files, one below the other.

    A file is opened for each reading: nothing stays open, and several threads may read.

    Args:
        folder: of the version.
        parts: names of the files without `.parquet`, such as splits. Where there are several, a column `split` says
            which file a row is in.
    """

    def __init__(self, folder: Path, parts: Sequence[str]) -> None:
        import pyarrow.parquet as pq

        self._paths = [folder / f"{part}.parquet" for part in parts]
        self._facts = [pq.read_metadata(path) for path in self._paths]
        self._groups = [(at, group) for at, facts in enumerate(self._facts) for group in range(facts.num_row_groups)]
        sizes = (self._facts[at].row_group(group).num_rows for at, group in self._groups)
        self._starts: list[int] = list(accumulate(sizes, initial=0))
        self._group = lru_cache(_KEPT_GROUPS)(self._read_group)

    @property
    def num_rows(self) -> int:
        return self._starts[-1]

    @cached_property
    def column_names(self) -> list[str]:
        names = list(self._facts[0].schema.to_arrow_schema().names)
        return [*names, "split"] if len(self._paths) > 1 else names

    def slice(self, start: int, length: int) -> Any:
        """An Arrow table of rows that follow each other."""
        import pyarrow as pa

        end = min(start + length, self.num_rows)
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, max(start, end - 1)) - 1
        tables = [self._group(number) for number in range(first, min(last + 1, len(self._groups)))]
        if not tables:
            return self._empty()
        return pa.concat_tables(tables).slice(start - self._starts[first], max(0, end - start))

    def take(self, indices: Sequence[int]) -> Any:
        """An Arrow table of rows in the given order."""
        import pyarrow as pa

        by_group: dict[int, list[int]] = {}
        for place, index in enumerate(indices):
            by_group.setdefault(bisect_right(self._starts, index) - 1, []).append(place)
        if not by_group:
            return self._empty()
        tables = [
            self._group(number).take(pa.array([indices[place] - self._starts[number] for place in places]))
            for number, places in by_group.items()
        ]
        order = [place for places in by_group.values() for place in places]
        taken = pa.concat_tables(tables).combine_chunks()
        return taken.take(pa.array(sorted(range(len(order)), key=order.__getitem__)))

    def column(self, name: str) -> Any:
        """One whole column as an Arrow array in chunks; the others are not read."""
        import pyarrow as pa

        if name == "split" and len(self._paths) > 1:
            chunks = [pa.array([path.stem] * facts.num_rows, pa.string()) for path, facts in self._files()]
            return pa.chunked_array(chunks)
        tables = [self._read(path, facts, [name]) for path, facts in self._files()]
        return pa.concat_tables(tables).column(name)

    def _files(self) -> list[tuple[Path, Any]]:
        return list(zip(self._paths, self._facts, strict=True))

    def _read(self, path: Path, facts: Any, columns: list[str]) -> Any:
        import pyarrow.parquet as pq

        with pq.ParquetFile(path, metadata=facts) as file:
            return file.read(columns)

    def _read_group(self, number: int) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        at, group = self._groups[number]
        with pq.ParquetFile(self._paths[at], metadata=self._facts[at]) as file:
            table = file.read_row_group(group)
        if len(self._paths) == 1:
            return table
        return table.append_column("split", pa.array([self._paths[at].stem] * table.num_rows, pa.string()))

    def _empty(self) -> Any:
        import pyarrow as pa

        schema = self._facts[0].schema.to_arrow_schema()
        return (schema.append(pa.field("split", pa.string())) if len(self._paths) > 1 else schema).empty_table()
