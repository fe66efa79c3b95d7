"""The rows of the list of runs, and the reader that makes them in the background from the runs' folders."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.workbench.after import is_being_measured
from app.workbench.run_curve import DetailBuilder, RunDetail
from app.workbench.run_marks import Marks
from app.workbench.run_row import ENDED, RunRow, VerdictLine, with_own_titles
from pipeline.errors import VibetuneError
from pipeline.files import read_json
from pipeline.jobs.folders import adapter_names, adapter_versions
from pipeline.jobs.state import RUNNING, Follower
from pipeline.jobs.worker import find_worker
from pipeline.machine.machine import GIB
from pipeline.runs.events import Failure, Finished, Progress, Started, Tail
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.manifest import read_manifest
from pipeline.runs.request import read_request

Signature = tuple[int, ...]
MANY, ROUNDS = 100, 4  # of more ended runs than this, a fourth is looked at in each round
NOT_MEASURED = "run."  # codes of failures that only repeat how training ended
BREATH_S = 0.0005  # between two runs that are read: the window's thread gets its turn


@dataclass
class _After:
    """What the process behind training has said so far."""

    tail: Tail
    stage: Progress | None = None
    failure: Failure | None = None
    is_finished: bool = False

    def read(self) -> None:
        for event in self.tail:
            if isinstance(event, Started):
                self.stage, self.failure, self.is_finished = None, None, False
            elif isinstance(event, Progress):
                self.stage = event
            elif isinstance(event, Failure):
                self.failure = None if event.code.startswith(NOT_MEASURED) else event
            elif isinstance(event, Finished):
                self.is_finished = True


class _Watched:
    """One run whose state may still change."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.request = read_request(run)
        self._tail = Tail(run.events)
        self._follower = Follower(run)
        self._after = _After(Tail(run.after))
        self._peak = 0

    def row(self, adapter: str | None) -> RunRow:
        worker = find_worker(self.run)  # first: its last event is then in the log when it is gone
        is_measuring = is_being_measured(self.run)
        self._follower.add(self._tail)
        self._after.read()
        summary = self._follower.summary(worker)
        verdict = read_verdict_line(self.run.verdict)
        row = RunRow(
            name=self.run.name,
            state=summary.state,
            stage=summary.stage,
            step=summary.step,
            total=summary.total or self.request.total_steps,
            eta_s=summary.eta_s,
            loss=summary.loss[-1][1] if summary.loss else None,
            validation_loss=summary.validation_loss,
            elapsed_s=self._elapsed(summary.elapsed_s, is_running=summary.state in RUNNING),
            base=self.request.base.id,
            plan_name=self.request.plan_name,
            plan_file=self.request.plan_file,
            task=self.request.task,
            dataset=f"{self.request.dataset.name} {self.request.dataset.version}",
            sentence=self.request.chat_turn,
            created=self.request.created,
            adapter=adapter,
            verdict=verdict,
            error=_error(summary.error),
            seconds=tuple(summary.seconds.items()),
            memory_bytes=self._memory(worker.pid if worker else None),
            memory_estimate_bytes=round((summary.memory_estimate_gib or 0.0) * GIB) or None,
            memory_peak_bytes=max(self._peak, round((summary.memory_gib or 0.0) * GIB)) or None,
        )
        return self._with_measuring(row, is_measuring=is_measuring) if row.state == "finished" else row

    def _elapsed(self, logged_s: float, *, is_running: bool) -> float:
        if not is_running or not self.run.events.exists():
            return logged_s
        return logged_s + max(0.0, time.time() - self.run.events.stat().st_mtime)

    def _with_measuring(self, row: RunRow, *, is_measuring: bool) -> RunRow:
        stage, failure = self._after.stage, self._after.failure
        if is_measuring and not self._after.is_finished:
            if stage is None:
                return replace(row, state="measuring", stage="serving")
            return replace(
                row,
                state="measuring",
                stage=stage.stage,
                text=stage.text,
                measured=stage.done,
                to_measure=stage.total,
                eta_s=stage.eta_s,
            )
        if failure is not None and row.verdict is None:
            return replace(row, state="trained", error=(failure.code, failure.message, failure.hint))
        return row if row.verdict is not None else replace(row, state="trained")

    def _memory(self, pid: int | None) -> int | None:
        if pid is None:
            return None
        import psutil

        try:
            used = int(psutil.Process(pid).memory_info().rss)
        except psutil.Error:
            return None
        self._peak = max(self._peak, used)
        return used


@dataclass(frozen=True)
class Reading:
    """What one look at the project's runs found."""

    rows: tuple[RunRow, ...]
    details: dict[str, RunDetail]  # those that changed
    logs: dict[str, str]  # those that changed
    left: int = 0  # runs that have not been read yet


