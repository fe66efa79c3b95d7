"""The project's data: files in data/ and the versions that were built from them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from app.workbench.data_open_readers import OpenReaders, reader_of_file, stamp_of
from app.workbench.data_reader_process import Reading, is_large, with_all_rows
from app.workbench.data_rows import (
    Finding,
    Lens,
    Page,
    Query,
    RowDetail,
    SourceFacts,
)
from app.workbench.project import require_open
from app.workbench.selection import is_version_address
from app.workbench.tasks import Job, Tasks
from pipeline.catalog.entries import DatasetEntry
from pipeline.errors import BadInput, VibetuneError, without_frames
from pipeline.files import disk_errors, read_json
from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from app.workbench.data_comparison import Comparison
    from app.workbench.data_labels import LabelQueue
    from app.workbench.data_languages import LanguageFacts
    from app.workbench.data_report import DataReport
    from pipeline.datasets.edits import Mark
    from pipeline.datasets.versions.version import DatasetVersion
    from pipeline.plan.model import Plan

_TEXTS = (".txt", ".text", ".md", ".markdown", ".html", ".htm")
LOOK_EVERY_S = 1.0
MOST_BYTES = 256 << 20  # larger files are looked into when they are opened: it takes minutes and memory
ALL_ROWS = Query()

Done = Callable[[Page], None]
Failed = Callable[[VibetuneError], None]


@dataclass(frozen=True)
class DataFile:
    """A file in data/.

    Args:
        path: absolute.
        rows: None until it has been looked into, and where it can't be read.
        findings: what the import's checks say, with counts.
        error: why it can't be read.
    """

    path: Path
    bytes: int
    format: str = ""
    rows: int | None = None
    findings: tuple[Finding, ...] = ()
    error: VibetuneError | None = None
    is_known: bool = False
    modified: int = 0  # nanoseconds since the epoch

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Findings that want a look; notes are not among them."""
        return tuple(each for each in self.findings if each.severity != "note")


