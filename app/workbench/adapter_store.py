"""The project's adapters: versions, aliases, what each was measured at, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from app.workbench.project import require_open
from app.workbench.tasks import Job, Tasks
from pipeline.errors import BadInput, VibetuneError
from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from pipeline.jobs.adapters import RegisteredAdapter
    from pipeline.runs.manifest import AdapterManifest

PRODUCTION = "production"
CANDIDATE = "candidate"


@dataclass(frozen=True)
class LineageStep:
    """One step from the sentence to the adapter.

    Args:
        kind: sentence, checkpoint, dataset, run or adapter.
        text: what it is called.
        detail: numbers beside it.
        key: what a click opens: a run's name, a dataset's `name/version`, an address; empty: nothing.
    """

    kind: str
    text: str
    detail: str = ""
    key: str = ""


@dataclass(frozen=True)
class AliasStep:
    """One time that an alias was given to a version."""

    alias: str
    version: int
    time: str  # UTC, ISO 8601
    is_undone: bool


@dataclass(frozen=True)
class AdapterRow:
    """One version of an adapter.

    Args:
        run: that it came from; empty for one that was imported.
        metric: that its verdict is about, such as `accuracy`; empty: not measured.
        value: of that metric, of the adapter itself, 0 to 1.
        difference: from `against`, with its 95 % interval `low` to `high`.
    """

    name: str
    version: int
    address: str
    folder: Path
    aliases: tuple[str, ...] = ()
    run: str = ""
    base: str = ""
    task: str = ""
    rank: int = 0
    created: str = ""
    bytes: int = 0
    system_prompt: str = ""
    base_prompt: str = ""  # what the base is told in its place: instruction and labels, as in the evaluation
    max_tokens: int = 256
    outcome: str = ""
    verdict: str = ""
    metric: str = ""
    value: float | None = None
    against: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    metrics: tuple[tuple[str, float], ...] = ()
    probe_cases: int = 0

    @property
    def is_measured(self) -> bool:
        """Whether there is a verdict on it."""
        return bool(self.outcome)


@dataclass(frozen=True)
class _Known:
    stamp: tuple[object, ...] = ()
    rows: tuple[AdapterRow, ...] = ()
    lineages: dict[str, tuple[LineageStep, ...]] = field(default_factory=dict)
    histories: dict[str, tuple[AliasStep, ...]] = field(default_factory=dict)


class AdapterStore:
    """Follows `.vibetune/adapters`; what it shows was read in the background and is plain."""

    changed = Signal()

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._project: ProjectFolder | None = None
        self._known = _Known()
        self._is_reading = False
        self._ticks = 0
        self.is_loaded = False  # False while nothing has been read of this project yet
        self.error: VibetuneError | None = None

    @property
    def adapters(self) -> tuple[AdapterRow, ...]:
        """All versions, by name, newest first."""
        return self._known.rows

    @property
    def names(self) -> tuple[str, ...]:
        """The adapters' names."""
        return tuple(dict.fromkeys(row.name for row in self.adapters))

    def get(self, address: str) -> AdapterRow | None:
        """A version by `name@v2`, `name@alias`, or `name` (its candidate, else its newest)."""
        name, separator, wish = address.partition("@")
        versions = self.versions(name)
        if not separator:
            return next((row for row in versions if CANDIDATE in row.aliases), versions[0] if versions else None)
        return next((row for row in versions if row.address == address or wish in row.aliases), None)

    def versions(self, name: str) -> tuple[AdapterRow, ...]:
        """The versions of one adapter, newest first."""
        return tuple(row for row in self.adapters if row.name == name)

    def lineage(self, address: str) -> tuple[LineageStep, ...]:
        """Where a version comes from: sentence, checkpoint, dataset version, run, adapter."""
        return self._known.lineages.get(address, ())

    def history(self, name: str) -> tuple[AliasStep, ...]:
        """Which version each alias named, and when; newest first."""
        return self._known.histories.get(name, ())

    def earlier(self, name: str, alias: str = PRODUCTION) -> int | None:
        """The version that a rollback would bring back."""
        standing = [step for step in self.history(name) if step.alias == alias and not step.is_undone]
        return standing[1].version if len(standing) > 1 else None

    def open(self, project: ProjectFolder | None) -> None:
        """Looks at another project."""
        self._project, self._known = project, _Known()
        self._is_reading, self.is_loaded, self.error = False, project is None, None
        self.changed.emit()
        self._read()

    def refresh(self) -> None:
        """Looks again, every second second: adapters come with runs, not by the moment."""
        self._ticks += 1
        if self._ticks % 4 == 0:
            self._read()

    def promote(
        self, address: str, alias: str = PRODUCTION, *, done: Callable[[AdapterRow | None], None] | None = None
    ) -> None:
        """Lets an alias name a version; `rollback` takes it back."""
        project = require_open(self._project)

        def work(_job: Job) -> object:
            from pipeline.jobs.adapters import set_alias

            return set_alias(project, address, alias)

        self._change(f"Promote {address} to {alias}", work, lambda: done(self.get(address)) if done else None)

    def rollback(
        self, name: str, alias: str = PRODUCTION, *, done: Callable[[AdapterRow | None], None] | None = None
    ) -> None:
        """Lets an alias name the version that it named before."""
        project = require_open(self._project)

        def work(_job: Job) -> object:
            from pipeline.jobs.adapters import rollback

            return rollback(project, name, alias)

        found = f"{name}@{alias}"
        self._change(f"Roll back {alias} of {name}", work, lambda: done(self.get(found)) if done else None)

    def _change(self, title: str, work: Callable[[Job], object], then: Callable[[], None]) -> None:
        def done(_result: object) -> None:
            self._is_reading = False  # what is being read may be from before the change
            self._read(then)

        self._tasks.submit(work, title=title, done=done)

    def _read(self, then: Callable[[], None] | None = None) -> None:
        project = self._project
        if project is None or self._is_reading:
            return
        self._is_reading = True
        known = self._known

        def done(found: _Known) -> None:
            if self._project is not project:
                return
            self._is_reading = False
            if found is not known or not self.is_loaded or self.error:
                self._known, self.is_loaded, self.error = found, True, None
                self.changed.emit()
            if then is not None:
                then()

        def failed(error: VibetuneError) -> None:
            if self._project is not project:
                return
            self._is_reading = False
            if self.error is None or self.error.message != error.message:
                self.is_loaded, self.error = True, error
                self.changed.emit()

        self._tasks.submit(lambda _job: _look(project, known), done=done, failed=failed)