@dataclass
class RunReader:
    """Looks at a project's runs again and again; used by one background job at a time."""

    project: ProjectFolder
    at_once: int = 40  # runs that are read anew in one look, so that the newest are shown soon
    _watched: dict[str, _Watched] = field(default_factory=dict)
    _rows: dict[str, RunRow] = field(default_factory=dict)
    _signatures: dict[str, Signature] = field(default_factory=dict)
    _details: dict[str, tuple[Tail, DetailBuilder]] = field(default_factory=dict)
    _log_sizes: dict[str, int] = field(default_factory=dict)
    _adapters: dict[Path, tuple[str, str]] = field(default_factory=dict)  # folder → run and address
    _round: int = 0

    def look(self, wanted: Iterable[str], logs: Iterable[str], marks: Marks, touched: Iterable[str] = ()) -> Reading:
        """Reads what has changed since the last look.

        Args:
            wanted: runs whose details are shown.
            logs: runs whose log is shown.
            marks: tags, notes and archive.
            touched: runs that were just acted on, so that what the files say is not enough.
        """
        self._round += 1
        names = self.project.run_names()[::-1]
        for gone in self._rows.keys() - set(names):
            self._forget(gone)
        adapters = self._adapter_of_run()
        left = self._read_rows(names, adapters, set(touched))
        rows = with_own_titles([marks.on(self._rows[name]) for name in names if name in self._rows])
        return Reading(rows, dict(self._new_details(wanted)), dict(self._new_logs(logs)), left)

    def _read_rows(self, names: list[str], adapters: dict[str, str], touched: set[str]) -> int:
        read = left = 0
        for place, name in enumerate(names):
            row = self._rows.get(name)
            is_ended = row is not None and row.state in ENDED and name not in touched
            if is_ended and len(names) > MANY and (place + self._round) % ROUNDS:
                continue
            signature = _signature(self.project.run(name), adapters.get(name))
            if is_ended and self._signatures.get(name) == signature:
                continue
            if row is None and read >= self.at_once:
                left += 1
                continue
            read += 1
            self._read_row(name, adapters.get(name), signature)
            time.sleep(BREATH_S)
        return left

    def _read_row(self, name: str, adapter: str | None, signature: Signature) -> None:
        try:
            watched = self._watched.get(name) or _Watched(self.project.run(name))
            row = watched.row(adapter)
        except (VibetuneError, ValueError, KeyError) as error:  # a damaged folder must not hide the others
            self._rows[name], self._signatures[name] = _damaged(name, error), signature
            return
        self._rows[name], self._signatures[name] = row, signature
        if row.state in ENDED:
            self._watched.pop(name, None)
        else:
            self._watched[name] = watched

    def _new_details(self, wanted: Iterable[str]) -> Iterator[tuple[str, RunDetail]]:
        wanted = set(wanted)
        for name in self._details.keys() - wanted:
            del self._details[name]
        for name in wanted:
            is_new = name not in self._details
            if is_new:
                self._details[name] = Tail(self.project.run(name).events), DetailBuilder()
            tail, builder = self._details[name]
            try:
                has_changed = builder.add(tail)
            except VibetuneError:  # a damaged line: what came before is shown, the row says that it is damaged
                has_changed = is_new
            if has_changed or is_new:
                yield name, builder.detail()

    def _new_logs(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            run = self.project.run(name)
            size = sum(_size(path) for path in (run.log, run.after_log))
            if self._log_sizes.get(name) != size:
                self._log_sizes[name] = size
                yield name, log_text(run)

    def _adapter_of_run(self) -> dict[str, str]:
        for name in adapter_names(self.project):
            for number, folder in adapter_versions(self.project, name):
                if folder not in self._adapters:
                    try:
                        self._adapters[folder] = read_manifest(folder).run, f"{name}@v{number}"
                    except VibetuneError:
                        self._adapters[folder] = "", f"{name}@v{number}"
        return {run: address for folder, (run, address) in self._adapters.items() if run and folder.is_dir()}

    def _forget(self, name: str) -> None:
        for known in (self._rows, self._signatures, self._watched, self._details, self._log_sizes):
            known.pop(name, None)


LOG_BYTES = 200_000


def log_text(run: RunFolder) -> str:
    """The end of what the worker, and what came after it, wrote."""
    parts = []
    for title, path in (("", run.log), ("after training", run.after_log)):
        if _size(path) == 0:
            continue
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_BYTES))
            text = file.read().decode("utf-8", errors="replace")
        parts.append(f"── {title} ──\n{text}" if title else text)
    return "\n".join(parts)


def read_verdict_line(path: Path) -> VerdictLine | None:
    """What the list shows of a verdict; None where there is none, or none that can be read."""
    try:
        value = read_json(path)
        text = str(value.get("text", ""))
        difference = value.get("difference") or {}
        return VerdictLine(
            outcome=str(value["outcome"]),
            text=text,
            headline=headline_of(text),
            metric=str(difference.get("metric", "")),
            lead=difference.get("value"),
            value=value.get("metrics", {}).get("adapter", {}).get(difference.get("metric", "")),
            rows=int(value.get("n", 0)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def headline_of(text: str) -> str:
    """A verdict's first sentence."""
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]


def _signature(run: RunFolder, adapter: str | None) -> Signature:
    return (*_stat(run.path), *_stat(run.events), *_stat(run.after), hash(adapter))


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _size(path: Path) -> int:
    return _stat(path)[1]


def _error(error: dict[str, Any] | None) -> tuple[str, str, str] | None:
    if error is None:
        return None
    return str(error.get("code", "")), str(error.get("message", "")), str(error.get("hint", ""))


def _damaged(name: str, error: Exception) -> RunRow:
    told = error.message if isinstance(error, VibetuneError) else f"{name} can't be read: {error}"
    return RunRow(name=name, state="damaged", error=("run.damaged", told, "Start the run again from its plan."))