class DataStore:
    """Files and dataset versions of the open project, and pages of their rows.

    A source is a file's path or a version's address `NAME@ID`.
    """

    changed = Signal()

    def __init__(self, tasks: Tasks, lens_of: Callable[[Path], Lens] | None = None) -> None:
        self._tasks = tasks
        self._lens_of = lens_of or (lambda _path: Lens())
        self._project: ProjectFolder | None = None
        self._is_reading = False
        self._looked = 0.0
        self._readers = OpenReaders()
        self.files: tuple[DataFile, ...] = ()
        self.versions: tuple[DatasetEntry, ...] = ()

    def open(self, project: ProjectFolder | None) -> None:
        """Looks at another project."""
        self.close()
        self._project, self._readers = project, OpenReaders()
        self._is_reading = False
        self.files, self.versions = (), ()
        self.changed.emit()
        self.refresh_now()

    def close(self) -> None:
        """Ends the processes that read large files."""
        self._readers.close()

    def refresh(self) -> None:
        """Looks for new, changed and vanished files and versions, at most once a second; returns at once."""
        if time.monotonic() - self._looked >= LOOK_EVERY_S:
            self.refresh_now()

    def refresh_now(self) -> None:
        """Looks again without waiting; returns at once."""
        project = self._project
        if project is None or self._is_reading:
            return
        self._is_reading, self._looked = True, time.monotonic()
        known = {file.path: file for file in self.files}
        self._tasks.submit(
            lambda _job: (_listed(project, known), _versions(project)),
            done=lambda found: self._take(project, *found),
            failed=lambda _error: self._stop_reading(),
        )

    def add_files(self, paths: Sequence[Path], done: Callable[[tuple[Path, ...]], None] | None = None) -> None:
        """Copies files into data/; another content under the same name gets a number, nothing is overwritten."""
        project = require_open(self._project)

        def take(copied: tuple[Path, ...]) -> None:
            self.refresh_now()
            if done is not None:
                done(copied)

        names = ", ".join(path.name for path in paths[:3])
        self._tasks.submit(lambda job: _copy(job, project, paths), title=f"Copy {names} into data/", done=take)

    def page(
        self, source: str, start: int, count: int, done: Done, *, query: Query = ALL_ROWS, failed: Failed | None = None
    ) -> Job:
        """Reads rows `start` to `start + count` in the background; `done` gets them in the GUI's thread."""
        readers, path = self._readers, self._resolved(source)
        lens = self._lens_of(path)

        def read(job: Job) -> Page:
            reader = readers.open(path, lens, job)
            job.check()
            chosen = readers.selection(path, reader, query)
            indices = chosen[start : start + count]
            rows = readers.rows(reader, query.part, indices)
            return Page(source, query, start, len(chosen), reader.columns(query.part), rows)

        is_first = readers.takes_long(path) and path not in readers.readings
        title = f"Read {path.name}" if is_first else ""
        return self._tasks.submit(read, title=title, done=done, failed=failed)

    def reading(self, source: str) -> Reading | None:
        """How far the reading of a large file is; None where it isn't being read."""
        return self._readers.readings.get(self._resolved(source))

    def detail(
        self,
        source: str,
        number: int,
        done: Callable[[RowDetail], None],
        *,
        query: Query = ALL_ROWS,
        failed: Failed | None = None,
    ) -> Job:
        """Reads one row in full; `number` is the row's own, counted from 1."""
        readers, path = self._readers, self._resolved(source)
        lens = self._lens_of(path)
        return self._tasks.submit(
            lambda _job: readers.open(path, lens).detail(query.part, number - 1), done=done, failed=failed
        )

    def row_at(
        self, source: str, place: str, done: Callable[[tuple[Query, int] | None], None], *, query: Query = ALL_ROWS
    ) -> Job:
        """Finds the row that comes from `file:line`.

        Args:
            query: what is shown now; the row is looked for there first, then without the filter, then among the rows
                that were set aside.
            done: gets the query that shows the row and its position there; None if the source has no such row.
        """
        readers, path = self._readers, self._resolved(source)
        lens = self._lens_of(path)
        tried = (query, replace(query, text=""), Query("all"), Query("quarantine"))

        def find(_job: Job) -> tuple[Query, int] | None:
            reader = readers.open(path, lens)
            for each in tried:
                index = reader.index_of(each.part, place)
                chosen = readers.selection(path, reader, each)
                if index is not None and index in chosen:
                    return each, chosen.index(index)
            return None

        return self._tasks.submit(find, done=done)

    def facts(self, source: str, done: Callable[[SourceFacts], None], *, failed: Failed | None = None) -> Job:
        """Counts, columns and findings of a source."""
        readers, path = self._readers, self._resolved(source)
        lens = self._lens_of(path)
        return self._tasks.submit(lambda _job: readers.open(path, lens).facts(source), done=done, failed=failed)

    def languages(self, source: str, done: Callable[[LanguageFacts], None], *, failed: Failed | None = None) -> Job:
        """Which languages a source's prompts are in."""
        readers, path = self._readers, self._resolved(source)
        lens = self._lens_of(path)
        return self._tasks.submit(lambda _job: readers.open(path, lens).languages(), done=done, failed=failed)

    def check(self, plan: Plan, done: Callable[[DataReport], None], *, failed: Failed | None = None) -> Job:
        """Checks all of a plan's data as a run would."""
        folder = require_open(self._project).path

        def look(job: Job) -> DataReport:
            found: DataReport = with_all_rows("report", plan, folder, job)
            return found

        return self._tasks.submit(look, title=f"Check the data of {plan.name}", done=done, failed=failed)

    def label_queue(
        self, source: str, column: str, done: Callable[[LabelQueue], None], *, failed: Failed | None = None
    ) -> Job:
        """Looks for rows of a file that want a label; without a column, in the one that suits best."""
        readers, path = self._readers, self._resolved(source)
        lens = self._lens_of(path)

        def find(_job: Job) -> LabelQueue:
            return reader_of_file(readers.open(path, lens), source).label_queue(column)

        return self._tasks.submit(find, title=f"Look for rows to label in {path.name}", done=done, failed=failed)

    def rows_labelled(
        self, source: str, column: str, names: Sequence[str], into: str, done: Callable[[tuple[Mark, ...]], None]
    ) -> Job:
        """Looks for the rows of a file that merging labels into another one would change."""
        readers, path = self._readers, self._resolved(source)
        lens = self._lens_of(path)
        title = f"Merge labels into {into}"
        return self._tasks.submit(
            lambda _job: reader_of_file(readers.open(path, lens), source).rows_labelled(column, names, into),
            title=title,
            done=done,
        )

    def freeze(self, plan: Plan, done: Callable[[DatasetEntry], None]) -> Job:
        """Builds the version that a run of the plan would be trained on; the same content is found, not built again."""
        project = require_open(self._project)

        def build(job: Job) -> str:
            built: DatasetVersion = with_all_rows("version", plan, project.path, job)
            return f"{built.name}@{built.id}"

        def take(address: str) -> None:
            self._tasks.submit(lambda _job: _versions(project), done=lambda found: show(address, found))

        def show(address: str, found: tuple[DatasetEntry, ...]) -> None:
            if project != self._project:
                return
            self.versions = found
            self.changed.emit()
            if (entry := self.version(address)) is not None:
                done(entry)

        return self._tasks.submit(build, title=f"Build a version of {plan.name}", done=take)

    def compare(
        self, older: str, newer: str, done: Callable[[Comparison], None], *, failed: Failed | None = None
    ) -> Job:
        """Compares two versions by their addresses."""
        from app.workbench.data_comparison import compare

        folders = self._resolved(older), self._resolved(newer)
        title = f"Compare {older} with {newer}"
        return self._tasks.submit(lambda _job: compare(*folders), title=title, done=done, failed=failed)

    def before(self, address: str) -> DatasetEntry | None:
        """The version of the same name that was built before; of the first one, None."""
        found = self.version(address)
        if found is None:
            return None
        same = [each for each in self.versions if each.name == found.name]
        return next(iter(same[same.index(found) + 1 :]), None)

    def write_edited(self, path: Path, done: Callable[[Path], None]) -> Job:
        """Writes a file's rows with their edits beside it, as CSV, or as JSON lines where a cell is no text."""
        readers, lens = self._readers, self._lens_of(path)

        def write(_job: Job) -> Path:
            return reader_of_file(readers.open(path, lens), str(path)).write_edited()

        return self._tasks.submit(write, title=f"Write {path.name} with its edits", done=done)

    def version(self, address: str) -> DatasetEntry | None:
        """A version by its address `NAME@ID`, or by its id alone."""
        name, _, identity = address.rpartition("@")
        return next((v for v in self.versions if v.version == identity and name in ("", v.name)), None)

    def _resolved(self, source: str) -> Path:
        """Folder of a version or path of a file; a path may be relative to the project."""
        path = Path(source)
        if self._project is None:
            return path
        found = self.version(source)
        if found is not None:
            return self._project.path / found.path
        if is_version_address(source):
            name, _, identity = source.rpartition("@")
            return self._project.datasets / name / identity
        return path if path.is_absolute() else self._project.path / path

    def _take(self, project: ProjectFolder, files: tuple[DataFile, ...], versions: tuple[DatasetEntry, ...]) -> None:
        if project != self._project:
            return  # another one was opened in the meantime
        self._is_reading = False
        if files != self.files or versions != self.versions:
            self.files, self.versions = files, versions
            self.changed.emit()
        self._inspect_next(project)

    def _stop_reading(self) -> None:
        self._is_reading = False

    def _inspect_next(self, project: ProjectFolder) -> None:
        """Looks into one file at a time, so that small files don't wait for large ones to be listed."""
        waiting = next((file for file in self.files if not file.is_known), None)
        if waiting is None:
            return
        self._is_reading = True

        def take(seen: DataFile) -> None:
            if project != self._project:
                return
            self._is_reading = False
            self.files = tuple(seen if file.path == seen.path else file for file in self.files)
            self.changed.emit()
            self._inspect_next(project)

        readers = self._readers
        self._tasks.submit(
            lambda _job: _inspected(waiting, readers), done=take, failed=lambda _error: self._stop_reading()
        )