def _look(project: ProjectFolder, known: _Known) -> _Known:
    """What there is now; `known` itself where no file has changed since."""
    stamp = _stamp(project)
    if stamp == known.stamp:
        return known
    if not project.adapters.is_dir():
        return _Known(stamp)
    from pipeline.jobs.adapters import list_adapters
    from pipeline.jobs.aliases import read_changes

    found = list_adapters(project)
    rows = [_row(project, adapter) for adapter in found]
    order = {name: place for place, name in enumerate(dict.fromkeys(row.name for row in rows))}
    rows.sort(key=lambda row: (order[row.name], -row.version))
    histories = {
        name: tuple(
            AliasStep(each.alias, each.version, each.time, each.is_undone)
            for each in reversed(read_changes(project, name))
        )
        for name in order
    }
    return _Known(stamp, tuple(rows), {row.address: _lineage(project, row) for row in rows}, histories)


def _stamp(project: ProjectFolder) -> tuple[object, ...]:
    folders = sorted(project.adapters.glob("*/v*")) if project.adapters.is_dir() else []
    files = [path.parent / "aliases.json" for path in folders] + [project.catalog]
    return (*(path.name for path in folders), *(_changed_at(path) for path in files), *_verdict_times(project))


def _verdict_times(project: ProjectFolder) -> list[int]:
    return [_changed_at(project.run(name).verdict) for name in project.run_names()]


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _row(project: ProjectFolder, adapter: RegisteredAdapter) -> AdapterRow:
    from pipeline.bases.probe import read_probe
    from pipeline.runs.manifest import read_manifest

    entry, short = adapter.entry, adapter.verdict
    manifest = read_manifest(adapter.folder)
    try:
        probe = read_probe(adapter.folder)
    except BadInput:  # loading it says so
        probe = None
    measured: dict[str, Any] = {}
    if short is not None:
        metrics = _adapter_metrics(project, entry.run)
        measured = {
            "outcome": short.outcome,
            "verdict": short.text,
            "metric": short.metric,
            "value": metrics.get(short.metric),
            "against": short.against,
            "difference": short.value,
            "low": short.low,
            "high": short.high,
            "metrics": tuple(metrics.items()),
        }
    return AdapterRow(
        entry.name,
        entry.version,
        entry.address,
        adapter.folder,
        aliases=tuple(adapter.aliases),
        run=entry.run,
        base=entry.base_id,
        task=entry.task,
        rank=entry.r,
        created=entry.created,
        bytes=sum(path.stat().st_size for path in adapter.folder.glob("*") if path.is_file()),
        system_prompt=manifest.system_prompt or "",
        base_prompt=_base_prompt(manifest),
        max_tokens=manifest.max_tokens,
        probe_cases=len(probe.cases) if probe else 0,
        **measured,
    )


def _adapter_metrics(project: ProjectFolder, run: str) -> dict[str, float]:
    from pipeline.evaluation.verdict import ADAPTER, read_verdict

    try:
        return read_verdict(project.run(run).verdict).metrics.get(ADAPTER, {})
    except BadInput:
        return {}


def _base_prompt(manifest: AdapterManifest) -> str:
    from pipeline.datasets.row import Row
    from pipeline.evaluation.answers.prompts import Prompts

    empty = Row("", [{"role": "assistant", "content": ""}], None, "", "")
    instruction = manifest.system_prompt or manifest.goal
    prompts = Prompts("instruction", instruction, manifest.labels, (), tokens=lambda _turns: [], room=0)
    return "\n\n".join(turn["content"] for turn in prompts.messages(empty, 0) if turn["role"] == "system")


def _lineage(project: ProjectFolder, row: AdapterRow) -> tuple[LineageStep, ...]:
    from app.workbench.lineage import lineage_of

    return lineage_of(project, row)
