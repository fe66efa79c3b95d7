"""Rows kept packed: a million conversations are 3 GiB as Python objects, and a tenth of that packed."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, overload

LOOSE_ROWS = 20_000  # smaller data is kept as it is
BLOCK_ROWS = 256  # are packed and unpacked together

T = TypeVar("T")


def are_many(rows: Sequence[object]) -> bool:
    """Whether rows are more than are kept as they are."""
    return len(rows) > LOOSE_ROWS


@cache
def _codec() -> Any:
    import pyarrow as pa

    return pa.Codec("zstd", 1)


class PackedRows(Sequence[T], Generic[T]):
    """Rows that are only added to; those behind the first `LOOSE_ROWS` are kept packed.

    Rows hold the values of JSON and tuples, nothing else.
    """

    __slots__ = ("_blocks", "_loose", "_open", "_tail")

    def __init__(self) -> None:
        self._loose: list[T] = []
        self._blocks: list[tuple[bytes, int]] = []  # packed, and bytes unpacked
        self._tail: list[T] = []
        # Of the block that was looked at last, the first row's position and the rows: one value, as threads share it.
        self._open: tuple[int, list[T]] = (0, [])

    def append(self, row: T) -> None:
        """Adds a row."""
        if len(self._loose) < LOOSE_ROWS:
            self._loose.append(row)
            return
        self._tail.append(row)
        if len(self._tail) == BLOCK_ROWS:
            content = marshal.dumps(self._tail)
            self._blocks.append((_codec().compress(content, asbytes=True), len(content)))
            self._tail = []

    def extend(self, rows: Iterable[T]) -> None:
        """Adds rows."""
        for row in rows:
            self.append(row)

    def done(self) -> list[T] | PackedRows[T]:
        """A plain list where there are few rows."""
        return self if are_many(self) else self._loose

    def __len__(self) -> int:
        return len(self._loose) + BLOCK_ROWS * len(self._blocks) + len(self._tail)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        first, rows = self._open
        if 0 <= index - first < len(rows):
            return rows[index - first]
        if index < 0:
            index += len(self)
        if 0 <= index < len(self._loose):
            return self._loose[index]
        number, at = divmod(index - len(self._loose), BLOCK_ROWS)
        if 0 <= number < len(self._blocks):
            rows = self._unpacked(number)
            self._open = index - at, rows
            return rows[at]
        if number == len(self._blocks):
            return self._tail[at]
        raise IndexError(index)

    def __iter__(self) -> Iterator[T]:
        yield from self._loose
        for number in range(len(self._blocks)):
            yield from self._unpacked(number)
        yield from self._tail

    def _unpacked(self, number: int) -> list[T]:
        packed, size = self._blocks[number]
        rows: list[T] = marshal.loads(_codec().decompress(packed, size, asbytes=True))  # noqa: S302  # packed above
        return rows