def data_patterns() -> str:
    """What a file dialog offers: `*.csv *.jsonl` and all the others that the import reads."""
    from pipeline.datasets.readers.container import DATA_SUFFIXES

    return " ".join(f"*{suffix}" for suffix in (*DATA_SUFFIXES, ".zip"))


def is_data(name: str) -> bool:
    """Whether a file's name, within its folder, says that the import reads it."""
    from pipeline.datasets.readers.container import is_data_name

    return is_data_name(name.removesuffix(".zip") + ".csv" if name.lower().endswith(".zip") else name)


def opens_as_table(path: Path) -> bool:
    """Whether a file's rows are what one wants to see of it: of a text, only where it lies among data."""
    return is_data(path.name) and (path.suffix.lower() not in _TEXTS or "data" in path.parts)


def _listed(project: ProjectFolder, known: dict[Path, DataFile]) -> tuple[DataFile, ...]:
    """The files of data/, in order; what hasn't changed keeps what is known about it."""
    folder = project.path / "data"
    if not folder.is_dir():
        return ()
    found = []
    for path in sorted(folder.rglob("*")):
        if not is_data(str(path.relative_to(folder))) or not path.is_file():
            continue
        size, modified = stamp_of(path)
        kept = known.get(path)
        fresh = DataFile(path, size, modified=modified)
        found.append(kept if kept and (kept.bytes, kept.modified) == (size, modified) else fresh)
    return tuple(found)


