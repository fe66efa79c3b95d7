"""A large file's reader in a process of its own: a million rows hold Python's lock, and no window answers meanwhile.

Requests go over a socket as pickles of our own; the process ends when its end of the socket closes, so even a killed
window leaves none behind.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workbench.data_rows import FileSummary, Lens, Page, Part, Query, RowDetail, SourceFacts
from app.workbench.tasks import Cancelled, Job
from pipeline.errors import BadInput, Failed, error_from
from pipeline.processes.detached import module_environment, python_module

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from app.workbench.data_labels import LabelQueue
    from app.workbench.data_languages import LanguageFacts
    from pipeline.datasets.edits import Mark
    from pipeline.plan.model import Plan

PLAN_WORK = {  # what is done with all rows of a plan, each of plan and project folder
    "report": "app.workbench.data_report:report_of",
    "version": "pipeline.datasets.versions.build:build_version",
    "rows": "app.workbench.preparing:ready_rows",
}
LARGE_BYTES = 4 << 20  # from which a file is read elsewhere: starting a process takes half a second, reading it more
_DIED = ("died", None)
_LOOK_S = 0.1
_ON_THE_WAY = ("first", "share")  # what is told before the answer


def is_large(size_bytes: int) -> bool:
    """Whether a file is read by a process of its own."""
    return size_bytes >= LARGE_BYTES


@dataclass
class Reading:
    """A large file on its way in; anybody may look at it, or stop it."""

    first: Page | None = None  # rows that can be shown until all are there
    fraction: float | None = None  # 0 to 1; None: can't be told
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)

    def take(self, kind: str, value: Any) -> None:
        """Notes what the process told on its way."""
        if kind == "first":
            self.first = value
        else:
            self.fraction = value

    def stop(self) -> None:
        """Asks whoever reads it to stop."""
        self._stop.set()

    @property
    def is_stopped(self) -> bool:
        """Whether somebody asked for it."""
        return self._stop.is_set()


class ReaderProcess:
    """Rows of a large file; see `RowReader`. Every call waits for the process.

    Raises:
        BadInput: `data.reading_stopped`; and what the file's reader says.
        Failed: `data.reader_died`.
    """

    def __init__(self, path: Path, reading: Reading, job: Job | None = None) -> None:
        self.path = path
        self._lens = Lens()
        self._process = process = _Process()
        weakref.finalize(self, process.close)
        self._told = process.ask("open", path)
        try:
            self._opened(reading, job)
        except BaseException:
            process.close()
            raise

    def _opened(self, reading: Reading, job: Job | None) -> None:
        while True:
            if job is not None and job.is_cancelled:
                reading.stop()
            if reading.is_stopped:
                raise stopped(self.path)
            with contextlib.suppress(queue.Empty):
                kind, value = self._told.get(timeout=_LOOK_S)
                if kind not in _ON_THE_WAY:
                    self._process.result(kind, value)
                    return
                reading.take(kind, value)
                if job is not None and reading.fraction is not None:
                    job.fraction, job.detail = reading.fraction, f"{reading.fraction:.0%}"

    def close(self) -> None:
        """Ends the process; calls under way are cancelled."""
        self._process.close()

    def look(self, lens: Lens) -> bool:
        if lens == self._lens:
            return False
        self._lens = lens
        return bool(self._call("look", lens))

    def columns(self, part: Part) -> tuple[str, ...]:
        found: tuple[str, ...] = self._call("columns", part)
        return found

    def members(self, part: Part) -> Sequence[int]:
        found: Sequence[int] = self._call("members", part)
        return found

    def matching(self, query: Query) -> Sequence[int]:
        found: Sequence[int] = self._call("matching", query)
        return found

    def cells(self, part: Part, indices: Sequence[int]) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = self._call("cells", part, indices)
        return found

    def detail(self, part: Part, index: int) -> RowDetail:
        found: RowDetail = self._call("detail", part, index)
        return found

    def index_of(self, part: Part, place: str) -> int | None:
        found: int | None = self._call("index_of", part, place)
        return found

    def facts(self, source: str) -> SourceFacts:
        found: SourceFacts = self._call("facts", source)
        return found

    def languages(self) -> LanguageFacts:
        found: LanguageFacts = self._call("languages")
        return found

    def summary(self) -> FileSummary:
        """See `FileReader.summary`."""
        found: FileSummary = self._call("summary")
        return found

    def label_queue(self, column: str) -> LabelQueue:
        """See `FileReader.label_queue`."""
        found: LabelQueue = self._call("label_queue", column)
        return found

    def rows_labelled(self, column: str, names: Sequence[str], into: str) -> tuple[Mark, ...]:
        """See `FileReader.rows_labelled`."""
        found: tuple[Mark, ...] = self._call("rows_labelled", column, names, into)
        return found

    def write_edited(self) -> Path:
        """See `FileReader.write_edited`."""
        found: Path = self._call("write_edited")
        return found

    def _call(self, method: str, *arguments: Any) -> Any:
        return self._process.result(*self._process.ask(method, *arguments).get())


def with_all_rows(work: str, plan: Plan, folder: Path, job: Job) -> Any:
    """What `PLAN_WORK` makes of all rows of a plan: here where they are few, else in a process of its own.

    That process ends with the answer, or with the job.

    Raises:
        Failed: `data.reader_died`.
        Cancelled: the job was cancelled.
        VibetuneError: what the function says.
    """
    sources = plan.dataset.sources
    size = sum(_bytes_of(folder / each.path) for each in sources if each.path)
    if not (is_large(size) or any(each.hf for each in sources)):
        return plan_work(work)(plan, folder)
    process = _Process()
    try:
        answer = process.ask(work, plan, folder)
        while True:
            job.check()
            with contextlib.suppress(queue.Empty):
                return process.result(*answer.get(timeout=_LOOK_S))
    finally:
        process.close()


def plan_work(work: str) -> Callable[[Plan, Path], Any]:
    """The function itself; it and what it needs are imported only where they are used."""
    module, _, name = PLAN_WORK[work].partition(":")
    found: Callable[[Plan, Path], Any] = getattr(import_module(module), name)
    return found


def _bytes_of(source: Path) -> int:
    """Of a file, or of all files in a folder; 0 where there is nothing, which reading it will say."""
    try:
        files = source.rglob("*") if source.is_dir() else [source]
        return sum(each.stat().st_size for each in files if each.is_file())
    except OSError:
        return 0


def stopped(path: Path) -> BadInput:
    """What readers of a file hear when a person stopped its reading."""
    return BadInput("data.reading_stopped", f"Reading {path.name} was stopped.", "Read it again to see its rows.")


class _Process:
    """The process and the thread that hears what it says."""

    def __init__(self) -> None:
        from multiprocessing import Pipe

        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[tuple[str, Any]]] = {}
        self._lock = threading.Lock()
        self.is_closed = self._is_gone = False
        self._ours, theirs = Pipe()
        with theirs:
            self._popen = subprocess.Popen(
                python_module("app.workbench.data_reader_server", str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **module_environment()},
                pass_fds=[theirs.fileno()],
            )
        threading.Thread(target=self._hear, args=(self._ours,), name="data-reader", daemon=True).start()

    def ask(self, method: str, *arguments: Any) -> queue.SimpleQueue[tuple[str, Any]]:
        """Where the answer will arrive."""
        answer: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = answer
            if not self._is_gone:
                with contextlib.suppress(OSError):
                    self._ours.send((number, method, arguments))
                    return answer
        answer.put(_DIED)
        return answer

    def result(self, kind: str, value: Any) -> Any:
        """The value of an answer, or the error that it tells of."""
        if kind == "done":
            return value
        if kind == "failed":
            raise error_from(*value)
        if self.is_closed:
            raise Cancelled
        message = "The process that read the rows ended by itself; perhaps the memory was full."
        raise Failed("data.reader_died", message, "Close what needs memory and read them again; no file was touched.")

    def _hear(self, connection: Connection) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                number, kind, value = connection.recv()
                with self._lock:
                    answer = self._waiting[number] if kind in _ON_THE_WAY else self._waiting.pop(number)
                answer.put((kind, value))
        self._popen.kill()
        self._popen.wait()
        with self._lock:
            self._is_gone = True
            for answer in self._waiting.values():
                answer.put(_DIED)
            self._waiting.clear()
        connection.close()

    def close(self) -> None:
        """Ends it at once: it only reads, and a version that it builds is whole or not there."""
        self.is_closed = True
        self._popen.kill()
