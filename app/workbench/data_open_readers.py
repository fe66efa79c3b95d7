"""Opened sources of one project and what filters left of them, shared by several workers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from app.workbench.data_reader_process import ReaderProcess, Reading, is_large, stopped
from app.workbench.data_rows import DataRow, FileSummary, Lens, Part, Query, RowReader
from app.workbench.tasks import Job
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from app.workbench.data_readers import FileReader

LOOK_S = 0.1  # between two looks at whether one who waits for a file was cancelled
READERS = 4  # opened sources that are kept; each holds its file's rows in memory
SELECTIONS = 8  # filtered sources that are kept


class OpenReaders:
    """Opened sources and filtered selections of one project; used by several workers at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opening: dict[Path, Lock] = {}
        self._readers: OrderedDict[Path, tuple[tuple[int, int], RowReader]] = OrderedDict()
        self._selections: OrderedDict[tuple[Path, int, Query], Sequence[int]] = OrderedDict()
        self._shown: set[Path] = set()
        self.readings: dict[Path, Reading] = {}
        self._is_closed = False

    def open(self, path: Path, lens: Lens, job: Job | None = None) -> RowReader:
        """The reader of a source; opened anew after the file has changed, and looking through `lens`.

        Args:
            job: told how far a large file is; cancelling it stops the reading.
        """
        self._shown.add(path)
        with self._alone(path, job):
            reader = self._opened(path, job)
            if reader.look(lens):
                self.forget(path)
            return reader

    def summary(self, path: Path) -> FileSummary:
        """What the list of files says of a large one; its reader is kept where somebody looks at its rows."""
        with self._alone(path, None):
            found = reader_of_file(self._opened(path, None), path.name).summary()
            if path not in self._shown:
                with self._lock:
                    self._readers.pop(path, None)
            return found

    def takes_long(self, path: Path) -> bool:
        """Whether a file is large, and not read yet."""
        size, modified = stamp = stamp_of(path)
        kept = self._readers.get(path)
        return is_large(size) and modified >= 0 and path.is_file() and (kept is None or kept[0] != stamp)

    def close(self) -> None:
        """Stops what is being read, and ends the processes."""
        self._is_closed = True
        for reading in list(self.readings.values()):
            reading.stop()
        with self._lock:
            readers = [reader for _, reader in self._readers.values()]
            self._readers.clear()
            self._selections.clear()
        for reader in readers:
            if isinstance(reader, ReaderProcess):
                reader.close()

    @contextmanager
    def _alone(self, path: Path, job: Job | None) -> Iterator[None]:
        """Lets one worker at a time open a source; the others wait for it, and hear where it was stopped."""
        with self._lock:
            lock, awaited = self._opening.setdefault(path, Lock()), self.readings.get(path)
        while not lock.acquire(timeout=LOOK_S):
            if job is not None:
                job.check()
        try:
            if awaited is not None and awaited.is_stopped:
                raise stopped(path)
            yield
        finally:
            lock.release()

    def _opened(self, path: Path, job: Job | None) -> RowReader:
        stamp = stamp_of(path)
        with self._lock:
            kept = self._readers.get(path)
            if kept is not None and kept[0] == stamp:
                self._readers.move_to_end(path)
                return kept[1]
        reader = self._read(path, job)
        with self._lock:
            if self._is_closed:
                return reader
            self._readers[path] = (stamp, reader)
            while len(self._readers) > READERS:
                self._readers.popitem(last=False)
        return reader

    def _read(self, path: Path, job: Job | None) -> RowReader:
        if not self.takes_long(path):
            from app.workbench.data_readers import open_reader

            return open_reader(path)
        if self._is_closed:
            raise stopped(path)
        self.readings[path] = reading = Reading()
        try:
            return ReaderProcess(path, reading, job)
        finally:
            del self.readings[path]

    def selection(self, path: Path, reader: RowReader, query: Query) -> Sequence[int]:
        """Indices that a query leaves; the last few are kept."""
        if not query.text.strip():
            return reader.members(query.part)
        key = (path, id(reader), query)
        with self._lock:
            kept = self._selections.get(key)
        if kept is not None:
            return kept
        found = reader.matching(query)
        with self._lock:
            self._selections[key] = found
            while len(self._selections) > SELECTIONS:
                self._selections.popitem(last=False)
        return found

    def forget(self, path: Path) -> None:
        """Forgets what filters left of a source: its rows look different now."""
        with self._lock:
            for key in [key for key in self._selections if key[0] == path]:
                del self._selections[key]

    @staticmethod
    def rows(reader: RowReader, part: Part, indices: Sequence[int]) -> tuple[DataRow, ...]:
        """Rows with their own numbers."""
        cells = reader.cells(part, indices)
        return tuple(DataRow(index + 1, each) for index, each in zip(indices, cells, strict=True))


def reader_of_file(reader: RowReader, source: str) -> FileReader | ReaderProcess:
    """The reader of a file.

    Raises:
        BadInput: `data.immutable`: of a version.
    """
    from app.workbench.data_readers import FileReader

    if not isinstance(reader, FileReader | ReaderProcess):
        raise BadInput("data.immutable", f"{source} never changes.", "Choose the file that it was made from.")
    return reader


def stamp_of(path: Path) -> tuple[int, int]:
    """Bytes and time of a file, by which a change is seen; -1 where it can't be looked at."""
    try:
        facts = path.stat()
    except OSError:
        return (-1, -1)  # opening it says why
    return facts.st_size, facts.st_mtime_ns