def _inspected(file: DataFile, readers: OpenReaders) -> DataFile:
    if file.bytes > MOST_BYTES:
        return replace(file, is_known=True)
    from app.workbench.data_readers import summary_of

    try:
        seen = readers.summary(file.path) if is_large(file.bytes) else summary_of(file.path)
    except VibetuneError as error:
        return replace(
            file, error=None if error.code == "data.reading_stopped" else without_frames(error), is_known=True
        )
    return replace(file, format=seen.format, rows=seen.rows, findings=seen.findings, is_known=True)


def _versions(project: ProjectFolder) -> tuple[DatasetEntry, ...]:
    """All dataset versions by their manifests, newest first within a name."""
    found = []
    for manifest in project.datasets.glob("*/*/manifest.json"):
        try:
            content = read_json(manifest)
            counts = content["counts"]
            entry = DatasetEntry(
                content["name"],
                content["id"],
                str(manifest.parent.relative_to(project.path)),
                content["task"],
                content["created"],
                counts["train"],
                counts["validation"],
                counts["test"],
                counts["quarantined"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue  # half written, or not ours: a list shows what is whole
        found.append(entry)
    found.sort(key=lambda entry: entry.created, reverse=True)
    return tuple(sorted(found, key=lambda entry: entry.name))


def _copy(job: Job, project: ProjectFolder, paths: Sequence[Path]) -> tuple[Path, ...]:
    folder = project.path / "data"
    copied = []
    for number, path in enumerate(paths):
        job.report(path.name, number / len(paths))
        copied.append(_copy_one(path, folder))
    return tuple(copied)


def _copy_one(path: Path, folder: Path) -> Path:
    """Copies a file beside the others; the same content isn't copied twice."""
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "is not there"
        raise BadInput("data.missing_file", f"{path} {what}.", "Choose a data file.")
    if path.resolve().is_relative_to(folder.resolve()):
        return path.resolve()
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        target = _free(path, folder)
        if not target.exists():
            temporary = target.with_name(f".{target.name}.part")
            shutil.copyfile(path, temporary)
            temporary.replace(target)
    return target


def _free(path: Path, folder: Path) -> Path:
    """`tickets.csv`, or `tickets-2.csv` where another file has the name; a file with the same content is found."""
    target, number = folder / path.name, 2
    while target.exists() and not _is_same(path, target):
        target, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
    return target


def _is_same(first: Path, second: Path) -> bool:
    from pipeline.files import sha256

    return first.stat().st_size == second.stat().st_size and sha256(first) == sha256(second)
